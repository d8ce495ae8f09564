import * as z from "zod";
import type { Decision } from "#lib/access/model.ts";
import { type PodDemand, quantityToNumber } from "#lib/quotas/model.ts";
import type { Pod, ReplicaSet, Warning, Workload } from "#lib/rollouts/model.ts";
import type { Access, Actor, Mark, Marked, SeenVersion, WatchedKind } from "./port.ts";

export type ResourceQuota = Readonly<{
  uid: string;
  namespace: string;
  name: string;
  hard: Readonly<Record<string, string>>;
  /** Empty until the controller has counted. */
  used: Readonly<Record<string, string>>;
}>;

export type Node = Readonly<{ uid: string; name: string; isReady: boolean; zone: string | undefined }>;

/** What is kept of a watched object: the few fields a view needs. */
export type Projected =
  | Readonly<{ kind: "Workload"; value: Workload }>
  | Readonly<{ kind: "ReplicaSet"; value: ReplicaSet }>
  | Readonly<{ kind: "Pod"; value: Pod }>
  | Readonly<{ kind: "Warning"; value: Warning }>
  | Readonly<{ kind: "ResourceQuota"; value: ResourceQuota }>
  | Readonly<{ kind: "Node"; value: Node }>
  /** Of no interest to any view, such as an Event that is not a warning. */
  | Readonly<{ kind: "Ignored" }>;

const Metadata = z.object({
  uid: z.string(),
  name: z.string(),
  namespace: z.string().default(""),
  generation: z.number().default(0),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
  ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().optional() })).default([]),
});
/** Where an operation leaves its mark: on the workload, never on its pods, which would be replaced by a change of it. */
const OPERATION_ANNOTATION = "gatehouse.dev/operation-id";
/** What `kubectl rollout restart` sets, so that other tools show such a restart as one. */
const RESTARTED_ANNOTATION = "kubectl.kubernetes.io/restartedAt";

const Identified = z.object({ metadata: Metadata.pick({ uid: true }).extend({ resourceVersion: z.string() }) });
const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  lastTransitionTime: z.string().nullish(),
});
const Requests = z.object({ requests: z.record(z.string(), z.string()).default({}) });
const Container = z.object({ name: z.string(), image: z.string(), resources: Requests.prefault({}) });
const Template = z.object({ spec: z.object({ containers: z.array(Container).default([]) }) });

const DeploymentObject = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: z.number().default(1), paused: z.boolean().default(false), template: Template }),
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

const ReplicaSetObject = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: z.number().default(1) }),
  status: z.object({ conditions: z.array(Condition).default([]) }).prefault({}),
});

const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(""), message: z.string().default("") }).optional(),
      running: z.object({}).optional(),
    })
    .prefault({}),
  lastState: z.object({ terminated: z.object({ exitCode: z.number() }).optional() }).prefault({}),
});

