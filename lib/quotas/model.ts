const SUFFIX: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A Kubernetes quantity as a number in its base unit: cores, bytes or a count. Undefined for what is not a quantity.
 * Source: the Kubernetes API reference, "Quantity".
 */
export function quantityToNumber(quantity: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(quantity.trim());
  if (match === null) {
    return undefined;
  }
  const [, digits = "", exponent = "", suffix = ""] = match;
  const scale = SUFFIX[suffix];
  return scale === undefined ? undefined : Number(`${digits}${exponent}`) * scale;
}

/**
 * Why nothing is measured: the metrics API has not been asked yet, is not installed, refuses Gatehouse, or does not answer; what
 * it says of a pod cannot be read, so that no sum is whole; it leaves out pods that run ("partial"); or "other": it is no resource
 * that the metrics API measures.
 */
export type Unmeasured = "unasked" | "absent" | "denied" | "unreachable" | "unreadable" | "partial" | "other";

/** How many of the pods that run the metrics API leaves out. */
export type LeftOut = Readonly<{ missing: number; running: number }>;

/** CPU in cores, memory in bytes. */
export type Usage = Readonly<{ cpuCores: number; memoryBytes: number }>;

/** What the pods of a cluster use now, by namespace and each by `<namespace>/<name>`, or why that is not known. */
export type ClusterUsage =
  | Readonly<{
      state: "measured";
      namespaces: ReadonlyMap<string, Usage>;
      pods: ReadonlyMap<string, Usage>;
      /** The namespaces with a pod of which nobody can read what it uses. */
      unreadable: ReadonlySet<string>;
      /** The namespaces with pods that run and are not measured. */
      leftOut: ReadonlyMap<string, LeftOut>;
    }>
  | Readonly<{ state: Exclude<Unmeasured, "unreadable" | "partial" | "other"> }>;

/** What one pod uses now, as the metrics API has it. */
export type PodUsage = Usage & Readonly<{ namespace: string; name: string }>;

/** What the metrics API says of all pods, and of which of them it cannot be read. */
export type PodUsages = Readonly<{
  pods: readonly PodUsage[];
  unreadable: readonly Readonly<{ namespace: string; name: string }>[];
}>;

/** The metrics API takes its figures about once a minute, and is asked every half: what is younger may be missing rightly. */
const MEASURED_AFTER_MS = 120_000;

/** What a pod is known by, to tell whether it has to be measured. */
export type MeasurablePod = Readonly<{
  namespace: string;
  name: string;
  phase: string;
  isReady: boolean;
  isDeleting: boolean;
  createdAt: number | undefined;
}>;

/** Whether a pod runs, for long enough that the metrics API should have measured it, and has not. */
export function isLeftOut(measured: ReadonlyMap<string, Usage>, pod: MeasurablePod, nowMs: number): boolean {
  return isMeasurable(pod, nowMs) && !measured.has(`${pod.namespace}/${pod.name}`);
}

function isMeasurable({ phase, isReady, isDeleting, createdAt }: MeasurablePod, nowMs: number): boolean {
  return phase === "Running" && isReady && !isDeleting && nowMs - (createdAt ?? 0) > MEASURED_AFTER_MS;
}

/** What was measured beside the pods that run: where it leaves some out, no sum is whole. */
export function besidePods(usage: ClusterUsage, pods: Iterable<MeasurablePod>, nowMs: number): ClusterUsage {
  if (usage.state !== "measured") {
    return usage;
  }
  const leftOut = new Map<string, LeftOut>();
  for (const [namespace, running] of Map.groupBy(pods, (pod) => pod.namespace)) {
    const theirs = running.filter((pod) => isMeasurable(pod, nowMs));
    const missing = theirs.filter((pod) => isLeftOut(usage.pods, pod, nowMs)).length;
    if (missing > 0) {
      leftOut.set(namespace, { missing, running: theirs.length });
    }
  }
  return { ...usage, leftOut };
}

