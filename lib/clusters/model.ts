import type { PodDemand } from "#lib/quotas/model.ts";

/**
 * What is kept of the objects of a cluster: the few fields that a view needs, in our words. Quantities stay as Kubernetes
 * writes them. Times are in ms since the epoch. A value of an environment variable or a ConfigMap is never kept, only its
 * digest and the names of hosts in it.
 */
export type Labels = Readonly<Record<string, string>>;

/** Quantities by resource, such as `{ cpu: "500m", memory: "512Mi" }`. */
export type Quantities = Readonly<Record<string, string>>;

/** Every object that is kept; `namespace` is empty for what belongs to none. */
type Identified = Readonly<{ uid: string; namespace: string; name: string }>;

/** When an object was made, and when anybody last wrote it, but for its status; undefined where the cluster does not say. */
type Dated = Readonly<{ createdAt: number | undefined; changedAt: number | undefined }>;

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
export type LabelSelector = Readonly<{
  matchLabels: Labels;
  matchExpressions: readonly Readonly<{
    key: string;
    operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    values: readonly string[];
  }>[];
}>;

/** The kinds of Kubernetes that run services. */
export const CONTROLLER_KINDS = ["Deployment", "StatefulSet", "DaemonSet"] as const;
export type WorkloadKind = (typeof CONTROLLER_KINDS)[number];

/** What runs a service by name: a controller of Kubernetes, or the containers of one service of a Compose project. */
export type RunKind = WorkloadKind | "Compose service";

/** What runs to an end: once, or whenever its schedule says. */
export type BatchKind = "Job" | "CronJob";

/** A value of a container's environment: what can be compared and what it points at, never the value. */
export type Setting = Readonly<{
  name: string;
  /** SHA-256 of a plain value; undefined for one that comes from elsewhere. */
  digest: string | undefined;
  /** Where it comes from, such as `ConfigMap settings/LOG_LEVEL` or `Secret database/url`; undefined for a plain value. */
  from: string | undefined;
  /** Host names in a plain value, such as `svc-ledger` of `http://svc-ledger:8080`. */
  hosts: readonly NamedHost[];
}>;

/** A host in a setting's value. `isUrl`: it stands in a URL, so that it is a host and no word that merely could be one. */
export type NamedHost = Readonly<{ host: string; port: number | undefined; isUrl: boolean }>;

export type Container = Readonly<{
  name: string;
  image: string;
  requests: Quantities;
  limits: Quantities;
  ports: readonly Readonly<{ name: string | undefined; port: number; protocol: string }>[];
  hasReadinessProbe: boolean;
  hasLivenessProbe: boolean;
  settings: readonly Setting[];
  /** Names of the ConfigMaps that it takes whole. */
  configMaps: readonly string[];
}>;

/** How a workload wants its pods apart: by required or preferred anti-affinity, or by a spread constraint. */
export type Spreading = Readonly<{
  topologyKey: string;
  isRequired: boolean;
  /** Of a spread constraint: how many more pods one place may have than another; undefined for anti-affinity. */
  maxSkew: number | undefined;
  /** Of anti-affinity: the pods that it keeps away from; undefined for a spread constraint. */
  awayFrom: LabelSelector | undefined;
}>;

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export type Toleration = Readonly<{
  /** Undefined: every key. */
  key: string | undefined;
  operator: string;
  value: string;
  /** Undefined: every effect. */
  effect: string | undefined;
}>;

/** The template that a workload makes its pods of. */
export type PodTemplate = Readonly<{
  labels: Labels;
  containers: readonly Container[];
  nodeSelector: Labels;
  tolerations: readonly Toleration[];
  spreading: readonly Spreading[];
  /** Whether it says by required node affinity, too, on which nodes its pods may stand. */
  hasNodeAffinity: boolean;
}>;

