import type { Pod, ReplicaSet, Warning, Workload } from "#lib/rollouts/model.ts";
import type { Node, Projected, ResourceQuota } from "#lib/systems/kubernetes/translate.ts";

/** Two-way look-up of objects by uid and by the uid of what they belong to. */
type Held<T extends { uid: string }> = Readonly<{
  get(uid: string): T | undefined;
  all(): Iterable<T>;
  of(owner: string): T[];
  set(value: T): T | undefined;
  delete(uid: string): T | undefined;
}>;

function hold<T extends { uid: string }>(ownerOf: (value: T) => string | undefined): Held<T> {
  const byUid = new Map<string, T>();
  const byOwner = new Map<string, Set<string>>();
  const unlink = (value: T): void => {
    const owner = ownerOf(value);
    const siblings = owner === undefined ? undefined : byOwner.get(owner);
    siblings?.delete(value.uid);
    if (owner !== undefined && siblings?.size === 0) {
      byOwner.delete(owner);
    }
  };
  return {
    get: (uid) => byUid.get(uid),
    all: () => byUid.values(),
    of: (owner) => [...(byOwner.get(owner) ?? [])].flatMap((uid) => byUid.get(uid) ?? []),
    set(value) {
      const before = byUid.get(value.uid);
      if (before !== undefined) {
        unlink(before);
      }
      byUid.set(value.uid, value);
      const owner = ownerOf(value);
      if (owner !== undefined) {
        const siblings = byOwner.get(owner) ?? new Set();
        byOwner.set(owner, siblings.add(value.uid));
      }
      return before;
    },
    delete(uid) {
      const before = byUid.get(uid);
      if (before !== undefined) {
        unlink(before);
        byUid.delete(uid);
      }
      return before;
    },
  };
}

/** The projected objects of one cluster, with the ways between them that a view walks. */
export type ClusterObjects = Readonly<{
  workloads: Held<Workload>;
  replicaSets: Held<ReplicaSet>;
  pods: Held<Pod>;
  warnings: Held<Warning>;
  quotas: Held<ResourceQuota>;
  nodes: Held<Node>;
}>;

export function holdClusterObjects(): ClusterObjects {
  return {
    workloads: hold((workload) => workload.namespace),
    replicaSets: hold((set) => set.ownerUid),
    pods: hold((pod) => pod.ownerUid),
    warnings: hold((warning) => warning.involvedUid),
    quotas: hold((quota) => quota.namespace),
    nodes: hold(() => undefined),
  };
}

/** The uids of the workloads that an object is part of, before and after it changed. */
export function workloadsBehind(objects: ClusterObjects, projected: Projected): string[] {
  switch (projected.kind) {
    case "Workload":
      return [projected.value.uid];
    case "ReplicaSet":
      return workloadOfOwner(objects, projected.value.ownerUid);
    case "Pod":
      return workloadOfOwner(objects, projected.value.ownerUid);
    case "Warning": {
      const pod = objects.pods.get(projected.value.involvedUid);
      return workloadOfOwner(objects, pod?.ownerUid ?? projected.value.involvedUid);
    }
    default:
      return [];
  }
}

function workloadOfOwner(objects: ClusterObjects, ownerUid: string | undefined): string[] {
  if (ownerUid === undefined) {
    return [];
  }
  return [objects.replicaSets.get(ownerUid)?.ownerUid ?? ownerUid];
}

/** All pods of a workload, whether it owns them itself or through its ReplicaSets. */
export function podsOf(objects: ClusterObjects, workload: Workload): Pod[] {
  const owners = [workload.uid, ...objects.replicaSets.of(workload.uid).map((set) => set.uid)];
  return owners.flatMap((owner) => objects.pods.of(owner));
}
