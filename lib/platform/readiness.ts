import "server-only";
import { isDeliveredPlatform } from "#lib/estate/model.ts";
import { clusterSourceId, gitSourceId, type SourceRow } from "#lib/watch/freshness.ts";
import { describeFailure } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/**
 * For so long a source that has not been read holds a process back. Then it serves what it has and says what is missing there: a
 * console that waited for the one cluster that is down would be away when it is needed.
 */
const HOLDS_BACK_MS = 30_000;

export type Readiness = Readonly<{
  isReady: boolean;
  /** "database", and sources that have never been read, by their ids. */
  missing: readonly string[];
}>;

/** Whether this process can serve: the database answers, and there was a first complete look at each source that can be had. */
export async function readinessOf(runtime: Runtime): Promise<Readiness> {
  const hasDatabase = await runtime.db.$queryRaw`SELECT 1`.then(
    () => true,
    (failure: unknown) => {
      runtime.log.warn({ failure: describeFailure(failure) }, "the database does not answer");
      return false;
    },
  );
  const ids = [
    ...runtime.estate.clusters.map((cluster) => clusterSourceId(cluster.id)),
    ...runtime.estate.platforms.filter(isDeliveredPlatform).map((platform) => gitSourceId(platform.id)),
  ];
  return readinessFrom(hasDatabase, ids, runtime.ring.rows().source, runtime.clock());
}

/** The same from what is known: `ids` are the sources that should be read, `sources` those that were tried. */
export function readinessFrom(
  hasDatabase: boolean,
  ids: readonly string[],
  sources: ReadonlyMap<string, SourceRow>,
  now: Date,
): Readiness {
  // Stale was read once: what it last said is shown as such.
  const unread = ids.filter((id) => !["ok", "stale"].includes(sources.get(id)?.state ?? "unreachable"));
  const holdsBack = (id: string) => {
    const since = sources.get(id)?.since;
    return since === undefined || now.getTime() - Date.parse(since) < HOLDS_BACK_MS;
  };
  return {
    isReady: hasDatabase && !unread.some(holdsBack),
    missing: [...(hasDatabase ? [] : ["database"]), ...unread],
  };
}
