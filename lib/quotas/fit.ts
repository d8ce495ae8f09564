import type { LimitRange, Node, ResourceQuota, Toleration, Workload } from "#lib/clusters/model.ts";
import { selects } from "#lib/clusters/selectors.ts";
import type { NodeRoom } from "./capacity.ts";
import { type Resourced, refusedByLimits, withDefaults } from "./limits.ts";
import { FINEST, type PodDemand, quantityToNumber, sayAmount } from "./model.ts";

/** All that decides how many more pods of a workload find a place. */
export type FitFacts = Readonly<{
  workload: Workload;
  /** Of its namespace. */
  quotas: readonly ResourceQuota[];
  limitRanges: readonly LimitRange[];
  rooms: readonly NodeRoom[];
  /** All of the cluster, those too that take no pods now: who stands there keeps others out of their zone all the same. */
  nodes: readonly Node[];
  /** Names of nodes by the workload whose pods stand there, of its namespace. */
  neighbours: readonly Readonly<{ workload: Workload; nodes: readonly string[] }>[];
}>;

/** How many more pods of a workload fit. Counts are null where it is not known. */
export type Fit = Readonly<{
  more: number | null;
  /** What stops it first, in a sentence. */
  message: string;
  /** Null also where no quota bounds it. */
  byQuota: number | null;
  byNodes: number | null;
  /** What else may stop it and was not looked at. */
  notConsidered: readonly string[];
}>;

/** More than anybody asks for at once; a count that reaches it is said as "at least". */
const MOST = 1000;

/** How many more replicas of a workload its quotas, its namespace's limits and the nodes let in, and what stops it first. */
export function fitOf(facts: FitFacts): Fit {
  const { workload, limitRanges } = facts;
  const containers = workload.template.containers.map((container) => withDefaults(container, limitRanges));
  const refused = refusedByLimits(containers, limitRanges);
  if (refused !== undefined) {
    const message = `The limits of ${workload.namespace} let none in: ${refused}.`;
    return { more: 0, message, byQuota: null, byNodes: null, notConsidered: [] };
  }
  const need = needOf(workload, containers);
  const quota = tightestQuota(facts, containers, need);
  const byNodes = countOnNodes(facts, need);
  const isKnown = quota.unknown === undefined || quota.count === 0;
  return {
    more: isKnown ? Math.min(byNodes, quota.count ?? MOST) : null,
    message: sayFit(quota, byNodes, facts.rooms.length),
    byQuota: isKnown ? (quota.count ?? null) : null,
    byNodes,
    notConsidered: notConsidered(facts),
  };
}

/** What one pod asks for: its init containers may ask for more than its containers do. */
function needOf({ podDemand }: Workload, containers: readonly Resourced[]): PodDemand {
  return {
    pods: 1,
    cpuCores: Math.max(podDemand.cpuCores, sumOf(containers, "requests", "cpu")),
    memoryBytes: Math.max(podDemand.memoryBytes, sumOf(containers, "requests", "memory")),
  };
}

function sumOf(containers: readonly Resourced[], what: "requests" | "limits", resource: string): number {
  return containers.reduce((sum, one) => sum + (quantityToNumber(one[what][resource] ?? "0") ?? 0), 0);
}

/** `count` is undefined where no quota bounds it; `unknown` names a quota that has not been counted. */
type QuotaFit = Readonly<{ count: number | undefined; words: string; unknown: string | undefined }>;

function tightestQuota({ quotas }: FitFacts, containers: readonly Resourced[], need: PodDemand): QuotaFit {
  let tightest: QuotaFit = { count: undefined, words: "", unknown: undefined };
  for (const quota of quotas.filter(({ scopes }) => scopes.length === 0)) {
    for (const [resource, quantity] of Object.entries(quota.hard)) {
      const one = fitOfResource(quota, resource, quantityToNumber(quantity), neededOf(resource, containers, need));
      const unknown = tightest.unknown ?? one?.unknown;
      const isTighter = one?.count !== undefined && one.count < (tightest.count ?? Number.POSITIVE_INFINITY);
      tightest = { ...(isTighter ? one : tightest), unknown };
    }
  }
  return tightest;
}

/** What one pod needs of a quota's resource; "unset" where a container does not say, which such a quota refuses; undefined for what pods do not count against. */
function neededOf(resource: string, containers: readonly Resourced[], need: PodDemand): number | "unset" | undefined {
  const [what, name] = resource.startsWith("limits.")
    ? (["limits", resource.slice("limits.".length)] as const)
    : (["requests", resource.replace(/^requests\./, "")] as const);
  if (resource === "pods" || resource === "count/pods") {
    return 1;
  }
  if (name === "cpu" || name === "memory") {
    if (containers.some((container) => container[what][name] === undefined)) {
      return "unset";
    }
    const own = name === "cpu" ? need.cpuCores : need.memoryBytes;
    return what === "requests" ? own : sumOf(containers, "limits", name);
  }
  // An extended resource, such as requests.nvidia.com/gpu, or ephemeral-storage.
  const asked = sumOf(containers, what, name);
  return asked > 0 ? asked : undefined;
}

