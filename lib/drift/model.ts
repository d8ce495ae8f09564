import {
  CONTROLLER_KINDS,
  type ConfigMap,
  type Container,
  type ControllerRevision,
  type DisruptionBudget,
  type NetworkPolicy,
  type Quantities,
  type ReplicaSet,
  type Setting,
  type Workload,
} from "#lib/clusters/model.ts";

export const DRIFT_ASPECTS = ["presence", "image", "replicas", "resources", "probes", "setting", "policy"] as const;
export type DriftAspect = (typeof DRIFT_ASPECTS)[number];

/**
 * By what it is known since when something is as it is: the rollout that brought the workload's template (its newest ReplicaSet or
 * ControllerRevision), the last write of the whole object (`managedFields`), or its making. What differs may have differed for
 * longer: a rollout or a write may have changed something else.
 */
export type Since = Readonly<{ at: number; by: "rollout" | "write" | "creation" }>;

/** One thing that is otherwise in one environment than in the other. No value of a setting is in it. */
export type Drift = Readonly<{
  /** Where it lies here, or there where it is there alone. */
  namespace: string;
  /** The service, or for what belongs to none, `ConfigMap <name>` or `NetworkPolicy <name>`. */
  subject: string;
  aspect: DriftAspect;
  /** What differs of the subject, such as a variable or a container; empty where it is the subject itself. */
  name: string;
  here: string;
  there: string;
  /** Since when both are as they are now, at least: the later of both. `at` in ms since the epoch. Null where that is not known. */
  since: Since | null;
}>;

/** The kinds of object that are compared. */
export const COMPARED_KINDS = [
  ...CONTROLLER_KINDS,
  "Compose service",
  "ConfigMap",
  "NetworkPolicy",
  "PodDisruptionBudget",
] as const;
export type ComparedKind = (typeof COMPARED_KINDS)[number];

/** What is compared of an environment. */
export type DriftSide = Readonly<{
  /** Its own name on its platform, such as `sandbox`. */
  name: string;
  /** In the order of gatehouse.yaml. */
  namespaces: readonly string[];
  workloads: readonly Workload[];
  /** Of the workloads, to know since when their templates are as they are; empty where they are not all known. */
  replicaSets: readonly ReplicaSet[];
  controllerRevisions: readonly ControllerRevision[];
  configMaps: readonly ConfigMap[];
  networkPolicies: readonly NetworkPolicy[];
  disruptionBudgets: readonly DisruptionBudget[];
}>;

const NOT_THERE = "not there";

/** What is compared of one thing: it stands on both sides, or on one alone. */
type Pair<Value> = Readonly<{ here: Value; there: Value }>;
type Lone<Value> = Readonly<{ only: Value; isHere: boolean }>;

type Found = Omit<Drift, "namespace" | "subject">;

/**
 * Everything in which two environments differ, service by service, each in its own part of the platform (`namesakesOf`).
 * Namespaces, hosts of other environments and generated parts of names differ by nature; settings are compared by digest, so
 * that a secret in one never leaves the server.
 */
export function driftBetween(here: DriftSide, there: DriftSide, kinds: readonly ComparedKind[]): Drift[] {
  const namesakes = namesakesOf(here, there);
  const matched = <Value extends Placed>(of: (side: DriftSide) => readonly Value[], nameOf: (value: Value) => string) =>
    matchedBy(
      of(here),
      of(there),
      (value) => `${value.namespace} ${nameOf(value)}`,
      (value) => `${namesakes.get(value.namespace) ?? `there: ${value.namespace}`} ${nameOf(value)}`,
    );
  const byName = ({ name }: Placed) => name;
  const isCompared = ({ kind }: Workload) => kinds.includes(kind);
  const of = <Value>(kind: ComparedKind, values: readonly Value[]) => (kinds.includes(kind) ? values : []);
  return [
    ...drifted(
      matched(
        ({ workloads }) => workloads.filter(isCompared),
        ({ kind, name }) => `${kind} ${name}`,
      ),
      ({ service }) => service,
      ({ kind, name }) => `${kind} ${name}`,
      (pair) => workloadDrift(pair, { here, there }),
    ),
    ...drifted(
      matched((side) => of("ConfigMap", side.configMaps), byName),
      ({ name }) => `ConfigMap ${name}`,
      () => "",
      entryDrift,
    ),
    ...drifted(
      matched((side) => of("NetworkPolicy", side.networkPolicies), byName),
      ({ name }) => `NetworkPolicy ${name}`,
      () => "",
      (pair) => ruleDrift(pair, sameRules(pair)),
    ),
    ...drifted(
      matched((side) => of("PodDisruptionBudget", side.disruptionBudgets), byName),
      ({ name }) => `PodDisruptionBudget ${name}`,
      () => "",
      (pair) => ruleDrift(pair, sameBudget(pair)),
    ),
  ];
}

