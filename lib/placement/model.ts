import type { Node, Pod, Workload } from "#lib/clusters/model.ts";
import { addDemands, allocatableOf, holdsDemand } from "#lib/quotas/capacity.ts";
import type { PodDemand } from "#lib/quotas/model.ts";

/** A cluster's pods with the workloads that made them. */
export type PlacedPod = Readonly<{ pod: Pod; workload: Workload | undefined }>;

/** What of one workload stands on a node. */
export type Standing = Readonly<{ namespace: string; service: string; pods: number; ready: number }>;

export type PlacedNode = Readonly<{
  name: string;
  roles: readonly string[];
  zone: string | null;
  region: string | null;
  isReady: boolean;
  isCordoned: boolean;
  pressures: readonly string[];
  /** `key=value:effect`, as kubectl writes them. */
  taints: readonly string[];
  allocatable: PodDemand;
  /** What its pods make of it; null where the cluster's pods are not known. */
  load: NodeLoad | null;
}>;

/** What stands on a node. */
export type NodeLoad = Readonly<{
  /** By all pods on it, whoever's they are. */
  requested: PodDemand;
  /** Of the environment, by service. */
  services: readonly Standing[];
  /** Pods on it that are not the environment's. */
  others: number;
}>;

/** A pod of the environment that has no node. */
export type PendingPod = Readonly<{ name: string; namespace: string; service: string | null; said: string | null }>;

export type Placement = Readonly<{ nodes: readonly PlacedNode[]; pending: readonly PendingPod[] }>;

/** What of the namespaces runs where, and what each node has left: nodes by site, then role, then name. Pods are null where they are not known. */
export function placementOf(
  nodes: readonly Node[],
  pods: readonly PlacedPod[] | null,
  namespaces: readonly string[],
): Placement {
  if (pods === null) {
    return { nodes: nodes.map((node) => placedNode(node, null)).sort(bySite), pending: [] };
  }
  const holding = pods.filter(({ pod }) => holdsDemand(pod));
  const byNode = Map.groupBy(holding, ({ pod }) => pod.node);
  const isOwn = ({ pod }: PlacedPod) => namespaces.includes(pod.namespace);
  return {
    nodes: nodes.map((node) => placedNode(node, loadOf(byNode.get(node.name) ?? [], isOwn))).sort(bySite),
    pending: (byNode.get(undefined) ?? [])
      .filter(isOwn)
      .map(({ pod, workload }) => ({
        name: pod.name,
        namespace: pod.namespace,
        service: workload?.service ?? null,
        said: pod.unschedulable ?? null,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function placedNode(node: Node, load: NodeLoad | null): PlacedNode {
  return {
    name: node.name,
    roles: node.roles,
    zone: node.zone ?? null,
    region: node.region ?? null,
    isReady: node.isReady,
    isCordoned: node.isCordoned,
    pressures: node.pressures,
    taints: node.taints.map(({ key, value, effect }) => `${key}${value === "" ? "" : `=${value}`}:${effect}`),
    allocatable: allocatableOf(node),
    load,
  };
}

function loadOf(pods: readonly PlacedPod[], isOwn: (placed: PlacedPod) => boolean): NodeLoad {
  const own = pods.filter(isOwn);
  return {
    requested: addDemands(pods.map(({ pod }) => pod.demand)),
    services: standingOf(own),
    others: pods.length - own.length,
  };
}

function standingOf(pods: readonly PlacedPod[]): Standing[] {
  const named = pods.map(({ pod, workload }) => ({ pod, service: workload?.service ?? pod.name }));
  return [...Map.groupBy(named, ({ pod, service }) => `${pod.namespace}/${service}`).values()]
    .flatMap(([first, ...rest]) =>
      first === undefined
        ? []
        : [
            {
              namespace: first.pod.namespace,
              service: first.service,
              pods: 1 + rest.length,
              ready: [first, ...rest].filter(({ pod }) => pod.isReady).length,
            },
          ],
    )
    .sort((a, b) => a.service.localeCompare(b.service));
}

function bySite(a: PlacedNode, b: PlacedNode): number {
  return (
    siteOf(a).localeCompare(siteOf(b)) ||
    (a.roles[0] ?? "").localeCompare(b.roles[0] ?? "") ||
    a.name.localeCompare(b.name)
  );
}

/** The zone of a node, else its region; empty for one that says neither. */
export function siteOf({ zone, region }: Pick<PlacedNode, "zone" | "region">): string {
  return zone ?? region ?? "";
}
