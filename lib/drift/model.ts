import {
  CONTROLLER_KINDS,
  type ConfigMap,
  type Container,
  type DisruptionBudget,
  type NetworkPolicy,
  type Quantities,
  type ReplicaSet,
  type Setting,
  type Workload,
} from "#lib/clusters/model.ts";

export const DRIFT_ASPECTS = ["presence", "image", "replicas", "resources", "probes", "setting", "policy"] as const;
export type DriftAspect = (typeof DRIFT_ASPECTS)[number];

/** One thing that is otherwise in one environment than in the other. No value of a setting is in it. */
export type Drift = Readonly<{
  /** The service, or for what belongs to none, `ConfigMap <name>` or `NetworkPolicy <name>`. */
  subject: string;
  aspect: DriftAspect;
  /** What differs of the subject, such as a variable or a container; empty where it is the subject itself. */
  name: string;
  here: string;
  there: string;
  /** Since when either of them is as it is now, in ms since the epoch: the later of both. Null where that is not known. */
  since: number | null;
}>;

/** The kinds of object that are compared. */
export const COMPARED_KINDS = [...CONTROLLER_KINDS, "ConfigMap", "NetworkPolicy", "PodDisruptionBudget"] as const;
export type ComparedKind = (typeof COMPARED_KINDS)[number];

/** What is compared of an environment. */
export type DriftSide = Readonly<{
  workloads: readonly Workload[];
  /** Of the workloads, to know since when an image runs. */
  replicaSets: readonly ReplicaSet[];
  configMaps: readonly ConfigMap[];
  networkPolicies: readonly NetworkPolicy[];
  disruptionBudgets: readonly DisruptionBudget[];
}>;

const NOT_THERE = "not there";

/**
 * Everything in which two environments differ, service by service. Namespaces, hosts of other environments and generated
 * parts of names differ by nature; settings are compared by digest, so that a secret in one never leaves the server.
 */
export function driftBetween(here: DriftSide, there: DriftSide, kinds: readonly ComparedKind[]): Drift[] {
  const of = <Value>(kind: ComparedKind, drift: () => readonly Value[]) => (kinds.includes(kind) ? drift() : []);
  return [
    ...workloadDrift(here, there, kinds),
    ...of("ConfigMap", () => settingsDrift(here.configMaps, there.configMaps)),
    ...of("NetworkPolicy", () =>
      presenceDrift("NetworkPolicy", "policy", here.networkPolicies, there.networkPolicies, sameRules),
    ),
    ...of("PodDisruptionBudget", () =>
      presenceDrift("PodDisruptionBudget", "policy", here.disruptionBudgets, there.disruptionBudgets, sameBudget),
    ),
  ];
}

function workloadDrift(here: DriftSide, there: DriftSide, kinds: readonly ComparedKind[]): Drift[] {
  // A Compose service is all that there is of its host, so that it is seen whenever the host is.
  const isCompared = ({ kind }: Workload) => kind === "Compose service" || kinds.includes(kind);
  const [ours, theirs] = [here, there].map(({ workloads }) => workloads.filter(isCompared));
  return pairs(ours ?? [], theirs ?? [], ({ kind, name }) => `${kind} ${name}`).flatMap(([a, b]) => {
    if (a === undefined || b === undefined) {
      const only = a ?? b;
      return only === undefined ? [] : [presence(only.service, `${only.kind} ${only.name}`, a !== undefined, only)];
    }
    const since = latest(imageSince(a, here.replicaSets), imageSince(b, there.replicaSets));
    return [...replicaDrift(a, b), ...containerDrift(a, b, since)];
  });
}

function presence(subject: string, name: string, isHere: boolean, only: { createdAt: number | undefined }): Drift {
  const [here, there] = isHere ? ["there", NOT_THERE] : [NOT_THERE, "there"];
  return { subject, aspect: "presence", name, here, there, since: only.createdAt ?? null };
}

function replicaDrift(a: Workload, b: Workload): Drift[] {
  // How many a DaemonSet has is how many nodes there are.
  if (a.desired === b.desired || a.kind === "DaemonSet") {
    return [];
  }
  return [
    {
      subject: a.service,
      aspect: "replicas",
      name: "",
      here: String(a.desired),
      there: String(b.desired),
      since: null,
    },
  ];
}

