import "server-only";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import type { Places } from "./places.ts";
import { type RolloutsSeen, workloadIdsBehind } from "./rollouts-seen.ts";
import type { RowMaker } from "./row-maker.ts";

/** One row a Deployment, StatefulSet or DaemonSet of an environment. Its id is `<cluster>/<uid>`. */
export function workloadRows(places: Places, rollouts: RolloutsSeen): RowMaker {
  function rowOf(id: string): WorkloadRow | null {
    const [cluster = "", uid = ""] = id.split("/");
    const workload = places.objects(cluster)?.Workload.get(uid);
    const environment = workload && places.environmentOf(cluster, workload.namespace);
    if (workload === undefined || environment === undefined) {
      return null;
    }
    return {
      id,
      environment: environment.id,
      cluster,
      namespace: workload.namespace,
      kind: workload.kind,
      name: workload.name,
      service: workload.service,
      revision: workload.revision ?? null,
      rolloutRevision: workload.rolloutRevision ?? null,
      changeCause: workload.changeCause ?? null,
      rollout: rollouts.of(cluster, workload),
    };
  }

  return {
    touchedBy: (change) => workloadIdsBehind(places, change),
    change: (id) => ({ kind: "workload", id, row: rowOf(id) }),
    ofWorkloads: (ids) => ids,
  };
}