/** A Deployment, StatefulSet or DaemonSet, or a service of a Compose project, whose pods are its containers. */
export type Workload = Identified &
  Dated &
  Readonly<{
    kind: RunKind;
    /** What people call the service: the label app.kubernetes.io/name, else the object's own name. */
    service: string;
    labels: Labels;
    /** The Git revision that the platform's deployment left on it. */
    revision: string | undefined;
    /** The controller's own count of revisions, `deployment.kubernetes.io/revision`; undefined where it keeps none there. */
    rolloutRevision: string | undefined;
    /** The annotation `kubernetes.io/change-cause`. */
    changeCause: string | undefined;
    images: readonly Readonly<{ container: string; image: string }>[];
    generation: number;
    observedGeneration: number;
    desired: number;
    replicas: number;
    updated: number;
    ready: number;
    available: number;
    paused: boolean;
    deadlineExceeded: boolean;
    /** Why its controller could not create a pod, which a Deployment repeats of its ReplicaSet; undefined where it could. */
    failure: string | undefined;
    failedSince: number | undefined;
    /** `RollingUpdate`, `Recreate` or `OnDelete`. */
    updateStrategy: string;
    /** Of a StatefulSet: pods of a lower ordinal stay as they are. */
    partition: number;
    /** Requests of one pod of its template: CPU in cores, memory in bytes. */
    podDemand: PodDemand;
    template: PodTemplate;
  }>;

/** A container that Docker Compose made. */
export type ComposeContainer = Readonly<{
  id: string;
  name: string;
  project: string;
  service: string;
  /** Among the containers of its service, from 1. */
  number: number;
  /** Made by `docker compose run`, beside the service. */
  isOneOff: boolean;
  image: string;
  createdAt: number;
  /** As the engine says it: created, running, paused, restarting, removing, exited or dead. */
  state: string;
  exitCode: number;
  isOutOfMemory: boolean;
  restarts: number;
  /** What its health check says; undefined where it has none. */
  health: "healthy" | "unhealthy" | "starting" | undefined;
  /** Services of its project that it needs. */
  dependsOn: readonly string[];
  /** Its limits; undefined where there is none. */
  memoryBytes: number | undefined;
  cpuCores: number | undefined;
}>;

export type ReplicaSet = Identified &
  Readonly<{
    ownerUid: string | undefined;
    desired: number;
    /** `deployment.kubernetes.io/revision` */
    rolloutRevision: string | undefined;
    changeCause: string | undefined;
    createdAt: number | undefined;
    images: readonly string[];
    /** The Git revision that it was made of, which the controller copies from the Deployment. */
    revision: string | undefined;
    /** Why the controller could not create a pod, as the API server said it; undefined where it could. */
    failure: string | undefined;
    failedSince: number | undefined;
  }>;

/** What a StatefulSet or DaemonSet was at one time, as its controller keeps it to go back to. */
export type ControllerRevision = Identified &
  Readonly<{
    ownerUid: string;
    /** The controller's own count; what is gone back to gets a new number. */
    number: number;
    changeCause: string | undefined;
    createdAt: number | undefined;
    images: readonly string[];
    /** The Git revision that it was made of, which the controller copies from its owner. */
    revision: string | undefined;
  }>;

export type Pod = Identified &
  Readonly<{
    ownerUid: string | undefined;
    phase: string;
    isReady: boolean;
    isDeleting: boolean;
    node: string | undefined;
    /** Empty until it has any; of another's than Kubernetes, which has no policies about them, always. */
    addresses: readonly string[];
    /** What it requests, whoever made it. */
    demand: PodDemand;
    /** The names of the volume claims that it needs. */
    claims: readonly string[];
    createdAt: number | undefined;
    restarts: number;
    /** The first container that waits for something, and for what. */
    waiting: Readonly<{ container: string; reason: string; message: string; isInit: boolean }> | undefined;
    lastExitCode: number | undefined;
    lastExitAt: number | undefined;
    /** Why that container ended, such as OOMKilled. */
    lastExitReason: string | undefined;
    /** What the first container that has ended left as its last word (`terminationMessagePath`), cut to 2,048 characters. */
    lastWords: string | undefined;
    /** Since when it is not ready or has no node; undefined for a pod that is ready. */
    notReadySince: number | undefined;
    /** Since when all containers run without the pod being ready; undefined otherwise. */
    unreadySince: number | undefined;
    /** The scheduler's reason for finding no node. */
    unschedulable: string | undefined;
  }>;

