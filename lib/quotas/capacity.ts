import type { Node, Pod } from "#lib/clusters/model.ts";
import { type PodDemand, quantityToNumber } from "./model.ts";

const NOTHING: PodDemand = { pods: 0, cpuCores: 0, memoryBytes: 0 };

/** The sum of demands; cores to a millionth, since a sum of binary fractions is off by a hair. */
export function addDemands(demands: Iterable<PodDemand>): PodDemand {
  let { pods, cpuCores, memoryBytes } = NOTHING;
  for (const one of demands) {
    pods += one.pods;
    cpuCores += one.cpuCores;
    memoryBytes += one.memoryBytes;
  }
  return { pods, cpuCores: Math.round(cpuCores * 1e6) / 1e6, memoryBytes };
}

/** Whether a pod still holds what it asked for: one that has ended does not. */
export function holdsDemand({ phase }: Pick<Pod, "phase">): boolean {
  return phase !== "Succeeded" && phase !== "Failed";
}

/** A node on which new pods can be placed, and what it has left for them. */
export type NodeRoom = Readonly<{ node: Node; allocatable: PodDemand; free: PodDemand }>;

/** The nodes that are ready and not cordoned, each with what its pods leave free. */
export function roomOf(nodes: Iterable<Node>, podsOn: (node: string) => readonly Pod[]): NodeRoom[] {
  return [...nodes]
    .filter((node) => node.isReady && !node.isCordoned)
    .map((node) => {
      const allocatable = allocatableOf(node);
      const taken = addDemands(
        podsOn(node.name)
          .filter(holdsDemand)
          .map(({ demand }) => demand),
      );
      return { node, allocatable, free: less(allocatable, taken) };
    });
}

/** What a node has for pods. */
export function allocatableOf({ allocatable }: Node): PodDemand {
  const amount = (resource: string) => quantityToNumber(allocatable[resource] ?? "") ?? 0;
  return { pods: amount("pods"), cpuCores: amount("cpu"), memoryBytes: amount("memory") };
}

function less(all: PodDemand, taken: PodDemand): PodDemand {
  return {
    pods: all.pods - taken.pods,
    cpuCores: all.cpuCores - taken.cpuCores,
    memoryBytes: all.memoryBytes - taken.memoryBytes,
  };
}

/** What of a cluster is whose. Demands: CPU in cores, memory in bytes. */
export type Capacity = Readonly<{
  nodes: Readonly<{ usable: number; all: number }>;
  /** Of the nodes that are ready and not cordoned. */
  allocatable: PodDemand;
  /** On those nodes, most CPU first. */
  takers: readonly Readonly<{ environment: string | null; namespace: string | null; requested: PodDemand }>[];
  requested: PodDemand;
  /** On nodes that are cordoned or not ready. */
  elsewhere: PodDemand;
  /** Of pods that have no node yet. */
  waiting: PodDemand;
}>;

/** What the nodes of a cluster have, and who takes it. Namespaces of no environment are one taker, "others". */
export function capacityOf(
  nodes: readonly Node[],
  pods: Iterable<Pod>,
  environmentOf: (namespace: string) => string | undefined,
): Capacity {
  const usable = nodes.filter((node) => node.isReady && !node.isCordoned);
  const names = new Set(usable.map(({ name }) => name));
  const holding = [...pods].filter(holdsDemand);
  const placed = holding.filter(({ node }) => node !== undefined && names.has(node));
  const byTaker = Map.groupBy(placed, ({ namespace }) => (environmentOf(namespace) === undefined ? null : namespace));
  const demandOf = (some: readonly Pod[]) => addDemands(some.map(({ demand }) => demand));
  return {
    nodes: { usable: usable.length, all: nodes.length },
    allocatable: addDemands(usable.map(allocatableOf)),
    takers: [...byTaker]
      .map(([namespace, theirs]) => ({
        environment: namespace === null ? null : (environmentOf(namespace) ?? null),
        namespace,
        requested: demandOf(theirs),
      }))
      .sort((a, b) => b.requested.cpuCores - a.requested.cpuCores),
    requested: demandOf(placed),
    elsewhere: demandOf(holding.filter(({ node }) => node !== undefined && !names.has(node))),
    waiting: demandOf(holding.filter(({ node }) => node === undefined)),
  };
}
