import type {
  ComposeContainer,
  ConfigMap,
  Container,
  CronJob,
  DisruptionBudget,
  Job,
  KubernetesService,
  NetworkPolicy,
  Node,
  Pod,
  ReplicaSet,
  VolumeClaim,
  Workload,
} from "#lib/clusters/model.ts";

/** A Deployment of four that is rolled out to the end, but for what a test says of it. */
export function aWorkload(changes: Partial<Workload> = {}): Workload {
  return {
    kind: "Deployment",
    uid: "w",
    namespace: "live",
    name: "ledger",
    service: "ledger",
    labels: {},
    createdAt: undefined,
    changedAt: undefined,
    revision: undefined,
    rolloutRevision: undefined,
    changeCause: undefined,
    images: [{ container: "main", image: "ledger:2" }],
    generation: 3,
    observedGeneration: 3,
    desired: 4,
    replicas: 4,
    updated: 4,
    ready: 4,
    available: 4,
    paused: false,
    deadlineExceeded: false,
    failure: undefined,
    failedSince: undefined,
    updateStrategy: "RollingUpdate",
    partition: 0,
    podDemand: { pods: 1, cpuCores: 0.5, memoryBytes: 2 ** 28 },
    template: {
      labels: { app: "ledger" },
      containers: [],
      nodeSelector: {},
      tolerations: [],
      spreading: [],
      hasNodeAffinity: false,
    },
    ...changes,
  };
}

/** A pod that runs on a node and is not ready, but for what a test says of it. */
export function aPod(changes: Partial<Pod> = {}): Pod {
  return {
    uid: "p",
    namespace: "live",
    name: "ledger-7c4-x1",
    ownerUid: "rs",
    phase: "Running",
    isReady: false,
    isDeleting: false,
    node: "node-1",
    addresses: [],
    demand: { pods: 1, cpuCores: 0.5, memoryBytes: 2 ** 28 },
    claims: [],
    createdAt: undefined,
    restarts: 0,
    waiting: undefined,
    lastExitCode: undefined,
    lastExitAt: undefined,
    lastExitReason: undefined,
    lastWords: undefined,
    notReadySince: undefined,
    unreadySince: undefined,
    unschedulable: undefined,
    ...changes,
  };
}

/** A claim of 8 Gi for which there is no volume yet, but for what a test says of it. */
export function aVolumeClaim(changes: Partial<VolumeClaim> = {}): VolumeClaim {
  return {
    uid: "v",
    namespace: "live",
    name: "data-ledger-0",
    phase: "Pending",
    requested: "8Gi",
    capacity: undefined,
    storageClass: "fast",
    volume: undefined,
    ...changes,
  };
}

/** The ReplicaSet of four that such a pod belongs to. */
export function aReplicaSet(changes: Partial<ReplicaSet> = {}): ReplicaSet {
  return {
    uid: "rs",
    namespace: "live",
    name: "ledger-7c4",
    ownerUid: "w",
    desired: 4,
    rolloutRevision: undefined,
    changeCause: undefined,
    createdAt: undefined,
    images: [],
    revision: undefined,
    failure: undefined,
    failedSince: undefined,
    ...changes,
  };
}

/** A Job of three completions that nobody schedules; one pod has succeeded and one runs, but for what a test says of it. */
export function aJob(changes: Partial<Job> = {}): Job {
  return {
    uid: "j",
    namespace: "live",
    name: "sweep-1",
    ownerUid: undefined,
    labels: {},
    annotations: {},
    revision: undefined,
    changeCause: undefined,
    podLabels: {},
    createdAt: undefined,
    startedAt: undefined,
    endedAt: undefined,
    state: "running",
    failure: undefined,
    scheduledAt: undefined,
    completions: 3,
    active: 1,
    succeeded: 1,
    failed: 0,
    backoffLimit: 6,
    activeDeadlineMs: undefined,
    ...changes,
  };
}