/** A PersistentVolumeClaim. */
export type VolumeClaim = Identified &
  Readonly<{
    /** `Pending`, `Bound` or `Lost`. */
    phase: string;
    /** How much storage it asks for, and how much it has been given; undefined where nobody says. */
    requested: string | undefined;
    capacity: string | undefined;
    /** Undefined where it names none. */
    storageClass: string | undefined;
    /** The name of its volume; undefined until it has one. */
    volume: string | undefined;
  }>;

/** An Event of type Warning. */
export type Warning = Identified & Readonly<{ involvedUid: string; reason: string; message: string; at: number }>;

export type Namespace = Identified & Readonly<{ labels: Labels; isTerminating: boolean }>;

export type Node = Identified &
  Readonly<{
    isReady: boolean;
    labels: Labels;
    /** Of the labels `node-role.kubernetes.io/<role>`. */
    roles: readonly string[];
    /** The label topology.kubernetes.io/zone. */
    zone: string | undefined;
    /** The label topology.kubernetes.io/region. */
    region: string | undefined;
    isCordoned: boolean;
    /** Conditions that say it is short of something, such as MemoryPressure. */
    pressures: readonly string[];
    taints: readonly Readonly<{ key: string; value: string; effect: string }>[];
    /** The blocks that its pods get their addresses from; empty where the cluster does not say. */
    podBlocks: readonly string[];
    allocatable: Quantities;
    capacity: Quantities;
  }>;

export type ResourceQuota = Identified &
  Readonly<{
    hard: Quantities;
    /** Empty until the controller has counted. */
    used: Quantities;
    /** Which pods it counts, such as `BestEffort` or `PriorityClass`; empty: all of them. */
    scopes: readonly string[];
  }>;

export type LimitRange = Identified &
  Readonly<{
    limits: readonly Readonly<{
      /** `Container`, `Pod` or `PersistentVolumeClaim`. */
      type: string;
      min: Quantities;
      max: Quantities;
      /** What a container gets as its limit where it names none. */
      default: Quantities;
      /** What a container gets as its request where it names none. */
      defaultRequest: Quantities;
      maxLimitRequestRatio: Quantities;
    }>[];
  }>;

/** A Service of Kubernetes: a name in front of pods. */
export type KubernetesService = Identified &
  Readonly<{
    type: string;
    /** Undefined where it selects no pods. */
    selector: Labels | undefined;
    /** For type ExternalName. */
    externalName: string | undefined;
    ports: readonly Readonly<{
      name: string | undefined;
      port: number;
      targetPort: number | string;
      protocol: string;
    }>[];
  }>;

/** An Ingress or HTTPRoute: hosts and paths that lead to Services. */
export type Route = Identified &
  Readonly<{
    kind: "Ingress" | "HTTPRoute";
    hosts: readonly string[];
    /** The Gateways of an HTTPRoute, or the class of an Ingress. */
    parents: readonly string[];
    backends: readonly Readonly<{ namespace: string; service: string; port: number | string | undefined }>[];
  }>;

export type PolicyPeer =
  | Readonly<{
      kind: "pods";
      /** Undefined: pods of the policy's own namespace. */
      namespaceSelector: LabelSelector | undefined;
      /** Undefined: all pods there. */
      podSelector: LabelSelector | undefined;
    }>
  | Readonly<{ kind: "addresses"; cidr: string; except: readonly string[] }>;

export type PolicyPort = Readonly<{
  protocol: string;
  /** A number, or the name of a container's port; undefined: all ports. */
  port: number | string | undefined;
  endPort: number | undefined;
}>;

/** One rule of a policy. Empty peers or ports mean any, as Kubernetes has it. */
export type PolicyRule = Readonly<{ peers: readonly PolicyPeer[]; ports: readonly PolicyPort[] }>;

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/ */
export type NetworkPolicy = Identified &
  Dated &
  Readonly<{
    podSelector: LabelSelector;
    /** Undefined where it does not restrict that direction; empty where it allows nothing. */
    ingress: readonly PolicyRule[] | undefined;
    egress: readonly PolicyRule[] | undefined;
  }>;

