import type { DisruptionBudget, Node, Workload } from "#lib/clusters/model.ts";
import { selects } from "#lib/clusters/selectors.ts";
import { holdsDemand, type NodeRoom, roomOf } from "#lib/quotas/capacity.ts";
import { domainOf, isKeepingAway, keysApart, mayStandOn } from "#lib/quotas/fit.ts";
import { FINEST, type PodDemand } from "#lib/quotas/model.ts";
import { allowedBy } from "./budgets.ts";
import type { PlacedPod } from "./model.ts";

export const LOSS_KINDS = ["node", "zone", "region"] as const;
/** What goes. */
export type Loss = Readonly<{ kind: (typeof LOSS_KINDS)[number]; name: string }>;

/** A cluster as it stands. */
export type ClusterStanding = Readonly<{
  nodes: readonly Node[];
  pods: readonly PlacedPod[];
  /** Null where they are not known. */
  budgets: readonly DisruptionBudget[] | null;
}>;

/** What becomes of one workload. */
export type WorkloadOutcome = Readonly<{
  namespace: string;
  service: string;
  kind: string;
  name: string;
  desired: number;
  readyNow: number;
  /** Ready pods that stand elsewhere. */
  kept: number;
  /** Of its pods that go, how many fit on what is left. */
  movable: number;
  stranded: number;
  /** Of a StatefulSet that has one: whether more than half of its pods stay ready. */
  majority: "kept" | "lost" | null;
}>;

/** What becomes of a drain at a budget: nothing stops it, it goes as replacements come up, or it does not come to its end. */
export type BudgetOutcome = Readonly<{
  namespace: string;
  name: string;
  pods: number;
  /** How many it lets go now. */
  allowed: number;
  verdict: "free" | "waits" | "blocked";
  /** Another budget that counts one of the pods too, which the eviction API refuses as a fault. */
  clashesWith: string | null;
}>;

export type Outcome = Readonly<{
  loss: Loss;
  nodes: readonly string[];
  /** Of those that have a pod there, worst first. */
  workloads: readonly WorkloadOutcome[];
  /** Null where what would stop a drain is not known. */
  budgets: readonly BudgetOutcome[] | null;
}>;

/** What the answer leaves out, in plain words. */
export const NOT_CONSIDERED = [
  "volumes that are bound to a node or zone",
  "node affinity",
  "quotas",
  "preferences",
  "priorities and preemption",
  "resources beside CPU, memory and places for pods",
] as const;

/** The loss that a text such as `node:worker-2` or `zone:a` names; undefined for any other. */
export function parseLoss(text: string): Loss | undefined {
  const [, kind, name] = /^([a-z]+):(.{1,253})$/.exec(text) ?? [];
  const known = LOSS_KINDS.find((one) => one === kind);
  return known === undefined || name === undefined ? undefined : { kind: known, name };
}

export function sayLoss({ kind, name }: Loss): string {
  return `${kind} ${name}`;
}

/**
 * What stays when a node or a site goes: which ready pods stand elsewhere, which of the lost ones would find a place by their
 * requests, nodeSelector, taints, required anti-affinity and spread, the largest first, and what budgets would do to a drain.
 * Undefined where nothing of that name is there. Pods that nobody makes anew are not moved: those of a DaemonSet, and bare ones.
 */
export function whatIf(standing: ClusterStanding, loss: Loss): Outcome | undefined {
  const lost = standing.nodes.filter((node) => isLost(node, loss));
  if (lost.length === 0) {
    return undefined;
  }
  const names = new Set(lost.map(({ name }) => name));
  const holding = standing.pods.filter(({ pod }) => holdsDemand(pod) && !pod.isDeleting);
  const there = holding.filter(({ pod }) => pod.node !== undefined && names.has(pod.node));
  const rest = holding.filter(({ pod }) => pod.node !== undefined && !names.has(pod.node));
  const leaving = there.filter(({ pod, workload }) => pod.ownerUid !== undefined && workload?.kind !== "DaemonSet");
  const remaining = standing.nodes.filter(({ name }) => !names.has(name));
  const moved = placeAnew(leaving, rest, remaining);
  return {
    loss,
    nodes: lost.map(({ name }) => name).sort(),
    workloads: workloadOutcomes(there, holding, names, moved),
    budgets: standing.budgets === null ? null : budgetOutcomes(standing.budgets, leaving, holding, moved),
  };
}

function isLost(node: Node, { kind, name }: Loss): boolean {
  return (kind === "node" ? node.name : node[kind]) === name;
}

/** The uids of the pods that find a place. */
function placeAnew(
  leaving: readonly PlacedPod[],
  staying: readonly PlacedPod[],
  nodes: readonly Node[],
): ReadonlySet<string> {
  const podsOn = Map.groupBy(staying, ({ pod }) => pod.node ?? "");
  const inOrder = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rooms = roomOf(inOrder, (name) => (podsOn.get(name) ?? []).map(({ pod }) => pod)).map(toRoom);
  const board = openBoard(nodes, rooms, [...staying, ...leaving]);
  for (const { pod, workload } of staying) {
    if (workload !== undefined && pod.node !== undefined) {
      board.stand(workload, pod.node);
    }
  }
  return new Set(
    leaving.toSorted(largestFirst).flatMap((placed) => (place(board, rooms, placed) ? placed.pod.uid : [])),
  );
}

