import "server-only";
import type { Person } from "#lib/access/model.ts";
import { CONTROLLER_KINDS, type Pod } from "#lib/clusters/model.ts";
import { type EnvironmentRow, sightOf } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { ClusterObjects } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { type PlacedPod, type Placement, placementOf } from "./model.ts";
import { type Outcome, parseLoss, whatIf } from "./what-if.ts";

export type PlacementItem = Placement &
  Readonly<{
    environment: string;
    cluster: string;
    /** Whether the cluster says which nodes it has; where not, these are those that were last seen, or some of them. */
    areNodesKnown: boolean;
    /** What becomes of the environment's workloads; null where nothing goes that is there, "unknown" where nobody can say. */
    outcome: Outcome | "unknown" | null;
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
  const sight = sightOf(environment, DRAWN_FROM, runtime.ring.rows().source);
  const budgets = sight.sees(["PodDisruptionBudget"]) ? [...(objects?.DisruptionBudget.all() ?? [])] : null;
  const isKnown = sight.isCurrent && sight.sees(OUTCOME_KINDS);
  const loss = text === undefined ? undefined : parseLoss(text);
  const outcome = loss && isKnown ? whatIf({ nodes, pods, budgets }, loss) : undefined;
  const isOwn = ({ namespace }: { namespace: string }) => namespaces.includes(namespace);
  const own = outcome?.workloads.filter(isOwn) ?? [];
  return {
    ...placementOf(nodes, sight.sees(["Pod"]) ? pods : null, namespaces),
    environment: id,
    cluster,
    areNodesKnown: sight.isCurrent && sight.sees(["Node"]),
    outcome:
      loss !== undefined && !isKnown
        ? "unknown"
        : outcome === undefined
          ? null
          : { ...outcome, workloads: own, budgets: outcome.budgets?.filter(isOwn) ?? null },
    others: (outcome?.workloads.length ?? 0) - own.length,
    unknown: sight.unknown,
  };
}

function placedPods(objects: ClusterObjects): PlacedPod[] {
  const workloadOf = ({ ownerUid = "" }: Pod) =>
    objects.Workload.get(objects.ReplicaSet.get(ownerUid)?.ownerUid ?? ownerUid);
  return [...objects.Pod.all()].map((pod) => ({ pod, workload: workloadOf(pod) }));
}

/** What placement is drawn from. Pods of all namespaces take room. */
const DRAWN_FROM = {
  tells: {
    Node: "which nodes there are",
    Pod: "what runs where",
    ReplicaSet: "which pods belong to which Deployment",
    Deployment: "which pods belong to which Deployment",
    StatefulSet: "which pods belong to which StatefulSet",
    DaemonSet: "which pods belong to which DaemonSet",
    PodDisruptionBudget: "what would stop a drain",
  },
  namespaces: "every",
  whileSilent: "this is what was last seen",
} as const;

/** Without all of these nobody can say what is lost, or what would fit elsewhere. */
const OUTCOME_KINDS = ["Node", "Pod", "ReplicaSet", ...CONTROLLER_KINDS] as const;