function fitOfResource(
  { name, used }: ResourceQuota,
  resource: string,
  hard: number | undefined,
  needed: number | "unset" | undefined,
): QuotaFit | undefined {
  if (needed === undefined || needed === 0) {
    return undefined;
  }
  if (needed === "unset") {
    const words = `quota ${name} lets in no pod that leaves ${resource} out`;
    return { count: 0, words, unknown: undefined };
  }
  const requested = quantityToNumber(used[resource] ?? "");
  if (hard === undefined || requested === undefined) {
    return { count: undefined, words: "", unknown: name };
  }
  const left = Math.max(0, hard - requested);
  const count = Math.min(MOST, Math.floor((left + FINEST) / needed));
  const of = resource.startsWith("limits.") ? `${sayAmount(resource, left)} of limits` : sayAmount(resource, left);
  return { count, words: `quota ${name} leaves ${of}: ${sayMore(count)}`, unknown: undefined };
}

function sayMore(count: number): string {
  if (count >= MOST) {
    return `${MOST} more or above`;
  }
  return count === 0 ? "none more" : `${count} more`;
}

function sayFit(quota: QuotaFit, byNodes: number, nodes: number): string {
  const nodesWould = nodes === 0 ? "no node is ready for pods" : `the nodes would take ${sayMore(byNodes)}`;
  if (quota.unknown !== undefined && quota.count !== 0) {
    return `Not known: quota ${quota.unknown} has not been counted yet; ${nodesWould}.`;
  }
  if (quota.count === undefined) {
    return `No quota bounds it; ${nodesWould}.`;
  }
  const [first, second] = byNodes < quota.count ? [nodesWould, quota.words] : [quota.words, nodesWould];
  return `${first.slice(0, 1).toUpperCase()}${first.slice(1)}; ${second}.`;
}

/** Pods that are all alike are packed best by filling each node: no order of nodes holds more. */
function countOnNodes(facts: FitFacts, need: PodDemand): number {
  const { workload, rooms } = facts;
  const keepsAway = workload.template.spreading.filter(isKeepingAway);
  const taken = takenDomains(facts);
  let count = 0;
  for (const { node, free } of rooms.filter((room) => mayStandOn(workload, room.node))) {
    if (Object.keys(node.labels).some((key) => taken.has(domainOf(key, node) ?? ""))) {
      continue;
    }
    const domains = keepsAway.map((term) => domainOf(term.topologyKey, node));
    const room = Math.min(
      Math.floor(free.pods),
      need.cpuCores > 0 ? Math.floor((free.cpuCores + FINEST) / need.cpuCores) : MOST,
      need.memoryBytes > 0 ? Math.floor((free.memoryBytes + FINEST) / need.memoryBytes) : MOST,
    );
    const known = domains.filter((domain) => domain !== undefined);
    const isAlone = keepsAway.some(({ awayFrom }) => awayFrom && selects(awayFrom, workload.template.labels));
    const more = Math.max(0, isAlone && known.length > 0 ? Math.min(1, room) : room);
    if (more > 0 && isAlone) {
      for (const domain of known) {
        taken.add(domain);
      }
    }
    count += more;
  }
  return Math.min(MOST, count);
}

/** The part of the cluster that a node lies in by a label; undefined where it has none. */
export function domainOf(topologyKey: string, node: Node): string | undefined {
  const value = node.labels[topologyKey];
  return value === undefined ? undefined : `${topologyKey}=${value}`;
}

/**
 * The parts of the cluster that another's pods keep free of this workload, whichever of the two asks for it: required
 * anti-affinity holds for who comes later as well.
 */
function takenDomains({ workload, nodes: all, neighbours }: FitFacts): Set<string> {
  const nodes = new Map(all.map((node) => [node.name, node]));
  return new Set(
    neighbours.flatMap(({ workload: other, nodes: names }) =>
      [...keysApart(workload, other), ...keysApart(other, workload)].flatMap((topologyKey) =>
        names.flatMap((name) => {
          const node = nodes.get(name);
          return (node && domainOf(topologyKey, node)) ?? [];
        }),
      ),
    ),
  );
}

/** The labels of nodes by which one workload keeps away from another of its namespace. */
export function keysApart(one: Workload, other: Workload): string[] {
  return one.template.spreading
    .filter(
      (term) => isKeepingAway(term) && term.awayFrom !== undefined && selects(term.awayFrom, other.template.labels),
    )
    .map(({ topologyKey }) => topologyKey);
}

export function isKeepingAway({ isRequired, awayFrom }: Workload["template"]["spreading"][number]): boolean {
  return isRequired && awayFrom !== undefined;
}

/** Whether a node is one that the nodeSelector names and whose taints the pods bear. */
export function mayStandOn({ template }: Workload, { labels, taints }: Node): boolean {
  const isSelected = Object.entries(template.nodeSelector).every(([key, value]) => labels[key] === value);
  const repelling = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return isSelected && repelling.every((taint) => template.tolerations.some((one) => bears(one, taint)));
}

function bears({ key, operator, value, effect }: Toleration, taint: Node["taints"][number]): boolean {
  const isEffect = effect === undefined || effect === "" || effect === taint.effect;
  const isKey = key === undefined || key === "" ? operator === "Exists" : key === taint.key;
  return isEffect && isKey && (operator === "Exists" || value === taint.value);
}

function notConsidered({ workload, quotas }: FitFacts): string[] {
  const { template } = workload;
  const scoped = quotas.filter(({ scopes }) => scopes.length > 0);
  return [
    ...(template.hasNodeAffinity ? ["its node affinity"] : []),
    ...(template.spreading.some(({ isRequired, awayFrom }) => isRequired && awayFrom === undefined)
      ? ["its spread constraints"]
      : []),
    ...(workload.kind === "StatefulSet" ? ["its volumes"] : []),
    ...scoped.map(({ name, scopes }) => `quota ${name}, which counts only pods of ${scopes.join(" and ")}`),
  ];
}