type Room = { readonly node: Node; free: PodDemand };

function toRoom({ node, free }: NodeRoom): Room {
  return { node, free };
}

function largestFirst({ pod: a }: PlacedPod, { pod: b }: PlacedPod): number {
  return (
    b.demand.cpuCores - a.demand.cpuCores || b.demand.memoryBytes - a.demand.memoryBytes || (a.name < b.name ? -1 : 1)
  );
}

/** Takes the emptiest node that will have the pod, as the scheduler does when nothing else is said. */
function place(board: Board, rooms: readonly Room[], { pod, workload }: PlacedPod): boolean {
  let best: Room | undefined;
  for (const room of rooms) {
    const isEmptier = best === undefined || room.free.cpuCores > best.free.cpuCores;
    if (isEmptier && hasRoom(room.free, pod.demand) && (workload === undefined || board.takes(workload, room.node))) {
      best = room;
    }
  }
  if (best === undefined) {
    return false;
  }
  best.free = {
    pods: best.free.pods - 1,
    cpuCores: best.free.cpuCores - pod.demand.cpuCores,
    memoryBytes: best.free.memoryBytes - pod.demand.memoryBytes,
  };
  if (workload !== undefined) {
    board.stand(workload, best.node.name);
  }
  return true;
}

function hasRoom(free: PodDemand, demand: PodDemand): boolean {
  return free.pods >= 1 && free.cpuCores - demand.cpuCores > -FINEST && free.memoryBytes - demand.memoryBytes > -FINEST;
}

/** Whose pods stand in which part of the cluster, and who may stand beside whom. */
type Board = Readonly<{
  /** Whether the rules of a workload, and of those that are there, let one more of its pods stand on a node. */
  takes(workload: Workload, node: Node): boolean;
  stand(workload: Workload, node: string): void;
}>;

/** Two workloads that must not share a part of the cluster. */
type Conflict = Readonly<{ other: string; topologyKey: string }>;

/** With thousands of pods, nothing here may look at each of them for each node: what a rule asks for is counted once and kept. */
function openBoard(nodes: readonly Node[], rooms: readonly Room[], pods: readonly PlacedPod[]): Board {
  const workloads = [...new Map(pods.flatMap(({ workload }) => (workload ? [[workload.uid, workload]] : []))).values()];
  const shy = workloads.filter(({ template }) => template.spreading.some(isKeepingAway));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const keys = new Set(workloads.flatMap(({ template }) => template.spreading.map(({ topologyKey }) => topologyKey)));
  const standing = new Map<string, number>();
  const conflicts = new Map<string, readonly Conflict[]>();
  const domains = new Map<string, readonly string[]>();

  function countIn(uid: string, domain: string | undefined): number {
    return domain === undefined ? 0 : (standing.get(`${uid} ${domain}`) ?? 0);
  }

  function conflictsOf(workload: Workload): readonly Conflict[] {
    const known = conflicts.get(workload.uid);
    if (known !== undefined) {
      return known;
    }
    const others = shy.includes(workload) ? workloads : shy;
    const found = others.flatMap((other) =>
      keysBetween(workload, other).map((topologyKey) => ({ other: other.uid, topologyKey })),
    );
    conflicts.set(workload.uid, found);
    return found;
  }

  /** The parts of the cluster, by a label, that have a node on which the workload may stand. */
  function domainsFor(workload: Workload, topologyKey: string): readonly string[] {
    const key = `${workload.uid} ${topologyKey}`;
    const known = domains.get(key);
    if (known !== undefined) {
      return known;
    }
    const usable = rooms.filter(({ node }) => mayStandOn(workload, node));
    const found = [...new Set(usable.flatMap(({ node }) => domainOf(topologyKey, node) ?? []))];
    domains.set(key, found);
    return found;
  }

  /** Whether one more pod there leaves no part of the cluster with more than `maxSkew` above the emptiest. */
  function isEven(workload: Workload, node: Node, topologyKey: string, maxSkew: number): boolean {
    const domain = domainOf(topologyKey, node);
    const counts = domainsFor(workload, topologyKey).map((one) => countIn(workload.uid, one));
    return domain !== undefined && countIn(workload.uid, domain) + 1 - Math.min(...counts) <= maxSkew;
  }

  return {
    takes: (workload, node) =>
      mayStandOn(workload, node) &&
      conflictsOf(workload).every(({ other, topologyKey }) => countIn(other, domainOf(topologyKey, node)) === 0) &&
      workload.template.spreading.every(
        ({ topologyKey, isRequired, maxSkew }) =>
          !isRequired || maxSkew === undefined || isEven(workload, node, topologyKey, maxSkew),
      ),
    stand(workload, name) {
      const node = byName.get(name);
      for (const key of node === undefined ? [] : keys) {
        const domain = node && domainOf(key, node);
        if (domain !== undefined) {
          standing.set(`${workload.uid} ${domain}`, countIn(workload.uid, domain) + 1);
        }
      }
    },
  };
}

