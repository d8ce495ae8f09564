import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { sourceIdsOf } from "#lib/environments/model.ts";
import type { Environment } from "#lib/estate/model.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import { type SourceRow, whyNotFresh } from "./freshness.ts";
import { maySee } from "./policy.ts";
import type { Feed, Ring } from "./ring.ts";

/** A ring's feed for somebody: the shared one where they may see every environment, else with their rows alone. */
export function feedFor(runtime: Pick<Runtime, "estate">, ring: Ring, person: Person): Feed {
  const environments = runtime.estate.platforms.flatMap((platform) => platform.environments);
  const seesAll = environments.every(({ id }) => may(person, "estate.read", id).allowed);
  const scope = digestOf(person.grants).slice(0, SCOPE_LENGTH);
  return seesAll ? ring : ring.only((one) => maySee(person, one), scope);
}

/** Digits of a digest: enough that the rights of two people, or of one before and after a change, are not taken for each other. */
const SCOPE_LENGTH = 8;

/** The sources that what is shown of an environment comes from. */
export function sourcesOf(runtime: Pick<Runtime, "ring">, environment: Environment): SourceRow[] {
  const sources = runtime.ring.rows().source;
  return idsOf(environment).flatMap((id) => sources.get(id) ?? []);
}

function idsOf({ clusterId, platformId, delivery }: Environment): string[] {
  return sourceIdsOf({ cluster: clusterId, platform: platformId, branch: delivery?.branch ?? null });
}

/** Refuses to act on a rollout that is not seen fresh, whatever else is not. Throws GatehouseError `unavailable` saying which source is stale since when. */
export function assertFresh(runtime: Pick<Runtime, "ring">, environment: Environment): void {
  const sources = runtime.ring.rows().source;
  const need = { kinds: ROLLOUT_KINDS, namespaces: environment.namespaces };
  for (const id of idsOf(environment)) {
    const why = whyNotFresh(sources, id, need);
    if (why !== undefined) {
      throw new GatehouseError(
        "unavailable",
        `${why}. Nothing was changed: Gatehouse does not act on what it cannot see. Try again when it answers.`,
      );
    }
  }
}