/** What was measured of each pod, to be looked up. */
export function usageOf({ pods: measured, unreadable }: PodUsages): ClusterUsage {
  const namespaces = new Map<string, Usage>();
  for (const { namespace, cpuCores, memoryBytes } of measured) {
    const sum = namespaces.get(namespace) ?? NO_USAGE;
    namespaces.set(namespace, { cpuCores: sum.cpuCores + cpuCores, memoryBytes: sum.memoryBytes + memoryBytes });
  }
  const pods = new Map(measured.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
  return {
    state: "measured",
    namespaces,
    pods,
    unreadable: new Set(unreadable.map(({ namespace }) => namespace)),
    leftOut: new Map(),
  };
}

const NO_USAGE: Usage = { cpuCores: 0, memoryBytes: 0 };

/** One resource of one ResourceQuota: what is allowed, requested and measured, as Kubernetes writes them. */
export type QuotaRow = Readonly<{
  id: string;
  environment: string;
  cluster: string;
  namespace: string;
  quota: string;
  resource: string;
  hard: string;
  /** Null until the controller has counted: not the same as 0. */
  requested: string | null;
  /** What the pods that it counts use now; null where that is not known. */
  measured: string | null;
  /** Why it is not; null where it is. */
  unmeasured: Unmeasured | null;
  /** Where it is "partial": how many are not measured. */
  leftOut?: LeftOut;
}>;

/** What a set of pods asks for: CPU in cores, memory in bytes. */
export type PodDemand = Readonly<{ pods: number; cpuCores: number; memoryBytes: number }>;

/** Whether a demand fits what one quota resource leaves free. Numbers in the resource's base unit. */
export type Headroom = Readonly<{
  resource: string;
  quota: string;
  hard: number;
  /** Undefined where the quota's status has not been seen: not the same as 0. */
  requested?: number | undefined;
  needed: number;
  fits?: boolean | undefined;
}>;

const NEEDED: Readonly<Record<string, (demand: PodDemand) => number>> = {
  pods: (demand) => demand.pods,
  cpu: (demand) => demand.cpuCores,
  "requests.cpu": (demand) => demand.cpuCores,
  memory: (demand) => demand.memoryBytes,
  "requests.memory": (demand) => demand.memoryBytes,
};

/** Far below the thousandth of a core that Kubernetes counts in: what is left of 300m after 100m is a hair less than 0.2. */
export const FINEST = 1e-6;

/** For each quota resource that pods count against, what is free beside what the demand needs. */
export function headroomFor(rows: readonly QuotaRow[], demand: PodDemand): Headroom[] {
  return rows.flatMap((row) => {
    const needed = NEEDED[row.resource]?.(demand);
    const hard = quantityToNumber(row.hard);
    if (needed === undefined || hard === undefined) {
      return [];
    }
    const requested = row.requested === null ? undefined : quantityToNumber(row.requested);
    const fits = requested === undefined ? undefined : hard - requested - needed > -FINEST;
    return [{ resource: row.resource, quota: row.quota, hard, requested, needed, fits }];
  });
}

/** What is left of a quota resource, as a Kubernetes quantity in the unit of `hard`; undefined where it is not known. */
export function headroomQuantity(row: QuotaRow): string | undefined {
  const hard = quantityToNumber(row.hard);
  const requested = row.requested === null ? undefined : quantityToNumber(row.requested);
  if (hard === undefined || requested === undefined) {
    return undefined;
  }
  return formatQuantity(row.resource, hard - requested);
}

/** Writes a number in base units as people of the field write that resource: `1500m` CPU, `512Mi` memory, `3` pods. */
export function formatQuantity(resource: string, value: number): string {
  if (resource.endsWith("cpu")) {
    return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
  }
  if (resource.endsWith("memory") || resource.endsWith("storage")) {
    return `${Math.round(value / 2 ** 20)}Mi`;
  }
  return String(value);
}

/** What is requested of what is allowed, in base units; undefined where either is not known. */
export function quotaUse(row: QuotaRow): { requested: number; hard: number } | undefined {
  const hard = quantityToNumber(row.hard);
  const requested = row.requested === null ? undefined : quantityToNumber(row.requested);
  return hard === undefined || requested === undefined ? undefined : { requested, hard };
}

/** Use and limit as people read them: `15.6 / 16` cores, `22.7 / 32 Gi`, `31 / 60` pods. */
export function quotaWords(row: QuotaRow): string {
  const use = quotaUse(row);
  return use === undefined
    ? "?"
    : `${amountWords(row.resource, use.requested, false)} / ${amountWords(row.resource, use.hard, true)}`;
}

/** An amount in the unit people use for the resource: cores for CPU, Gi for memory, a count for the rest. */
export function amountWords(resource: string, amount: number, withUnit: boolean): string {
  const isBytes = resource.endsWith("memory") || resource.endsWith("storage");
  const value = isBytes ? amount / 2 ** 30 : amount;
  const rounded = String(Math.round(value * 100) / 100);
  return isBytes && withUnit ? `${rounded} Gi` : rounded;
}

/**
 * Of the rows of one resource the one that is nearest to its limit: it refuses first. One that has not been counted comes
 * before all, so that it is not hidden. Undefined where there is none.
 */
export function fullest(rows: readonly QuotaRow[]): QuotaRow | undefined {
  const share = (row: QuotaRow) => {
    const use = quotaUse(row);
    if (use === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    return use.hard === 0 ? 1 : use.requested / use.hard;
  };
  return rows.toSorted((a, b) => share(b) - share(a))[0];
}

/** An amount with its unit, as it stands in a sentence: `1.2 cores`, `4 Gi memory`, `3 pods`. */
export function sayAmount(resource: string, amount: number): string {
  const words = amountWords(resource, amount, true);
  if (resource.endsWith("cpu")) {
    return `${words} ${words === "1" ? "core" : "cores"}`;
  }
  if (resource.endsWith("storage") || resource.endsWith("memory")) {
    return `${words} ${resource.endsWith("storage") ? "storage" : "memory"}`;
  }
  const noun = resource.replace(/^count\//, "");
  return `${words} ${amount === 1 && noun.endsWith("s") ? noun.slice(0, -1) : noun}`;
}

const MEASURED: Readonly<Record<string, keyof Usage>> = {
  cpu: "cpuCores",
  "requests.cpu": "cpuCores",
  "limits.cpu": "cpuCores",
  memory: "memoryBytes",
  "requests.memory": "memoryBytes",
  "limits.memory": "memoryBytes",
};

/** What of a quota resource the pods of its namespace use now, or why that is not known. */
export function measuredOf(
  usage: ClusterUsage,
  namespace: string,
  resource: string,
): Pick<QuotaRow, "measured" | "unmeasured" | "leftOut"> {
  const amount = MEASURED[resource];
  if (amount === undefined) {
    return { measured: null, unmeasured: "other" };
  }
  if (usage.state !== "measured") {
    return { measured: null, unmeasured: usage.state };
  }
  if (usage.unreadable.has(namespace)) {
    return { measured: null, unmeasured: "unreadable" };
  }
  const leftOut = usage.leftOut.get(namespace);
  if (leftOut !== undefined) {
    return { measured: null, unmeasured: "partial", leftOut };
  }
  const used = usage.namespaces.get(namespace) ?? NO_USAGE;
  return { measured: formatQuantity(resource, used[amount]), unmeasured: null };
}

/** What is left of a quota resource as a share of what is allowed, below 0 where more is used; undefined where it is not known. */
export function shareLeft(row: Pick<QuotaRow, "hard" | "requested">): number | undefined {
  const hard = quantityToNumber(row.hard);
  const requested = row.requested === null ? undefined : quantityToNumber(row.requested);
  if (hard === undefined || requested === undefined) {
    return undefined;
  }
  if (hard === 0) {
    // A rule and no room that has run out, such as no load balancers: nobody is short of it.
    return requested > 0 ? -requested : 1;
  }
  return (hard - requested) / hard;
}

/** From which share of use on a quota resource is worth a look, and from which it stops the next rollout. */
export const QUOTA_MARKS = { look: 0.8, full: 0.95 } as const;

export type QuotaState = "room" | "tight" | "full" | "unknown";

/** How a quota resource stands by those marks. */
export function quotaState(row: Pick<QuotaRow, "hard" | "requested">): QuotaState {
  const left = shareLeft(row);
  if (left === undefined) {
    return "unknown";
  }
  if (left <= 1 - QUOTA_MARKS.full + FINEST) {
    return "full";
  }
  return left <= 1 - QUOTA_MARKS.look + FINEST ? "tight" : "room";
}

/** Sorts by the share that is left, least first; what is not known stands before what has room. */
export function byLeastLeft(a: QuotaRow, b: QuotaRow): number {
  return (
    (shareLeft(a) ?? 1 - QUOTA_MARKS.look) - (shareLeft(b) ?? 1 - QUOTA_MARKS.look) ||
    compareText(a.environment, b.environment) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.resource, b.resource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