/** By which labels of nodes one workload must stand apart from another. Required anti-affinity is about its own namespace. */
function keysBetween(one: Workload, other: Workload): string[] {
  return one.namespace === other.namespace ? [...keysApart(one, other), ...keysApart(other, one)] : [];
}

function workloadOutcomes(
  there: readonly PlacedPod[],
  holding: readonly PlacedPod[],
  lost: ReadonlySet<string>,
  moved: ReadonlySet<string>,
): WorkloadOutcome[] {
  const affected = new Map(there.flatMap(({ workload }) => (workload === undefined ? [] : [[workload.uid, workload]])));
  const podsOf = Map.groupBy(holding, ({ workload }) => workload?.uid);
  return [...affected.values()]
    .filter(({ kind }) => kind !== "DaemonSet")
    .map((workload) => {
      const pods = (podsOf.get(workload.uid) ?? []).map(({ pod }) => pod);
      const gone = pods.filter(({ node }) => node !== undefined && lost.has(node));
      const readyNow = pods.filter(({ isReady }) => isReady).length;
      const kept = readyNow - gone.filter(({ isReady }) => isReady).length;
      const movable = gone.filter(({ uid }) => moved.has(uid)).length;
      const { namespace, service, kind, name, desired } = workload;
      return {
        namespace,
        service,
        kind,
        name,
        desired,
        readyNow,
        kept,
        movable,
        stranded: gone.length - movable,
        majority: majorityOf(workload, readyNow, kept),
      };
    })
    .sort(worstFirst);
}

/** A StatefulSet of one has no majority to lose, and one that has lost it already loses nothing. */
function majorityOf({ kind, desired }: Workload, readyNow: number, kept: number): "kept" | "lost" | null {
  const needed = Math.floor(desired / 2) + 1;
  if (kind !== "StatefulSet" || desired < 2 || readyNow < needed) {
    return null;
  }
  return kept >= needed ? "kept" : "lost";
}

function worstFirst(a: WorkloadOutcome, b: WorkloadOutcome): number {
  const badness = ({ kept, majority, stranded }: WorkloadOutcome) =>
    kept === 0 ? 3 : majority === "lost" ? 2 : stranded > 0 ? 1 : 0;
  return (
    badness(b) - badness(a) ||
    a.kept / Math.max(1, a.desired) - b.kept / Math.max(1, b.desired) ||
    a.name.localeCompare(b.name)
  );
}

function budgetOutcomes(
  budgets: readonly DisruptionBudget[],
  leaving: readonly PlacedPod[],
  holding: readonly PlacedPod[],
  moved: ReadonlySet<string>,
): BudgetOutcome[] {
  const byWorkload = Map.groupBy(leaving, ({ workload }) => workload);
  const counted = [...byWorkload].flatMap(([workload, pods]) => {
    const counting = budgets.filter((budget) => workload !== undefined && counts(budget, workload));
    return counting.map((budget) => ({ budget, pods, other: counting.find((one) => one.uid !== budget.uid) }));
  });
  return [...Map.groupBy(counted, ({ budget }) => budget)]
    .map(([budget, of]) => {
      const pods = of.flatMap((one) => one.pods);
      const allowed = budget.disruptionsAllowed ?? allowedBy(budget, countOf(budget, holding));
      const other = of.map((one) => one.other).find((one) => one !== undefined);
      return {
        namespace: budget.namespace,
        name: budget.name,
        pods: pods.length,
        allowed,
        verdict: other === undefined ? verdictOf(pods, allowed, moved) : ("blocked" as const),
        clashesWith: other?.name ?? null,
      };
    })
    .sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || (a.name < b.name ? -1 : 1));
}

const VERDICTS: readonly BudgetOutcome["verdict"][] = ["blocked", "waits", "free"];

/** An evicted pod makes room in its budget again only once another one of its workload is ready. */
function verdictOf(
  counted: readonly PlacedPod[],
  allowed: number,
  moved: ReadonlySet<string>,
): BudgetOutcome["verdict"] {
  if (counted.length <= allowed) {
    return "free";
  }
  const replaced = counted.filter(({ pod }) => moved.has(pod.uid)).length;
  return allowed > 0 && allowed + replaced >= counted.length ? "waits" : "blocked";
}

function counts({ namespace, selector }: DisruptionBudget, workload: Workload): boolean {
  return selector !== undefined && workload.namespace === namespace && selects(selector, workload.template.labels);
}

function countOf(budget: DisruptionBudget, holding: readonly PlacedPod[]) {
  const workloads = new Set(
    holding.flatMap(({ workload }) => (workload !== undefined && counts(budget, workload) ? [workload] : [])),
  );
  const selected = holding.filter(({ workload }) => workload !== undefined && workloads.has(workload));
  return {
    expected: [...workloads].reduce((sum, { desired }) => sum + desired, 0),
    selected: selected.length,
    ready: selected.filter(({ pod }) => pod.isReady).length,
  };
}
