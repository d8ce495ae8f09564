import "server-only";
import type { Db } from "#lib/platform/db.ts";
import { Prisma } from "#prisma/generated/client.ts";

/** Which quota's resource it is; it outlives the object, which may be made anew. */
export type QuotaKey = Readonly<{ cluster: string; namespace: string; quota: string; resource: string }>;

/** What was allowed and requested in the hour that begins at `hour`, as Kubernetes quantities. */
export type StoredSample = QuotaKey & Readonly<{ hour: Date; hard: string; requested: string }>;

/** Adds samples; one that is there already for its hour stays. Answers how many were new. */
export async function insertSamples(db: Db, samples: readonly StoredSample[]): Promise<number> {
  const { count } = await db.quotaSample.createMany({ data: [...samples], skipDuplicates: true });
  return count;
}

export async function deleteSamplesBefore(db: Db, time: Date): Promise<void> {
  await db.quotaSample.deleteMany({ where: { hour: { lt: time } } });
}

/** The last sample of each six hours since `since` of every quota of these namespaces, oldest first. */
export async function listSamples(
  db: Db,
  places: readonly Readonly<{ cluster: string; namespaces: readonly string[] }>[],
  since: Date,
): Promise<StoredSample[]> {
  if (places.length === 0) {
    return [];
  }
  const among = places.map(
    ({ cluster, namespaces }) => Prisma.sql`(cluster = ${cluster} AND namespace = ANY(${[...namespaces]}))`,
  );
  return db.$queryRaw<StoredSample[]>`
    SELECT DISTINCT ON (cluster, namespace, quota, resource, date_bin('6 hours', hour, 'epoch'))
      cluster, namespace, quota, resource, hour, hard, requested
    FROM "QuotaSample"
    WHERE (${Prisma.join(among, " OR ")}) AND hour >= ${since}
    ORDER BY cluster, namespace, quota, resource, date_bin('6 hours', hour, 'epoch'), hour DESC`;
}
