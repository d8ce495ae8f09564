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

/** One resource of one ResourceQuota: what is allowed and what is requested, as Kubernetes writes them. */
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
const FINEST = 1e-6;

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
