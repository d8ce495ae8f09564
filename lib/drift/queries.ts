import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, isFresh, saySource, sourceName } from "#lib/watch/freshness.ts";
import { type Drift, type DriftSide, driftBetween } from "./model.ts";

export type DriftItem = Readonly<{
  environment: string;
  /** What it is compared with; null where its platform has no other that this person may see. */
  against: string | null;
  /** The other environments of its platform. */
  others: readonly string[];
  drift: readonly Drift[];
  /** What cannot be said, each in a sentence. */
  unknown: readonly string[];
}>;

export type DriftSearch = Readonly<{ environment: string; against?: string | undefined }>;

/** In what an environment differs from another of its platform; from the one before it where none is named. Throws not_found. */
export function readDrift(runtime: SeenEstate, person: Person, search: DriftSearch): Envelope<DriftItem> {
  const [here] = environmentsFor(runtime, person, search.environment);
  if (here === undefined) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  const others = runtime.ring
    .list("environment")
    .filter(
      ({ id, platform }) => platform === here.platform && id !== here.id && may(person, "estate.read", id).allowed,
    );
  const there = others.find(({ id }) => id === (search.against ?? here.after)) ?? others[0];
  if (search.against !== undefined && there?.id !== search.against) {
    throw new GatehouseError("not_found", "There is no such environment to compare it with.");
  }
  const item = {
    environment: here.id,
    against: there?.id ?? null,
    others: others.map(({ id }) => id),
    drift: there === undefined ? [] : driftBetween(sideOf(runtime, here), sideOf(runtime, there)),
    unknown: [here, ...(there === undefined ? [] : [there])].flatMap((one) => unknownIn(runtime, one)),
  };
  return envelopeOf(runtime, there === undefined ? [here] : [here, there], [item]);
}

function sideOf(runtime: SeenEstate, { cluster, namespaces }: EnvironmentRow): DriftSide {
  const objects = runtime.view.objects(cluster);
  const every = <Value>(by: (namespace: string) => readonly Value[] | undefined) =>
    namespaces.flatMap((namespace) => by(namespace) ?? []);
  return {
    workloads: every((namespace) => objects?.Workload.by("namespace", namespace)),
    replicaSets: every((namespace) => objects?.ReplicaSet.by("namespace", namespace)),
    configMaps: every((namespace) => objects?.ConfigMap.by("namespace", namespace)),
    networkPolicies: every((namespace) => objects?.NetworkPolicy.by("namespace", namespace)),
    disruptionBudgets: every((namespace) => objects?.DisruptionBudget.by("namespace", namespace)),
  };
}

const COMPARED = ["Deployment", "StatefulSet", "DaemonSet", "ConfigMap", "NetworkPolicy", "PodDisruptionBudget"];

function unknownIn(runtime: SeenEstate, { id, cluster }: EnvironmentRow): string[] {
  const source = runtime.ring.rows().source.get(clusterSourceId(cluster));
  if (source === undefined || !isFresh(source)) {
    return [`${saySource(source, sourceName(clusterSourceId(cluster)))}: of ${id} this is what was last seen.`];
  }
  return (source.kinds ?? [])
    .filter(({ kind, state }) => state === "denied" && COMPARED.includes(kind))
    .map(({ kind }) => `Gatehouse may not read ${kind} of cluster ${cluster}, so that it is not compared.`);
}
