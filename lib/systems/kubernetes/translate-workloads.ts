import * as z from "zod";
import type { ControllerRevision, Pod, ReplicaSet, VolumeClaim, Warning, Workload } from "#lib/clusters/model.ts";
import {
  Condition,
  changeOf,
  controllerOf,
  DatedMetadata,
  datesOf,
  identityOf,
  Metadata,
  millisecondsOf,
  type Reading,
} from "./translate-fields.ts";
import { demandOf, PodDemands, TemplateObject, toTemplate } from "./translate-templates.ts";

const ROLLOUT_REVISION = "deployment.kubernetes.io/revision";
const LAST_WORDS_LENGTH = 2048;

/** A Deployment's `strategy`, or the `updateStrategy` of the others. */
const Strategy = z
  .object({
    type: z.string().default("RollingUpdate"),
    rollingUpdate: z.object({ partition: z.number().nullish() }).nullish(),
  })
  .prefault({});

const ReplicatedObject = z.object({
  metadata: DatedMetadata,
  spec: z.object({
    replicas: z.number().default(1),
    paused: z.boolean().default(false),
    template: TemplateObject,
    strategy: Strategy,
    updateStrategy: Strategy,
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      readyReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z.array(Condition).default([]),
    })
    .prefault({}),
});

const DaemonSetObject = z.object({
  metadata: DatedMetadata,
  spec: z.object({ template: TemplateObject, updateStrategy: Strategy }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      desiredNumberScheduled: z.number().default(0),
      currentNumberScheduled: z.number().default(0),
      updatedNumberScheduled: z.number().default(0),
      numberReady: z.number().default(0),
      numberAvailable: z.number().default(0),
    })
    .prefault({}),
});

const ImagesOfTemplate = z
  .object({ spec: z.object({ containers: z.array(z.object({ image: z.string().default("") })).default([]) }) })
  .optional()
  .transform((template) => template?.spec.containers.map(({ image }) => image) ?? []);

const ReplicaSetObject = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: z.number().default(1), template: ImagesOfTemplate }),
  status: z.object({ conditions: z.array(Condition).default([]) }).prefault({}),
});

const ControllerRevisionObject = z.object({
  metadata: Metadata,
  revision: z.number(),
  data: z.object({ spec: z.object({ template: ImagesOfTemplate }) }),
});
const OwnedObject = ControllerRevisionObject.pick({ metadata: true });

const Terminated = z.object({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  finishedAt: z.string().nullish(),
});
const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(""), message: z.string().default("") }).optional(),
      running: z.object({}).optional(),
      terminated: Terminated.optional(),
    })
    .prefault({}),
  lastState: z.object({ terminated: Terminated.optional() }).prefault({}),
});