const PodObject = z.object({
  metadata: Metadata,
  spec: z.object({ nodeName: z.string().optional() }),
  status: z
    .object({
      phase: z.string().default("Unknown"),
      conditions: z.array(Condition).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
      initContainerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
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

const QuotaObject = z.object({
  metadata: Metadata,
  spec: z.object({ hard: z.record(z.string(), z.string()).default({}) }),
  status: z.object({ used: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

const NodeObject = z.object({
  metadata: Metadata,
  status: z.object({ conditions: z.array(Condition).default([]) }).prefault({}),
});

const TRANSLATE: Readonly<Record<WatchedKind, (object: unknown, revisionAnnotations: readonly string[]) => Projected>> =
  {
    Deployment: (object, annotations) => ({ kind: "Workload", value: toWorkload("Deployment", object, annotations) }),
    StatefulSet: (object, annotations) => ({ kind: "Workload", value: toWorkload("StatefulSet", object, annotations) }),
    ReplicaSet: (object) => ({ kind: "ReplicaSet", value: toReplicaSet(object) }),
    Pod: (object) => ({ kind: "Pod", value: toPod(object) }),
    Event: toWarning,
    ResourceQuota: (object) => ({ kind: "ResourceQuota", value: toQuota(object) }),
    Node: (object) => ({ kind: "Node", value: toNode(object) }),
  };

/**
 * Projects one object of the API server; the first of `revisionAnnotations` that it carries is its Git revision. Throws ZodError for an object that has not
 * the shape of its kind.
 */
export function translate(kind: WatchedKind, object: unknown, revisionAnnotations: readonly string[]): Projected {
  return TRANSLATE[kind](object, revisionAnnotations);
}

/** The uid and version of any object. Throws ZodError where it has none. */
export function identify(object: unknown): { uid: string; resourceVersion: string } {
  return Identified.parse(object).metadata;
}

const MarkedObject = z.object({
  metadata: Metadata.pick({ uid: true, annotations: true }).extend({
    resourceVersion: z.string(),
    generation: z.number(),
  }),
});

/** The mark on a workload, of which the metadata alone is needed. Throws ZodError for what is no object. */
export function toMarked(object: unknown): Marked {
  const { uid, resourceVersion, generation, annotations } = MarkedObject.parse(object).metadata;
  return { uid, resourceVersion, generation, operationId: annotations[OPERATION_ANNOTATION] };
}

/** The merge patch (RFC 7386) of a restart. The API server answers 409 where resourceVersion is not the object's any more. */
export function restartPatch(workload: Pick<SeenVersion, "uid" | "resourceVersion">, mark: Mark): unknown {
  return {
    metadata: {
      uid: workload.uid,
      resourceVersion: workload.resourceVersion,
      annotations: { [OPERATION_ANNOTATION]: mark.operationId },
    },
    spec: { template: { metadata: { annotations: { [RESTARTED_ANNOTATION]: mark.at.toISOString() } } } },
  };
}

/** The question whether somebody may do something, with the group that the API server itself adds to whoever is signed in. */
export function accessReview(actor: Actor, access: Access): unknown {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: actor.user, groups: [...actor.groups, "system:authenticated"], resourceAttributes: access },
  };
}

const Review = z.object({ status: z.object({ allowed: z.boolean(), denied: z.boolean().default(false) }) });

/** What the API server answers to that question, without its own reason, which names roles. Throws ZodError for what is no answer. */
export function decisionOf(review: unknown, actor: Actor, access: Access): Decision {
  const { status } = Review.parse(review);
  const allowed = status.allowed && !status.denied;
  const what = `${access.verb} ${access.resource} ${access.namespace}/${access.name}`;
  return { allowed, because: `the cluster ${allowed ? "lets" : "does not let"} ${actor.user} ${what}` };
}

const Refusal = z.object({ message: z.string() });

/** What a Status object says; empty for anything else, such as a proxy's page. */
export function messageOfStatus(status: unknown): string {
  return Refusal.safeParse(status).data?.message ?? "";
}

function toWorkload(kind: Workload["kind"], object: unknown, revisionAnnotations: readonly string[]): Workload {
  const { metadata, spec, status } = DeploymentObject.parse(object);
  const containers = spec.template.spec.containers;
  return {
    kind,
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    service: metadata.labels["app.kubernetes.io/name"] ?? metadata.name,
    revision: revisionAnnotations.map((name) => metadata.annotations[name]).find((value) => value !== undefined),
    images: containers.map((container) => ({ container: container.name, image: container.image })),
    generation: metadata.generation,
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
    podDemand: demandOf(containers),
  };
}

function demandOf(containers: readonly z.infer<typeof Container>[]): PodDemand {
  const total = (resource: string) =>
    containers.reduce(
      (sum, container) => sum + (quantityToNumber(container.resources.requests[resource] ?? "0") ?? 0),
      0,
    );
  return { pods: 1, cpuCores: total("cpu"), memoryBytes: total("memory") };
}

function controllerOf(metadata: z.infer<typeof Metadata>): string | undefined {
  return metadata.ownerReferences.find((owner) => owner.controller === true)?.uid;
}

function toReplicaSet(object: unknown): ReplicaSet {
  const { metadata, spec, status } = ReplicaSetObject.parse(object);
  const failure = status.conditions.find((one) => one.type === "ReplicaFailure" && one.status === "True");
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    ownerUid: controllerOf(metadata),
    desired: spec.replicas,
    failure: failure?.message,
  };
}

function toPod(object: unknown): Pod {
  const { metadata, spec, status } = PodObject.parse(object);
  const containers = [...status.initContainerStatuses, ...status.containerStatuses];
  const waiting = containers.find((one) => one.state.waiting !== undefined && one.state.waiting.reason !== "");
  const ready = status.conditions.find((one) => one.type === "Ready");
  const scheduled = status.conditions.find((one) => one.type === "PodScheduled");
  const isRunning = status.containerStatuses.length > 0 && status.containerStatuses.every((one) => one.state.running);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    ownerUid: controllerOf(metadata),
    phase: status.phase,
    isReady: ready?.status === "True",
    isDeleting: metadata.deletionTimestamp !== undefined,
    node: spec.nodeName,
    restarts: containers.reduce((sum, one) => sum + one.restartCount, 0),
    waiting: waiting?.state.waiting && { container: waiting.name, ...waiting.state.waiting },
    lastExitCode: containers.find((one) => one.lastState.terminated)?.lastState.terminated?.exitCode,
    unreadySince: isRunning && ready?.status === "False" ? millisecondsOf(ready.lastTransitionTime) : undefined,
    unschedulable:
      scheduled?.status === "False" && scheduled.reason === "Unschedulable" ? scheduled.message : undefined,
  };
}

function millisecondsOf(time: string | null | undefined): number | undefined {
  const parsed = Date.parse(time ?? "");
  return Number.isNaN(parsed) ? undefined : parsed;
}

function toWarning(object: unknown): Projected {
  const event = EventObject.parse(object);
  if (event.type !== "Warning") {
    return { kind: "Ignored" };
  }
  return {
    kind: "Warning",
    value: {
      uid: event.metadata.uid,
      namespace: event.metadata.namespace,
      involvedUid: event.involvedObject.uid,
      reason: event.reason,
      message: event.message,
      at: millisecondsOf(event.lastTimestamp ?? event.eventTime) ?? 0,
    },
  };
}

function toQuota(object: unknown): ResourceQuota {
  const { metadata, spec, status } = QuotaObject.parse(object);
  return { uid: metadata.uid, namespace: metadata.namespace, name: metadata.name, hard: spec.hard, used: status.used };
}

function toNode(object: unknown): Node {
  const { metadata, status } = NodeObject.parse(object);
  return {
    uid: metadata.uid,
    name: metadata.name,
    isReady: status.conditions.some((one) => one.type === "Ready" && one.status === "True"),
    zone: metadata.labels["topology.kubernetes.io/zone"],
  };
}