function containerDrift(a: Workload, b: Workload, since: number | null): Drift[] {
  return pairs(a.template.containers, b.template.containers, ({ name }) => name).flatMap(([one, other]) => {
    const name = (one ?? other)?.name ?? "";
    const drift = (aspect: DriftAspect, what: string, here: string, there: string): Drift[] =>
      here === there
        ? []
        : [{ subject: a.service, aspect, name: what, here, there, since: aspect === "image" ? since : null }];
    if (one === undefined || other === undefined) {
      return drift("presence", `container ${name}`, one?.image ?? NOT_THERE, other?.image ?? NOT_THERE);
    }
    return [
      ...drift("image", name, one.image, other.image),
      ...drift("resources", `requests of ${name}`, sayQuantities(one.requests), sayQuantities(other.requests)),
      ...drift("resources", `limits of ${name}`, sayQuantities(one.limits), sayQuantities(other.limits)),
      ...drift("probes", name, sayProbes(one), sayProbes(other)),
      ...pairs(one.settings, other.settings, (setting) => setting.name).flatMap(([left, right]) =>
        settingDrift(a.service, left, right),
      ),
    ];
  });
}

function settingDrift(subject: string, here: Setting | undefined, there: Setting | undefined): Drift[] {
  const name = (here ?? there)?.name ?? "";
  const isSame = here !== undefined && there !== undefined && here.digest === there.digest && here.from === there.from;
  return isSame
    ? []
    : [{ subject, aspect: "setting", name, here: saySetting(here), there: saySetting(there), since: null }];
}

/** What may be said of a setting: that there is a value, and where it comes from. */
function saySetting(setting: Setting | undefined): string {
  if (setting === undefined) {
    return "not set";
  }
  return setting.from === undefined ? "a value of its own" : `from ${setting.from}`;
}

function settingsDrift(here: readonly ConfigMap[], there: readonly ConfigMap[]): Drift[] {
  return pairs(here, there, ({ name }) => name).flatMap(([a, b]) => {
    const subject = `ConfigMap ${(a ?? b)?.name}`;
    if (a === undefined || b === undefined) {
      return [presence(subject, "", a !== undefined, { createdAt: undefined })];
    }
    return pairs(a.entries, b.entries, (entry) => entry.name).flatMap(([left, right]) =>
      settingDrift(subject, left, right),
    );
  });
}

function presenceDrift<Value extends { name: string }>(
  kind: string,
  aspect: DriftAspect,
  here: readonly Value[],
  there: readonly Value[],
  isSame: (a: Value, b: Value) => boolean,
): Drift[] {
  return pairs(here, there, ({ name }) => name).flatMap(([a, b]) => {
    if (a !== undefined && b !== undefined) {
      return isSame(a, b)
        ? []
        : [
            {
              subject: `${kind} ${a.name}`,
              aspect,
              name: "",
              here: "its own rules",
              there: "other rules",
              since: null,
            },
          ];
    }
    return [presence(`${kind} ${(a ?? b)?.name}`, "", a !== undefined, { createdAt: undefined })];
  });
}

function sameRules(a: NetworkPolicy, b: NetworkPolicy): boolean {
  const rules = ({ podSelector, ingress, egress }: NetworkPolicy) => JSON.stringify([podSelector, ingress, egress]);
  return rules(a) === rules(b);
}

function sameBudget(a: DisruptionBudget, b: DisruptionBudget): boolean {
  return a.minAvailable === b.minAvailable && a.maxUnavailable === b.maxUnavailable;
}

/** Since when the newest image of a Deployment runs; other kinds keep no such history. */
function imageSince(workload: Workload, replicaSets: readonly ReplicaSet[]): number | undefined {
  return replicaSets.find((set) => set.ownerUid === workload.uid && set.rolloutRevision === workload.rolloutRevision)
    ?.createdAt;
}

function latest(a: number | undefined, b: number | undefined): number | null {
  return a === undefined || b === undefined ? null : Math.max(a, b);
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

/** Both lists side by side, by what names their values; undefined where one side has none. */
function pairs<Value>(
  here: readonly Value[],
  there: readonly Value[],
  nameOf: (value: Value) => string,
): [Value | undefined, Value | undefined][] {
  const left = new Map(here.map((value) => [nameOf(value), value]));
  const right = new Map(there.map((value) => [nameOf(value), value]));
  return [...new Set([...left.keys(), ...right.keys()])].sort().map((name) => [left.get(name), right.get(name)]);
}
