import type { ComposeContainer, Container, KeptObject, Pod, Workload } from "#lib/clusters/model.ts";

/**
 * What Compose made of a host, as services and their containers. A container that somebody ran beside a service
 * (`docker compose run`) belongs to none.
 */
export function composeObjects(containers: readonly ComposeContainer[]): KeptObject[] {
  const ours = containers.filter(({ isOneOff }) => !isOneOff);
  const services = Map.groupBy(ours, uidOfService);
  return [
    ...[...services.values()].flatMap(([first, ...rest]): KeptObject[] =>
      first === undefined ? [] : [{ kind: "Workload", value: workloadOf([first, ...rest]) }],
    ),
    ...ours.map((container): KeptObject => ({ kind: "Pod", value: podOf(container) })),
  ];
}

/** No slash, which parts the names in ids. */
function uidOfService({ project, service }: ComposeContainer): string {
  return `${project}.${service}`;
}

function workloadOf(containers: readonly [ComposeContainer, ...ComposeContainer[]]): Workload {
  const [first] = containers;
  const { project, service } = first;
  const count = (is: (container: ComposeContainer) => boolean) => containers.filter(is).length;
  return {
    kind: "Compose service",
    uid: uidOfService(first),
    namespace: project,
    name: service,
    service,
    labels: {},
    createdAt: Math.min(...containers.map(({ createdAt }) => createdAt)),
    changedAt: undefined,
    revision: undefined,
    rolloutRevision: undefined,
    changeCause: undefined,
    images: [{ container: service, image: first.image }],
    generation: 1,
    observedGeneration: 1,
    desired: containers.length,
    replicas: containers.length,
    updated: count(({ image }) => image === first.image),
    ready: count(({ health }) => health === "healthy"),
    available: count(({ state, health }) => state === "running" && (health === undefined || health === "healthy")),
    paused: false,
    deadlineExceeded: false,
    failure: undefined,
    failedSince: undefined,
    updateStrategy: "Recreate",
    partition: 0,
    podDemand: { pods: 1, cpuCores: first.cpuCores ?? 0, memoryBytes: first.memoryBytes ?? 0 },
    template: {
      labels: { project, service },
      containers: [containerOf(first)],
      nodeSelector: {},
      tolerations: [],
      spreading: [],
      hasNodeAffinity: false,
    },
  };
}

function containerOf({ service, image, health, dependsOn, memoryBytes, cpuCores }: ComposeContainer): Container {
  const limits = {
    ...(memoryBytes !== undefined && { memory: String(memoryBytes) }),
    ...(cpuCores !== undefined && { cpu: String(cpuCores) }),
  };
  return {
    name: service,
    image,
    requests: limits,
    limits,
    ports: [],
    hasReadinessProbe: health !== undefined,
    hasLivenessProbe: health !== undefined,
    settings: dependsOn.map((host) => ({
      name: "depends_on",
      digest: undefined,
      from: undefined,
      hosts: [{ host, port: undefined, isUrl: false }],
    })),
    configMaps: [],
  };
}

function podOf(container: ComposeContainer): Pod {
  const { id, name, project, service, createdAt, restarts, exitCode, health } = container;
  const waiting = waitingFor(container);
  return {
    uid: id,
    namespace: project,
    name,
    ownerUid: uidOfService(container),
    phase: phaseOf(container),
    isReady: health === "healthy",
    isDeleting: container.state === "removing",
    node: undefined,
    addresses: [],
    demand: { pods: 1, cpuCores: container.cpuCores ?? 0, memoryBytes: container.memoryBytes ?? 0 },
    claims: [],
    createdAt,
    restarts,
    waiting: waiting === undefined ? undefined : { container: service, reason: waiting, message: "", isInit: false },
    lastExitCode: container.state === "running" && restarts === 0 ? undefined : exitCode,
    lastExitAt: undefined,
    lastExitReason: container.isOutOfMemory ? "OOMKilled" : undefined,
    lastWords: undefined,
    notReadySince: undefined,
    unreadySince: undefined,
    unschedulable: undefined,
  };
}

function phaseOf({ state, exitCode }: ComposeContainer): string {
  switch (state) {
    case "running":
    case "paused":
    case "restarting":
    case "removing":
      return "Running";
    case "exited":
      return exitCode === 0 ? "Succeeded" : "Failed";
    case "dead":
      return "Failed";
    default:
      return "Pending";
  }
}

/** What there is to say of a container that runs, by its health check. */
const RUNNING_BUT: Readonly<Record<NonNullable<ComposeContainer["health"]> | "unchecked", string | undefined>> = {
  healthy: undefined,
  unhealthy: "Unhealthy",
  starting: "Starting",
  unchecked: "Unchecked",
};

/** What keeps a container from working, in the engine's own words where it has any. */
function waitingFor({ state, exitCode, isOutOfMemory, health }: ComposeContainer): string | undefined {
  switch (state) {
    case "running":
      return RUNNING_BUT[health ?? "unchecked"];
    case "exited":
      return isOutOfMemory ? "OOMKilled" : exitCode === 0 ? undefined : "Exited";
    case "dead":
      return "Dead";
    case "restarting":
      return "Restarting";
    case "paused":
      return "Paused";
    default:
      return "Created";
  }
}
