import "server-only";
import type { Workload } from "#lib/clusters/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import type { RolloutFacts } from "#lib/rollouts/reasons.ts";
import { rolloutOf } from "#lib/rollouts/state.ts";
import { budgetsOf, type ClusterObjects, podsOf, workloadsBehind } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { bothOf, type ObjectChange } from "./row-maker.ts";

/** Where the rollout of each workload stands, worked out once for all rows that show it. Ids are `<cluster>/<uid>`. */
export type RolloutsSeen = Readonly<{
  of(cluster: string, workload: Workload): Rollout;
  /** Forgets what an object that changes is part of. */
  touch(change: ObjectChange): void;
  /** Forgets those that may change with time alone, and answers with their ids. */
  touchUnsettled(): readonly string[];
}>;

export function createRolloutsSeen(places: Places, clock: Clock): RolloutsSeen {
  const rollouts = new Map<string, Rollout>();
  return {
    of(cluster, workload) {
      const id = `${cluster}/${workload.uid}`;
      const known = rollouts.get(id);
      if (known !== undefined) {
        return known;
      }
      const rollout = rolloutOf(rolloutFacts(places.objects(cluster), workload, clock().getTime()));
      rollouts.set(id, rollout);
      return rollout;
    },
    touch(change) {
      for (const id of workloadIdsBehind(places, change)) {
        rollouts.delete(id);
      }
    },
    touchUnsettled() {
      const unsettled = [...rollouts].filter(([, { state }]) => state === "progressing" || state === "stuck");
      for (const [id] of unsettled) {
        rollouts.delete(id);
      }
      return unsettled.map(([id]) => id);
    },
  };
}

/** The workloads, each as `<cluster>/<uid>`, that an object is part of, before and after it changed. */
export function workloadIdsBehind(places: Places, change: ObjectChange): string[] {
  const objects = places.objects(change.cluster);
  return objects === undefined
    ? []
    : bothOf(change).flatMap((object) => workloadsBehind(objects, object).map((uid) => `${change.cluster}/${uid}`));
}

/** All that the objects of a cluster say of a workload's rollout. */
export function rolloutFacts(objects: ClusterObjects | undefined, workload: Workload, nowMs: number): RolloutFacts {
  if (objects === undefined) {
    return { workload, replicaSets: [], pods: [], warnings: [], budgets: [], isCordoned: () => false, nowMs };
  }
  const pods = podsOf(objects, workload);
  return {
    workload,
    replicaSets: objects.ReplicaSet.by("owner", workload.uid),
    pods,
    warnings: [workload, ...pods].flatMap(({ uid }) => objects.Warning.by("involved", uid)),
    budgets: budgetsOf(objects, workload),
    isCordoned: (name) => [...objects.Node.all()].some((node) => node.name === name && node.isCordoned),
    nowMs,
  };
}
