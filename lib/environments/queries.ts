import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { type EnvironmentRow, sourceIdsOf, whyKindsUnseen } from "./model.ts";

/** The environments that a read of one, or of all, is about. Throws not_found for one that is not there for this person. */
export function environmentsFor(
  runtime: Pick<Runtime, "ring">,
  person: Person,
  environmentId: string | undefined,
): EnvironmentRow[] {
  const all = runtime.ring.list("environment").filter(({ id }) => may(person, "estate.read", id).allowed);
  const wanted = environmentId === undefined ? all : all.filter((row) => row.id === environmentId);
  if (environmentId !== undefined && wanted.length === 0) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  return wanted;
}

/** What was read of these environments, with the sources that it comes from. */
export function envelopeOf<Item>(
  runtime: Pick<Runtime, "ring" | "clock">,
  environments: readonly EnvironmentRow[],
  items: readonly Item[],
): Envelope<Item> {
  const ids = new Set(environments.flatMap(sourceIdsOf));
  return {
    items,
    asOf: runtime.clock().toISOString(),
    sources: runtime.ring.list("source").filter((source) => ids.has(source.id)),
  };
}

/** Which of these kinds cannot be seen as they are now in the environments, and why, each in a sentence. */
export function sayUnknown(
  runtime: Pick<Runtime, "ring">,
  environments: readonly EnvironmentRow[],
  kinds: readonly string[],
): string[] {
  const sources = runtime.ring.rows().source;
  const unseen = environments.flatMap((environment) =>
    kinds.flatMap((kind) => whyKindsUnseen(environment, [kind], sources) ?? []),
  );
  return [...new Set(unseen)].map((why) => `${why}: what depends on it is not known.`);
}
