import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Pod } from "#lib/clusters/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { ClusterObjects } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, isFresh, saySource, sourceName } from "#lib/watch/freshness.ts";
import { type PlacedPod, type Placement, placementOf } from "./model.ts";
import { type Outcome, parseLoss, whatIf } from "./what-if.ts";

export type PlacementItem = Placement &
  Readonly<{
    environment: string;
    cluster: string;
    /** What becomes of the environment's workloads; null where nothing goes that is there. */
    outcome: Outcome | null;
    /** How many workloads of others would be touched as well. */
    others: number;
    /** What cannot be said, each in a sentence. */
    unknown: readonly string[];
  }>;

export type PlacementRead = Readonly<{
  environment?: string | undefined;
  /** What goes, such as `node:worker-2` or `zone:a`. */
  whatIf?: string | undefined;
}>;

/** What of each environment runs where, what its nodes have left, and what becomes of it when a node or a site goes. */
export function listPlacement(runtime: SeenEstate, person: Person, search: PlacementRead): Envelope<PlacementItem> {
  const environments = environmentsFor(runtime, person, search.environment);
  const items = environments.map((environment) => placementItem(runtime, environment, search.whatIf));
  return envelopeOf(runtime, environments, items);
}

function placementItem(runtime: SeenEstate, environment: EnvironmentRow, text: string | undefined): PlacementItem {
  const { id, cluster, namespaces } = environment;
  const objects = runtime.view.objects(cluster);
  const nodes = [...(objects?.Node.all() ?? [])];
  const pods = objects === undefined ? [] : placedPods(objects);
  const loss = text === undefined ? undefined : parseLoss(text);
  const outcome = loss && whatIf({ nodes, pods, budgets: [...(objects?.DisruptionBudget.all() ?? [])] }, loss);
  const isOwn = ({ namespace }: { namespace: string }) => namespaces.includes(namespace);
  const own = outcome?.workloads.filter(isOwn) ?? [];
  return {
    ...placementOf(nodes, pods, namespaces),
    environment: id,
    cluster,
    outcome: outcome === undefined ? null : { ...outcome, workloads: own, budgets: outcome.budgets.filter(isOwn) },
    others: (outcome?.workloads.length ?? 0) - own.length,
    unknown: unknownIn(runtime, environment),
  };
}

function placedPods(objects: ClusterObjects): PlacedPod[] {
  const workloadOf = ({ ownerUid = "" }: Pod) =>
    objects.Workload.get(objects.ReplicaSet.get(ownerUid)?.ownerUid ?? ownerUid);
  return [...objects.Pod.all()].map((pod) => ({ pod, workload: workloadOf(pod) }));
}

/** What each kind of object tells here, for the case that it may not be read. */
const TOLD_BY: Readonly<Record<string, string>> = {
  Node: "which nodes there are",
  Pod: "what runs where",
  ReplicaSet: "which pods belong to which Deployment",
  Deployment: "which pods belong to which Deployment",
  StatefulSet: "which pods belong to which StatefulSet",
  PodDisruptionBudget: "what would stop a drain",
};

function unknownIn(runtime: SeenEstate, { cluster }: EnvironmentRow): string[] {
  const source = runtime.ring.rows().source.get(clusterSourceId(cluster));
  if (source === undefined || !isFresh(source)) {
    return [`${saySource(source, sourceName(clusterSourceId(cluster)))}: this is what was last seen.`];
  }
  const refused = (source.kinds ?? []).filter(({ state }) => state === "denied");
  return refused.flatMap(({ kind }) => {
    const told = TOLD_BY[kind];
    return told === undefined ? [] : [`Gatehouse may not read ${kind} of cluster ${cluster}: ${told} is not known.`];
  });
}
