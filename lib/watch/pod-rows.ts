import "server-only";
import type { KeptObject, Pod } from "#lib/clusters/model.ts";
import { type PodRow, podReasonWords, podState } from "#lib/pods/model.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";

/** One row a pod of an environment. Its id is `<cluster>/<uid>`. */
export function podRows(places: Places): RowMaker {
  function rowOf(id: string): PodRow | null {
    const [cluster = "", uid = ""] = id.split("/");
    const objects = places.objects(cluster);
    const pod = objects?.Pod.get(uid);
    const environment = pod && places.environmentOf(cluster, pod.namespace);
    if (objects === undefined || pod === undefined || environment === undefined) {
      return null;
    }
    return {
      environment: environment.id,
      // The estate's own string, for the one cut off the id would be there once for each pod.
      cluster: environment.clusterId,
      namespace: pod.namespace,
      name: pod.name,
      service: serviceOf(objects, pod),
      node: pod.node ?? null,
      state: podState(pod),
      isReady: pod.isReady,
      reason: podReasonWords(pod),
      restarts: pod.restarts,
      createdAt: pod.createdAt ?? null,
    };
  }

  return {
    touchedBy(change) {
      const objects = places.objects(change.cluster);
      if (objects === undefined) {
        return [];
      }
      const isOwnerMoved = meaningOf(change.before) !== meaningOf(change.after);
      return bothOf(change).flatMap((object) =>
        uidsBehind(objects, object, isOwnerMoved).map((uid) => `${change.cluster}/${uid}`),
      );
    },
    change: (id) => ({ kind: "pod", id, row: rowOf(id) }),
  };
}

/** What an owner says of its pods. Its status moves with each of them and says nothing of the others. */
function meaningOf(object: KeptObject | undefined): string | undefined {
  switch (object?.kind) {
    case "Workload":
      return object.value.service;
    case "ReplicaSet":
      return object.value.ownerUid ?? "";
    default:
      return undefined;
  }
}

function uidsBehind(objects: ClusterObjects, { kind, value }: KeptObject, isOwnerMoved: boolean): string[] {
  if (kind === "Pod") {
    return [value.uid];
  }
  if (!isOwnerMoved) {
    return [];
  }
  const owners = [value.uid, ...objects.ReplicaSet.by("owner", value.uid).map(({ uid }) => uid)];
  return owners.flatMap((uid) => objects.Pod.by("owner", uid).map((pod) => pod.uid));
}

function serviceOf(objects: ClusterObjects, { ownerUid = "" }: Pod): string | null {
  const workloadUid = objects.ReplicaSet.get(ownerUid)?.ownerUid ?? ownerUid;
  return objects.Workload.get(workloadUid)?.service ?? null;
}