/**
 * Which namespace of one environment is the same part of the platform as one of the other, by the other's: those whose names are
 * the same but for the environment's own name in them as a word (`backend-testnet` and `backend-mainnet`, `fabric-testnet` and
 * `fabric`). Where as many are left on both sides they go together in the order of gatehouse.yaml; else they stand alone.
 */
export function namesakesOf(here: Ground, there: Ground): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const namespace of here.namespaces) {
    const role = roleOf(namespace, here.name);
    const namesake = there.namespaces.find((one) => !found.has(one) && roleOf(one, there.name) === role);
    if (namesake !== undefined) {
      found.set(namesake, namespace);
    }
  }
  const taken = new Set(found.values());
  const left = here.namespaces.filter((namespace) => !taken.has(namespace));
  const theirs = there.namespaces.filter((namespace) => !found.has(namespace));
  const rest =
    left.length === theirs.length
      ? theirs.flatMap((one, at) => left.slice(at, at + 1).map((of) => [one, of] as const))
      : [];
  return new Map([...found, ...rest]);
}

type Ground = Pick<DriftSide, "name" | "namespaces">;

function roleOf(namespace: string, environment: string): string {
  return `-${namespace}-`.replace(`-${environment}-`, "-").replace(/^-|-$/g, "");
}

type Placed = Readonly<{ namespace: string; name: string }>;

/** Everything of one kind that differs; what is on one side alone is there since it was made. */
function drifted<Value extends Placed & Readonly<{ createdAt: number | undefined }>>(
  all: readonly (Pair<Value> | Lone<Value>)[],
  subjectOf: (value: Value) => string,
  nameOf: (value: Value) => string,
  differ: (pair: Pair<Value>) => readonly Found[],
): Drift[] {
  return all.flatMap((one) => {
    const value = "only" in one ? one.only : one.here;
    const found = "only" in one ? [presenceOf(one, nameOf(one.only))] : differ(one);
    return found.map((drift) => ({ namespace: value.namespace, subject: subjectOf(value), ...drift }));
  });
}

function presenceOf({ only, isHere }: Lone<Readonly<{ createdAt: number | undefined }>>, name: string): Found {
  const [here, there] = isHere ? ["there", NOT_THERE] : [NOT_THERE, "there"];
  const since: Since | null = only.createdAt === undefined ? null : { at: only.createdAt, by: "creation" };
  return { aspect: "presence", name, here, there, since };
}

function workloadDrift(pair: Pair<Workload>, { here, there }: Pair<DriftSide>): Found[] {
  const since = latest(templateSince(pair.here, here), templateSince(pair.there, there));
  return [...replicaDrift(pair), ...containerDrift(pair, since)];
}

function replicaDrift({ here, there }: Pair<Workload>): Found[] {
  // How many a DaemonSet has is how many nodes there are.
  if (here.desired === there.desired || here.kind === "DaemonSet") {
    return [];
  }
  const since = latest(writeOf(here), writeOf(there));
  return [{ aspect: "replicas", name: "", here: String(here.desired), there: String(there.desired), since }];
}

function containerDrift({ here: ours, there: theirs }: Pair<Workload>, since: Since | null): Found[] {
  return besides(ours.template.containers, theirs.template.containers).flatMap(([one, other]) => {
    const name = (one ?? other)?.name ?? "";
    const drift = (aspect: DriftAspect, what: string, here: string, there: string): Found[] =>
      here === there ? [] : [{ aspect, name: what, here, there, since }];
    if (one === undefined || other === undefined) {
      return drift("presence", `container ${name}`, one?.image ?? NOT_THERE, other?.image ?? NOT_THERE);
    }
    return [
      ...drift("image", name, one.image, other.image),
      ...drift("resources", `requests of ${name}`, sayQuantities(one.requests), sayQuantities(other.requests)),
      ...drift("resources", `limits of ${name}`, sayQuantities(one.limits), sayQuantities(other.limits)),
      ...drift("probes", name, sayProbes(one), sayProbes(other)),
      ...settingDrift(one.settings, other.settings, since),
    ];
  });
}

