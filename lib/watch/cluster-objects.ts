import type {
  DisruptionBudget,
  KeptObject,
  KeptObjectOf,
  ObjectKind,
  ObjectsByKind,
  Pod,
  VolumeClaim,
  Workload,
} from "#lib/clusters/model.ts";
import { selects } from "#lib/clusters/selectors.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";

/** The key, or the keys, under which a value is found. */
type IndexOf<Value> = (value: Value) => string | readonly string[] | undefined;

function keysIn(found: ReturnType<IndexOf<never>>): readonly string[] {
  return typeof found === "string" ? [found] : (found ?? []);
}

/** The objects of one kind by uid, and by what its indexes say of them. */
export type Held<Value, Index extends string> = Readonly<{
  get(uid: string): Value | undefined;
  all(): Iterable<Value>;
  size(): number;
  by(index: Index, key: string): Value[];
  /** Answers with what was held of that uid before. */
  set(value: Value): Value | undefined;
  delete(uid: string): Value | undefined;
}>;

function hold<Kind extends ObjectKind>(
  indexes: Readonly<Record<IndexesByKind[Kind], IndexOf<ObjectsByKind[Kind]>>>,
): Held<ObjectsByKind[Kind], IndexesByKind[Kind]> {
  type Value = ObjectsByKind[Kind];
  const byUid = new Map<string, Value>();
  const indexed = Object.entries<IndexOf<Value>>(indexes).map(([name, keyOf]) => ({
    name,
    keyOf,
    uids: new Map<string, Set<string>>(),
  }));

  function link(value: Value): void {
    for (const { keyOf, uids } of indexed) {
      for (const key of keysIn(keyOf(value))) {
        uids.set(key, (uids.get(key) ?? new Set()).add(value.uid));
      }
    }
  }

  function unlink(value: Value): void {
    for (const { keyOf, uids } of indexed) {
      for (const key of keysIn(keyOf(value))) {
        const siblings = uids.get(key);
        siblings?.delete(value.uid);
        if (siblings?.size === 0) {
          uids.delete(key);
        }
      }
    }
  }

  return {
    get: (uid) => byUid.get(uid),
    all: () => byUid.values(),
    size: () => byUid.size,
    by: (index, key) => {
      const uids = indexed.find(({ name }) => name === index)?.uids.get(key);
      return [...(uids ?? [])].flatMap((uid) => byUid.get(uid) ?? []);
    },
    set(value) {
      const before = byUid.get(value.uid);
      if (before !== undefined) {
        unlink(before);
      }
      byUid.set(value.uid, value);
      link(value);
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

/** By what else than its uid an object of a kind is looked for. */
type IndexesByKind = {
  Workload: "namespace" | "service";
  ReplicaSet: "namespace" | "owner";
  ControllerRevision: "namespace" | "owner";
  Pod: "namespace" | "owner" | "node" | "claim";
  VolumeClaim: "namespace" | "path";
  Warning: "namespace" | "involved";
  Job: "namespace" | "owner";
} & {
  [Kind in Exclude<
    ObjectKind,
    "Workload" | "ReplicaSet" | "ControllerRevision" | "Pod" | "VolumeClaim" | "Warning" | "Job"
  >]: "namespace";
};

/** The kept objects of one cluster, with the ways between them that a view walks. */
export type ClusterObjects = { readonly [Kind in ObjectKind]: Held<ObjectsByKind[Kind], IndexesByKind[Kind]> };

const namespace = (object: { namespace: string }) => object.namespace;
const owner = (object: { ownerUid: string | undefined }) => object.ownerUid;

const pathOf = (object: { namespace: string; name: string }) => `${object.namespace}/${object.name}`;
const claimPaths = ({ namespace: where, claims }: Pod) =>
  claims.length === 0 ? undefined : claims.map((name) => pathOf({ namespace: where, name }));

export function holdClusterObjects(): ClusterObjects {
  return {
    Workload: hold<"Workload">({ namespace, service: (workload) => workload.service }),
    ReplicaSet: hold<"ReplicaSet">({ namespace, owner }),
    ControllerRevision: hold<"ControllerRevision">({ namespace, owner }),
    Pod: hold<"Pod">({ namespace, owner, node: (pod) => pod.node, claim: claimPaths }),
    VolumeClaim: hold<"VolumeClaim">({ namespace, path: pathOf }),
    Warning: hold<"Warning">({ namespace, involved: (warning) => warning.involvedUid }),
    Namespace: hold<"Namespace">({ namespace }),
    Node: hold<"Node">({ namespace }),
    ResourceQuota: hold<"ResourceQuota">({ namespace }),
    LimitRange: hold<"LimitRange">({ namespace }),
    Service: hold<"Service">({ namespace }),
    Route: hold<"Route">({ namespace }),
    NetworkPolicy: hold<"NetworkPolicy">({ namespace }),
    DisruptionBudget: hold<"DisruptionBudget">({ namespace }),
    Autoscaler: hold<"Autoscaler">({ namespace }),
    Job: hold<"Job">({ namespace, owner }),
    CronJob: hold<"CronJob">({ namespace }),
    ConfigMap: hold<"ConfigMap">({ namespace }),
  };
}

/** Keeps an object as it is now; answers with what it was before. */
export function keep<Kind extends ObjectKind>(
  objects: ClusterObjects,
  { kind, value }: KeptObjectOf<Kind>,
): KeptObjectOf<Kind> | undefined {
  return kept(kind, objects[kind].set(value));
}

function kept<Kind extends ObjectKind>(
  kind: Kind,
  value: ObjectsByKind[Kind] | undefined,
): KeptObjectOf<Kind> | undefined {
  return value === undefined ? undefined : { kind, value };
}

/** Where the objects of a watched kind are kept. */
const KEPT_AS: Readonly<Record<WatchedKind, ObjectKind>> = {
  Namespace: "Namespace",
  Node: "Node",
  Deployment: "Workload",
  StatefulSet: "Workload",
  DaemonSet: "Workload",
  ReplicaSet: "ReplicaSet",
  ControllerRevision: "ControllerRevision",
  Pod: "Pod",
  PersistentVolumeClaim: "VolumeClaim",
  Event: "Warning",
  ResourceQuota: "ResourceQuota",
  LimitRange: "LimitRange",
  Service: "Service",
  Ingress: "Route",
  HTTPRoute: "Route",
  NetworkPolicy: "NetworkPolicy",
  PodDisruptionBudget: "DisruptionBudget",
  HorizontalPodAutoscaler: "Autoscaler",
  Job: "Job",
  CronJob: "CronJob",
  ConfigMap: "ConfigMap",
};

/** Lets go of an object; answers with what it was. */
export function drop(objects: ClusterObjects, watched: WatchedKind, uid: string): KeptObject | undefined {
  const kind = KEPT_AS[watched];
  return kept(kind, objects[kind].delete(uid));
}

/** The uids of all that is kept of a watched kind. */
export function uidsOf(objects: ClusterObjects, watched: WatchedKind): string[] {
  const kind = KEPT_AS[watched];
  // A Workload and a Route say themselves which of the watched kinds they are.
  const isOfKind = (value: { kind?: string }) => value.kind === undefined || value.kind === watched;
  const all: Iterable<{ uid: string; kind?: string }> = objects[kind].all();
  return [...all].filter(isOfKind).map(({ uid }) => uid);
}

/** The uids of the workloads, Jobs and CronJobs whose rollout an object is part of, before and after it changed. */
export function workloadsBehind(objects: ClusterObjects, object: KeptObject): string[] {
  switch (object.kind) {
    case "Workload":
    case "CronJob":
      return [object.value.uid];
    case "Job":
      return [object.value.ownerUid ?? object.value.uid];
    case "ReplicaSet":
    case "ControllerRevision":
    case "Pod":
      return workloadOfOwner(objects, object.value.ownerUid);
    case "VolumeClaim":
      return workloadsOfClaim(objects, object.value);
    case "Warning": {
      const claim = objects.VolumeClaim.get(object.value.involvedUid);
      const pod = objects.Pod.get(object.value.involvedUid);
      return claim === undefined
        ? workloadOfOwner(objects, pod?.ownerUid ?? object.value.involvedUid)
        : workloadsOfClaim(objects, claim);
    }
    default:
      return [];
  }
}

function workloadOfOwner(objects: ClusterObjects, ownerUid: string | undefined): string[] {
  return ownerUid === undefined ? [] : [answerableFor(objects, ownerUid)];
}

function workloadsOfClaim(objects: ClusterObjects, claim: VolumeClaim): string[] {
  return objects.Pod.by("claim", pathOf(claim)).flatMap(({ ownerUid }) => workloadOfOwner(objects, ownerUid));
}

/** The claims that pods need, as far as there are any of that name. */
export function claimsOf(objects: ClusterObjects, pods: readonly Pod[]): VolumeClaim[] {
  const paths = new Set(pods.flatMap((pod) => claimPaths(pod) ?? []));
  return [...paths].flatMap((path) => objects.VolumeClaim.by("path", path));
}

/** The uid of what answers for an owner of pods: the Deployment of a ReplicaSet, the CronJob of a Job, or else itself. */
export function answerableFor(objects: ClusterObjects, ownerUid: string): string {
  return (objects.ReplicaSet.get(ownerUid) ?? objects.Job.get(ownerUid))?.ownerUid ?? ownerUid;
}

/** All pods of a workload, whether it owns them itself or through its ReplicaSets. */
export function podsOf(objects: ClusterObjects, workload: Workload): Pod[] {
  const owners = [workload.uid, ...objects.ReplicaSet.by("owner", workload.uid).map((set) => set.uid)];
  return owners.flatMap((ownerUid) => objects.Pod.by("owner", ownerUid));
}

/** The budgets that count a workload's pods. */
export function budgetsOf(objects: ClusterObjects, workload: Workload): DisruptionBudget[] {
  return objects.DisruptionBudget.by("namespace", workload.namespace).filter((budget) => counts(budget, workload));
}

/** The workloads whose pods a budget counts. */
export function workloadsCountedBy(objects: ClusterObjects, budget: DisruptionBudget): Workload[] {
  return objects.Workload.by("namespace", budget.namespace).filter((workload) => counts(budget, workload));
}

function counts({ selector }: DisruptionBudget, { template }: Workload): boolean {
  return selector !== undefined && selects(selector, template.labels);
}