const VolumeOfPod = z.object({
  name: z.string(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
  ephemeral: z.object({}).optional(),
});

const PodObject = z.object({
  metadata: Metadata,
  spec: PodDemands.extend({ nodeName: z.string().optional(), volumes: z.array(VolumeOfPod).default([]) }),
  status: z
    .object({
      phase: z.string().default("Unknown"),
      podIP: z.string().optional(),
      podIPs: z.array(z.object({ ip: z.string() })).nullish(),
      conditions: z.array(Condition).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
      initContainerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
});

const Storage = z.object({ storage: z.string().optional() }).prefault({});

const VolumeClaimObject = z.object({
  metadata: Metadata,
  spec: z.object({
    storageClassName: z.string().optional(),
    volumeName: z.string().optional(),
    resources: z.object({ requests: Storage }).prefault({}),
  }),
  status: z.object({ phase: z.string().default("Pending"), capacity: Storage }).prefault({}),
});

const EventObject = z.object({
  metadata: Metadata,
  type: z.string().default("Normal"),
  reason: z.string().default(""),
  message: z.string().default(""),
  involvedObject: z.object({ uid: z.string().default("") }),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
});

export function toReplicated(kind: "Deployment" | "StatefulSet", object: unknown, reading: Reading): Workload {
  const { metadata, spec, status } = ReplicatedObject.parse(object);
  const strategy = kind === "Deployment" ? spec.strategy : spec.updateStrategy;
  return {
    kind,
    ...describeWorkload(metadata, spec.template, reading),
    observedGeneration: status.observedGeneration,
    desired: spec.replicas,
    replicas: status.replicas,
    updated: status.updatedReplicas,
    ready: status.readyReplicas,
    available: status.availableReplicas,
    paused: spec.paused,
    deadlineExceeded: status.conditions.some(
      (one) => one.type === "Progressing" && one.reason === "ProgressDeadlineExceeded",
    ),
    ...failureOf(status.conditions),
    updateStrategy: strategy.type,
    partition: strategy.rollingUpdate?.partition ?? 0,
  };
}

export function toDaemonSet(object: unknown, reading: Reading): Workload {
  const { metadata, spec, status } = DaemonSetObject.parse(object);
  return {
    kind: "DaemonSet",
    ...describeWorkload(metadata, spec.template, reading),
    observedGeneration: status.observedGeneration,
    desired: status.desiredNumberScheduled,
    replicas: status.currentNumberScheduled,
    updated: status.updatedNumberScheduled,
    ready: status.numberReady,
    available: status.numberAvailable,
    paused: false,
    deadlineExceeded: false,
    ...failureOf([]),
    updateStrategy: spec.updateStrategy.type,
    partition: 0,
  };
}

function describeWorkload(
  metadata: z.infer<typeof DatedMetadata>,
  template: z.infer<typeof TemplateObject>,
  reading: Reading,
) {
  return {
    ...identityOf(metadata),
    service: metadata.labels["app.kubernetes.io/name"] ?? metadata.name,
    labels: metadata.labels,
    ...datesOf(metadata),
    ...changeOf(metadata, reading),
    rolloutRevision: metadata.annotations[ROLLOUT_REVISION],
    images: template.spec.containers.map((container) => ({ container: container.name, image: container.image })),
    generation: metadata.generation,
    podDemand: demandOf(template),
    template: toTemplate(template, reading),
  };
}

function failureOf(conditions: readonly z.infer<typeof Condition>[]): Pick<ReplicaSet, "failure" | "failedSince"> {
  const failure = conditions.find((one) => one.type === "ReplicaFailure" && one.status === "True");
  return { failure: failure?.message, failedSince: millisecondsOf(failure?.lastTransitionTime) };
}

export function toReplicaSet(object: unknown, reading: Reading): ReplicaSet {
  const { metadata, spec, status } = ReplicaSetObject.parse(object);
  return {
    ...identityOf(metadata),
    ownerUid: controllerOf(metadata),
    desired: spec.replicas,
    ...changeOf(metadata, reading),
    rolloutRevision: metadata.annotations[ROLLOUT_REVISION],
    createdAt: millisecondsOf(metadata.creationTimestamp),
    images: spec.template,
    ...failureOf(status.conditions),
  };
}

/** Undefined for a ControllerRevision of anything else than a StatefulSet or DaemonSet: it may hold whatever its owner likes. */
export function toControllerRevision(object: unknown, reading: Reading): ControllerRevision | undefined {
  const ownerUid = controllerOf(OwnedObject.parse(object).metadata, ["StatefulSet", "DaemonSet"]);
  if (ownerUid === undefined) {
    return undefined;
  }
  const { metadata, revision: number, data } = ControllerRevisionObject.parse(object);
  return {
    ...identityOf(metadata),
    ownerUid,
    number,
    ...changeOf(metadata, reading),
    createdAt: millisecondsOf(metadata.creationTimestamp),
    images: data.spec.template,
  };
}

/** What every container waits for while it starts; another container's reason tells more. */
const STARTING = ["ContainerCreating", "PodInitializing"];

export function toPod(object: unknown): Pod {
  const { metadata, spec, status } = PodObject.parse(object);
  const containers = [...status.initContainerStatuses, ...status.containerStatuses];
  const waiting = waitingOf(status);
  const ended =
    containers.find((one) => one.name === waiting?.container && one.lastState.terminated)?.lastState.terminated ??
    latestEnd(containers);
  const ready = status.conditions.find((one) => one.type === "Ready");
  const scheduled = status.conditions.find((one) => one.type === "PodScheduled");
  const isRunning = status.containerStatuses.length > 0 && status.containerStatuses.every((one) => one.state.running);
  return {
    ...identityOf(metadata),
    ownerUid: controllerOf(metadata),
    phase: status.phase,
    isReady: ready?.status === "True",
    isDeleting: metadata.deletionTimestamp !== undefined,
    node: spec.nodeName,
    addresses: addressesOf(status),
    demand: demandOf({ spec }),
    claims: claimsOf(metadata.name, spec.volumes),
    createdAt: millisecondsOf(metadata.creationTimestamp),
    restarts: containers.reduce((sum, one) => sum + one.restartCount, 0),
    waiting,
    lastExitCode: ended?.exitCode,
    lastExitAt: millisecondsOf(ended?.finishedAt),
    lastExitReason: ended?.reason,
    lastWords: status.containerStatuses
      .map((one) => one.state.terminated?.message)
      .find((message) => message !== undefined)
      ?.slice(0, LAST_WORDS_LENGTH),
    notReadySince: millisecondsOf([ready, scheduled].find((one) => one?.status === "False")?.lastTransitionTime),
    unreadySince: isRunning && ready?.status === "False" ? millisecondsOf(ready.lastTransitionTime) : undefined,
    unschedulable:
      scheduled?.status === "False" && scheduled.reason === "Unschedulable" ? scheduled.message : undefined,
  };
}

/** How the container that ended last did. */
function latestEnd(containers: readonly z.infer<typeof ContainerStatus>[]): z.infer<typeof Terminated> | undefined {
  const endOf = ({ finishedAt }: z.infer<typeof Terminated>) => millisecondsOf(finishedAt) ?? 0;
  return containers.reduce<z.infer<typeof Terminated> | undefined>((latest, { lastState: { terminated } }) => {
    const isLater = terminated !== undefined && (latest === undefined || endOf(terminated) > endOf(latest));
    return isLater ? terminated : latest;
  }, undefined);
}

/** One for all, since most of many pods have none. */
const NO_CLAIMS: readonly string[] = [];
const NO_ADDRESSES: readonly string[] = [];

/** `podIPs` holds all of them, `podIP` the first. */
function addressesOf({ podIP, podIPs }: z.infer<typeof PodObject>["status"]): readonly string[] {
  if (podIPs !== undefined && podIPs !== null && podIPs.length > 0) {
    return podIPs.map(({ ip }) => ip);
  }
  return podIP === undefined ? NO_ADDRESSES : [podIP];
}

/** The claim of an ephemeral volume is made with the pod, and called after both. */
function claimsOf(pod: string, volumes: readonly z.infer<typeof VolumeOfPod>[]): readonly string[] {
  const claims = volumes.flatMap(
    ({ name, persistentVolumeClaim, ephemeral }) =>
      persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? [] : `${pod}-${name}`),
  );
  return claims.length === 0 ? NO_CLAIMS : claims;
}

export function toVolumeClaim(object: unknown): VolumeClaim {
  const { metadata, spec, status } = VolumeClaimObject.parse(object);
  return {
    ...identityOf(metadata),
    phase: status.phase,
    requested: spec.resources.requests.storage,
    capacity: status.capacity.storage,
    storageClass: spec.storageClassName || undefined,
    volume: spec.volumeName || undefined,
  };
}

function waitingOf(status: z.infer<typeof PodObject>["status"]): Pod["waiting"] {
  const inOrder = [
    ...status.initContainerStatuses.map((one) => ({ one, isInit: true })),
    ...status.containerStatuses.map((one) => ({ one, isInit: false })),
  ];
  const waiting = inOrder.flatMap(({ one: { name, state }, isInit }) =>
    state.waiting === undefined || state.waiting.reason === "" ? [] : [{ container: name, ...state.waiting, isInit }],
  );
  return waiting.find(({ reason }) => !STARTING.includes(reason)) ?? waiting[0];
}

/** A Warning; undefined for an Event of another type, which no view shows. */
export function toWarning(object: unknown): Warning | undefined {
  const event = EventObject.parse(object);
  if (event.type !== "Warning") {
    return undefined;
  }
  return {
    ...identityOf(event.metadata),
    involvedUid: event.involvedObject.uid,
    reason: event.reason,
    message: event.message,
    at: millisecondsOf(event.lastTimestamp ?? event.eventTime) ?? 0,
  };
}