export type DisruptionBudget = Identified &
  Dated &
  Readonly<{
    selector: LabelSelector | undefined;
    /** A number of pods or a percentage, as it is written. */
    minAvailable: number | string | undefined;
    maxUnavailable: number | string | undefined;
    /** As the controller counts now; undefined until it has. */
    disruptionsAllowed: number | undefined;
    currentHealthy: number | undefined;
    desiredHealthy: number | undefined;
    expectedPods: number | undefined;
  }>;

export type Autoscaler = Identified &
  Readonly<{
    target: Readonly<{ kind: string; name: string }>;
    minReplicas: number;
    maxReplicas: number;
    currentReplicas: number | undefined;
    desiredReplicas: number | undefined;
    /** Conditions as the controller reports them, such as ScalingLimited or AbleToScale. */
    conditions: readonly Readonly<{ type: string; isTrue: boolean; reason: string; message: string }>[];
  }>;

export type Job = Identified &
  Readonly<{
    /** The CronJob that made it; undefined for one that a person or something else made. */
    ownerUid: string | undefined;
    labels: Labels;
    annotations: Labels;
    /** The Git revision that the platform's deployment left on it. */
    revision: string | undefined;
    /** The annotation `kubernetes.io/change-cause`. */
    changeCause: string | undefined;
    /** Of its pods. */
    podLabels: Labels;
    createdAt: number | undefined;
    startedAt: number | undefined;
    /** When it succeeded or failed for good. */
    endedAt: number | undefined;
    state: "waiting" | "running" | "suspended" | "succeeded" | "failed";
    /** The reason and message of its Failed condition. */
    failure: Readonly<{ reason: string; message: string }> | undefined;
    /** The time for which the CronJob made it, of `batch.kubernetes.io/cronjob-scheduled-timestamp`. */
    scheduledAt: number | undefined;
    /** How many pods must succeed. */
    completions: number;
    active: number;
    succeeded: number;
    failed: number;
    /** How many of its pods may fail before it has failed itself. */
    backoffLimit: number;
    activeDeadlineMs: number | undefined;
  }>;

export type CronJob = Identified &
  Readonly<{
    labels: Labels;
    annotations: Labels;
    /** The Git revision that the platform's deployment left on it. */
    revision: string | undefined;
    /** The annotation `kubernetes.io/change-cause`. */
    changeCause: string | undefined;
    /** Of its pods. */
    podLabels: Labels;
    createdAt: number | undefined;
    /** Five fields of cron, or a macro such as @hourly. */
    schedule: string;
    /** An IANA name; undefined: the controller's own, which is UTC nearly everywhere. */
    timeZone: string | undefined;
    isSuspended: boolean;
    startingDeadlineMs: number | undefined;
    concurrency: string;
    activeDeadlineMs: number | undefined;
    lastScheduledAt: number | undefined;
    lastSucceededAt: number | undefined;
    active: number;
    images: readonly string[];
  }>;

/** Keys of a ConfigMap, with the digest of each value and the hosts that it names. */
export type ConfigMap = Identified & Dated & Readonly<{ entries: readonly Setting[] }>;

/** What is kept, by kind. */
export type ObjectsByKind = {
  Workload: Workload;
  ReplicaSet: ReplicaSet;
  ControllerRevision: ControllerRevision;
  Pod: Pod;
  VolumeClaim: VolumeClaim;
  Warning: Warning;
  Namespace: Namespace;
  Node: Node;
  ResourceQuota: ResourceQuota;
  LimitRange: LimitRange;
  Service: KubernetesService;
  Route: Route;
  NetworkPolicy: NetworkPolicy;
  DisruptionBudget: DisruptionBudget;
  Autoscaler: Autoscaler;
  Job: Job;
  CronJob: CronJob;
  ConfigMap: ConfigMap;
};
export type ObjectKind = keyof ObjectsByKind;

/** One object of a kind that is kept, with its kind. */
export type KeptObjectOf<Kind extends ObjectKind> = {
  [One in Kind]: Readonly<{ kind: One; value: ObjectsByKind[One] }>;
}[Kind];
export type KeptObject = KeptObjectOf<ObjectKind>;
