import "server-only";
import type { Environment } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow, saySource, sourceName } from "./freshness.ts";

/** The sources that what is shown of an environment comes from. */
export function sourcesOf(runtime: Pick<Runtime, "ring">, environment: Environment): SourceRow[] {
  const sources = runtime.ring.rows().source;
  return [clusterSourceId(environment.clusterId), gitSourceId(environment.platformId)].flatMap(
    (id) => sources.get(id) ?? [],
  );
}

/** Refuses to act on what is not seen fresh. Throws GatehouseError `unavailable` saying which source is stale since when. */
export function assertFresh(runtime: Pick<Runtime, "ring">, environment: Environment): void {
  const sources = runtime.ring.rows().source;
  for (const id of [clusterSourceId(environment.clusterId), gitSourceId(environment.platformId)]) {
    const source = sources.get(id);
    if (source === undefined || !isFresh(source)) {
      throw new GatehouseError(
        "unavailable",
        `${saySource(source, sourceName(id))}. Nothing was changed: Gatehouse does not act on what it cannot see. Try again when it answers.`,
      );
    }
  }
}
