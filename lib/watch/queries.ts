import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { Environment } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow, saySource, sourceName } from "./freshness.ts";
import type { Change } from "./model.ts";
import { maySee } from "./policy.ts";
import { type Feed, snapshotOf } from "./ring.ts";

/** The stream's feed for somebody: the shared one where they may see every environment, else with their rows alone. */
export function feedFor(runtime: Pick<Runtime, "estate" | "ring">, person: Person): Feed {
  const environments = runtime.estate.platforms.flatMap((platform) => platform.environments);
  const seesAll = environments.every(({ id }) => may(person, "estate.read", id).allowed);
  return seesAll ? runtime.ring : runtime.ring.only((change) => maySee(person, change));
}

/** Everything that the person may see now, to render a page with. */
export function visibleRows(runtime: Pick<Runtime, "ring">, person: Person): Change[] {
  return snapshotOf(runtime.ring.rows()).filter((change) => maySee(person, change));
}

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