function settingDrift(ours: readonly Setting[], theirs: readonly Setting[], since: Since | null): Found[] {
  return besides(ours, theirs).flatMap(([here, there]) => {
    const name = (here ?? there)?.name ?? "";
    const isSame =
      here !== undefined && there !== undefined && here.digest === there.digest && here.from === there.from;
    return isSame
      ? []
      : [{ aspect: "setting" as const, name, here: saySetting(here), there: saySetting(there), since }];
  });
}

/** What may be said of a setting: that there is a value, and where it comes from. */
function saySetting(setting: Setting | undefined): string {
  if (setting === undefined) {
    return "not set";
  }
  return setting.from === undefined ? "a value of its own" : `from ${setting.from}`;
}

function entryDrift({ here, there }: Pair<ConfigMap>): Found[] {
  return settingDrift(here.entries, there.entries, latest(writeOf(here), writeOf(there)));
}

function ruleDrift({ here, there }: Pair<NetworkPolicy | DisruptionBudget>, isSame: boolean): Found[] {
  const since = latest(writeOf(here), writeOf(there));
  return isSame ? [] : [{ aspect: "policy", name: "", here: "its own rules", there: "other rules", since }];
}

function sameRules({ here, there }: Pair<NetworkPolicy>): boolean {
  const rules = ({ podSelector, ingress, egress }: NetworkPolicy) => JSON.stringify([podSelector, ingress, egress]);
  return rules(here) === rules(there);
}

function sameBudget({ here, there }: Pair<DisruptionBudget>): boolean {
  return here.minAvailable === there.minAvailable && here.maxUnavailable === there.maxUnavailable;
}

/**
 * Since when a workload's template is as it is. Whoever goes back to an earlier one makes no new revision, so that where an older
 * one is in force only the last write tells.
 */
function templateSince(workload: Workload, side: DriftSide): Since | undefined {
  const isOwn = ({ ownerUid }: { ownerUid: string | undefined }) => ownerUid === workload.uid;
  const sets = side.replicaSets.filter(isOwn);
  const revisions = side.controllerRevisions.filter(isOwn);
  const current =
    workload.kind === "Deployment"
      ? sets.find(({ rolloutRevision: of }) => of !== undefined && of === workload.rolloutRevision)
      : revisions.toSorted((a, b) => b.number - a.number)[0];
  const at = current?.createdAt;
  const isNewest = [...sets, ...revisions].every(
    ({ createdAt }) => at !== undefined && createdAt !== undefined && createdAt <= at,
  );
  return at !== undefined && isNewest ? { at, by: "rollout" } : writeOf(workload);
}

function writeOf({ changedAt: at }: { changedAt: number | undefined }): Since | undefined {
  return at === undefined ? undefined : { at, by: "write" };
}

function latest(a: Since | undefined, b: Since | undefined): Since | null {
  if (a === undefined || b === undefined) {
    return null;
  }
  return a.at >= b.at ? a : b;
}

function sayQuantities(quantities: Quantities): string {
  const said = Object.entries(quantities)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([resource, quantity]) => `${resource} ${quantity}`);
  return said.length === 0 ? "none" : said.join(", ");
}

function sayProbes({ hasReadinessProbe, hasLivenessProbe }: Container): string {
  const probes = [...(hasReadinessProbe ? ["readiness"] : []), ...(hasLivenessProbe ? ["liveness"] : [])];
  return probes.length === 0 ? "none" : probes.join(" and ");
}

/** Both lists side by side, by the names of their values; undefined where one side has none. */
function besides<Value extends Readonly<{ name: string }>>(
  here: readonly Value[],
  there: readonly Value[],
): [Value | undefined, Value | undefined][] {
  const [left, right] = [here, there].map((values) => new Map(values.map((value) => [value.name, value])));
  const names = new Set([...here, ...there].map(({ name }) => name));
  return [...names].sort().map((name) => [left?.get(name), right?.get(name)]);
}

/** The values of both sides by their keys, in the order of these. */
function matchedBy<Value>(
  ours: readonly Value[],
  theirs: readonly Value[],
  keyOfOurs: (value: Value) => string,
  keyOfTheirs: (value: Value) => string,
): (Pair<Value> | Lone<Value>)[] {
  const left = new Map(ours.map((value) => [keyOfOurs(value), value]));
  const right = new Map(theirs.map((value) => [keyOfTheirs(value), value]));
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((key): (Pair<Value> | Lone<Value>)[] => {
    const [here, there] = [left.get(key), right.get(key)];
    if (here !== undefined && there !== undefined) {
      return [{ here, there }];
    }
    const only = here ?? there;
    return only === undefined ? [] : [{ only, isHere: here !== undefined }];
  });
}
