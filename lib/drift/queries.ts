import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { type EnvironmentRow, type Sight, sightOf } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { COMPARED_KINDS, type ComparedKind, type Drift, type DriftSide, driftBetween } from "./model.ts";

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
    ...(there === undefined ? { drift: [], unknown: [] } : compare(runtime, here, there)),
  };
  return envelopeOf(runtime, there === undefined ? [here] : [here, there], [item]);
}

/** What each kind of object tells of one side of the comparison. */
const TELLS = {
  Deployment: "in what its Deployments differ",
  StatefulSet: "in what its StatefulSets differ",
  DaemonSet: "in what its DaemonSets differ",
  "Compose service": "in what its services differ",
  ConfigMap: "in what its ConfigMaps differ",
  NetworkPolicy: "in what its NetworkPolicies differ",
  PodDisruptionBudget: "in what its PodDisruptionBudgets differ",
} as const satisfies Readonly<Record<ComparedKind, string>>;

function sightIn(runtime: SeenEstate, environment: EnvironmentRow): Sight<ComparedKind> {
  const { id, namespaces } = environment;
  const basis = { tells: TELLS, namespaces, whileSilent: `of ${id} this is what was last seen` };
  return sightOf(environment, basis, runtime.ring.rows().source);
}

/** What is compared of both, but the kinds of which one of them is not seen whole: what is not seen is no difference, and none is no likeness. */
function compare(
  runtime: SeenEstate,
  here: EnvironmentRow,
  there: EnvironmentRow,
): Pick<DriftItem, "drift" | "unknown"> {
  const sights = [here, there].map((environment) => sightIn(runtime, environment));
  const compared = COMPARED_KINDS.filter((kind) => sights.every(({ sees }) => sees([kind])));
  return {
    drift: driftBetween(sideOf(runtime, here), sideOf(runtime, there), compared),
    unknown: [...new Set(sights.flatMap(({ unknown }) => unknown))],
  };
}

function sideOf(runtime: SeenEstate, environment: EnvironmentRow): DriftSide {
  const { cluster, name, namespaces } = environment;
  const objects = runtime.view.objects(cluster);
  const history = sightOf(environment, { ...HISTORY, namespaces }, runtime.ring.rows().source);
  const every = <Value>(by: (namespace: string) => readonly Value[] | undefined) =>
    namespaces.flatMap((namespace) => by(namespace) ?? []);
  const past = <Value>(kind: keyof typeof HISTORY.tells, by: (namespace: string) => readonly Value[] | undefined) =>
    history.sees([kind]) ? every(by) : [];
  return {
    name,
    namespaces,
    workloads: every((namespace) => objects?.Workload.by("namespace", namespace)),
    replicaSets: past("ReplicaSet", (namespace) => objects?.ReplicaSet.by("namespace", namespace)),
    controllerRevisions: past("ControllerRevision", (namespace) =>
      objects?.ControllerRevision.by("namespace", namespace),
    ),
    configMaps: every((namespace) => objects?.ConfigMap.by("namespace", namespace)),
    networkPolicies: every((namespace) => objects?.NetworkPolicy.by("namespace", namespace)),
    disruptionBudgets: every((namespace) => objects?.DisruptionBudget.by("namespace", namespace)),
  };
}

/** What tells since when a template is as it is; that this is not known is told with each difference. */
const HISTORY = {
  tells: { ReplicaSet: "when Deployments were rolled out", ControllerRevision: "when StatefulSets were rolled out" },
  whileSilent: "this is what was last seen",
} as const;
