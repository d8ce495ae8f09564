import "server-only";
import type { Db, Tx } from "#lib/platform/db.ts";
import type { BreakGlass } from "#prisma/generated/client.ts";
import type { BreakGlassRow } from "./model.ts";

/** The channel on which every replica hears that a glass was broken, closed or reviewed. */
export const BREAK_GLASS_CHANNEL = "gatehouse_break_glass";

/** Breaks the glass; it ends by the database's clock. False where an unreviewed one stands (a partial unique index says so). */
export async function insertBreakGlass(
  tx: Tx,
  glass: Readonly<{
    id: string;
    environment: string;
    account: string;
    reason: string;
    told: readonly string[];
    lastsMs: number;
  }>,
): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    INSERT INTO "BreakGlass" (id, environment, account, reason, told, "endsAt")
    VALUES (${glass.id}, ${glass.environment}, ${glass.account}, ${glass.reason}, ${[...glass.told]}::text[],
      clock_timestamp() + make_interval(secs => ${glass.lastsMs / 1000}))
    ON CONFLICT (environment) WHERE "reviewedAt" IS NULL DO NOTHING`;
  await announceBreakGlass(tx, glass.id);
  return inserted === 1;
}

async function announceBreakGlass(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${BREAK_GLASS_CHANNEL}, ${id})`;
}

/** Ends it before its time; false when it had ended. */
export async function closeBreakGlass(tx: Tx, id: string, closedBy: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "BreakGlass" SET "closedAt" = clock_timestamp(), "closedBy" = ${closedBy}
    WHERE id = ${id} AND "closedAt" IS NULL AND "reviewedAt" IS NULL AND "endsAt" > clock_timestamp()`;
  await announceBreakGlass(tx, id);
  return changed === 1;
}

/** Writes the review of one that has ended; false when it has not, or was reviewed a moment before. */
export async function reviewBreakGlass(tx: Tx, id: string, reviewedBy: string, review: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "BreakGlass" SET "reviewedAt" = clock_timestamp(), "reviewedBy" = ${reviewedBy}, review = ${review}
    WHERE id = ${id} AND "reviewedAt" IS NULL AND ("closedAt" IS NOT NULL OR "endsAt" <= clock_timestamp())`;
  await announceBreakGlass(tx, id);
  return changed === 1;
}

/** The glass that this person has broken in the environment and that holds now, by the database's clock; locked against being closed meanwhile. */
export async function findBrokenBy(tx: Db | Tx, account: string, environment: string): Promise<string | undefined> {
  const [found] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "BreakGlass"
    WHERE account = ${account} AND environment = ${environment} AND "closedAt" IS NULL AND "reviewedAt" IS NULL
      AND "endsAt" > clock_timestamp()
    FOR SHARE`;
  return found?.id;
}

/** The one in the environment that nobody has reviewed yet. */
export async function findUnreviewed(db: Db | Tx, environment: string): Promise<BreakGlassRow | undefined> {
  const found = await db.breakGlass.findFirst({ where: { environment, reviewedAt: null } });
  return found === null ? undefined : toRow(found);
}

export async function findBreakGlass(db: Db | Tx, id: string): Promise<BreakGlassRow | undefined> {
  const found = await db.breakGlass.findUnique({ where: { id } });
  return found === null ? undefined : toRow(found);
}

/** The newest, newest first. */
export async function listBreakGlass(db: Db, limit: number): Promise<BreakGlassRow[]> {
  const found = await db.breakGlass.findMany({ orderBy: { openedAt: "desc" }, take: limit });
  return found.map(toRow);
}

function toRow(stored: BreakGlass): BreakGlassRow {
  const { openedAt, endsAt, closedAt, reviewedAt, ...rest } = stored;
  return {
    ...rest,
    openedAt: openedAt.toISOString(),
    endsAt: endsAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
    reviewedAt: reviewedAt?.toISOString() ?? null,
  };
}