/** A CronJob that has not run yet, but for what a test says of it. */
export function aCronJob(changes: Partial<CronJob> = {}): CronJob {
  return {
    uid: "c",
    namespace: "live",
    name: "sweep",
    labels: {},
    annotations: {},
    revision: undefined,
    changeCause: undefined,
    podLabels: {},
    createdAt: undefined,
    schedule: "@hourly",
    timeZone: undefined,
    isSuspended: false,
    startingDeadlineMs: undefined,
    concurrency: "Forbid",
    activeDeadlineMs: undefined,
    lastScheduledAt: undefined,
    lastSucceededAt: undefined,
    active: 0,
    images: [],
    ...changes,
  };
}

/** A container to which no rule of posture objects, but for what a test says of it. */
export function aContainer(changes: Partial<Container> = {}): Container {
  return {
    name: "main",
    image: "ledger@sha256:2",
    requests: { cpu: "500m", memory: "256Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
    ports: [],
    hasReadinessProbe: true,
    hasLivenessProbe: true,
    settings: [],
    configMaps: [],
    ...changes,
  };
}

/** A policy that lets nothing into any pod of its namespace, but for what a test says of it. */
export function aPolicy(changes: Partial<NetworkPolicy> = {}): NetworkPolicy {
  return {
    uid: "n",
    namespace: "live",
    name: "default-deny",
    createdAt: undefined,
    changedAt: undefined,
    podSelector: { matchLabels: {}, matchExpressions: [] },
    ingress: [],
    egress: undefined,
    ...changes,
  };
}

/** A ConfigMap without entries, but for what a test says of it. */
export function aConfigMap(changes: Partial<ConfigMap> = {}): ConfigMap {
  return {
    uid: "m",
    namespace: "live",
    name: "settings",
    createdAt: undefined,
    changedAt: undefined,
    entries: [],
    ...changes,
  };
}

/** A budget of such a workload that lets one pod go, but for what a test says of it. */
export function aBudget(changes: Partial<DisruptionBudget> = {}): DisruptionBudget {
  return {
    uid: "b",
    namespace: "live",
    name: "ledger",
    createdAt: undefined,
    changedAt: undefined,
    selector: { matchLabels: { app: "ledger" }, matchExpressions: [] },
    minAvailable: undefined,
    maxUnavailable: 1,
    disruptionsAllowed: 1,
    currentHealthy: 4,
    desiredHealthy: 3,
    expectedPods: 4,
    ...changes,
  };
}

/** A node of four cores and 16 Gi on which pods can be placed, but for what a test says of it. */
export function aNode(changes: Partial<Node> = {}): Node {
  const name = changes.name ?? "node-1";
  return {
    uid: name,
    namespace: "",
    name,
    isReady: true,
    labels: { "kubernetes.io/hostname": name },
    roles: [],
    zone: undefined,
    region: undefined,
    isCordoned: false,
    pressures: [],
    taints: [],
    podBlocks: [],
    allocatable: { cpu: "4", memory: "16Gi", pods: "110" },
    capacity: { cpu: "4", memory: "16Gi", pods: "110" },
    ...changes,
  };
}

/** The Service in front of such a workload, but for what a test says of it. */
export function aService(changes: Partial<KubernetesService> = {}): KubernetesService {
  return {
    uid: "s",
    namespace: "live",
    name: "ledger",
    type: "ClusterIP",
    selector: { app: "ledger" },
    externalName: undefined,
    ports: [{ name: undefined, port: 80, targetPort: 8080, protocol: "TCP" }],
    ...changes,
  };
}

/** A container of a Compose service that runs and is healthy, but for what a test says of it. */
export function aContainerOfCompose(changes: Partial<ComposeContainer> = {}): ComposeContainer {
  return {
    id: "c1",
    name: "acme-api-1",
    project: "acme",
    service: "api",
    number: 1,
    isOneOff: false,
    image: "registry.example/api:1.4.2",
    createdAt: Date.UTC(2026, 10, 21, 8),
    state: "running",
    exitCode: 0,
    isOutOfMemory: false,
    restarts: 0,
    health: "healthy",
    dependsOn: [],
    memoryBytes: undefined,
    cpuCores: undefined,
    ...changes,
  };
}
