import type { PodDemand } from "#lib/quotas/model.ts";

export type WorkloadKind = "Deployment" | "StatefulSet";

/** What is kept of a Deployment or StatefulSet. */
export type Workload = Readonly<{
  kind: WorkloadKind;
  uid: string;
  namespace: string;
  name: string;
  /** What people call the service: the label app.kubernetes.io/name, else the object's own name. */
  service: string;
  revision: string | undefined;
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
  /** Requests of one pod of its template. */
  podDemand: PodDemand;
}>;

export type ReplicaSet = Readonly<{
  uid: string;
  namespace: string;
  name: string;
  ownerUid: string | undefined;
  desired: number;
  /** Why the controller could not create a pod, as the API server said it; undefined where it could. */
  failure: string | undefined;
}>;

export type Pod = Readonly<{
  uid: string;
  namespace: string;
  name: string;
  ownerUid: string | undefined;
  phase: string;
  isReady: boolean;
  isDeleting: boolean;
  node: string | undefined;
  restarts: number;
  /** The first container that waits for something, and for what. */
  waiting: Readonly<{ container: string; reason: string; message: string }> | undefined;
  lastExitCode: number | undefined;
  /** Since when all containers run without the pod being ready; undefined otherwise. */
  unreadySince: number | undefined;
  /** The scheduler's reason for finding no node. */
  unschedulable: string | undefined;
}>;

export type Warning = Readonly<{
  uid: string;
  namespace: string;
  involvedUid: string;
  reason: string;
  message: string;
  at: number;
}>;

export type StuckCode = "quota" | "image" | "crash_loop" | "probe" | "unschedulable" | "rejected" | "deadline";

export type StuckReason = Readonly<{ code: StuckCode; message: string }>;

export type RolloutState = "done" | "progressing" | "stuck" | "paused" | "unknown";

export type Rollout = Readonly<{
  state: RolloutState;
  reason: StuckReason | null;
  desired: number;
  updated: number;
  ready: number;
  available: number;
}>;

/** How long running containers may stay unready before a probe is named as the reason. */
export const PROBE_PATIENCE_MS = 30_000;
/** A container in a crash loop runs again for a moment between its back-offs; after so many restarts it is one all the same. */
const CRASHES = 2;

/**
 * Where a workload's rollout stands. Done is kubectl's rule (`rollout status`): the controller has seen this generation,
 * every replica is of it, no other is left, all are available.
 */
export function rolloutOf(
  workload: Workload,
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
  warnings: readonly Warning[],
  nowMs: number,
): Rollout {
  const counts = {
    desired: workload.desired,
    updated: workload.updated,
    ready: workload.ready,
    available: workload.available,
  };
  if (isComplete(workload)) {
    return { state: "done", reason: null, ...counts };
  }
  if (workload.paused) {
    return { state: "paused", reason: null, ...counts };
  }
  const reason = stuckReason(workload, replicaSets, pods, warnings, nowMs);
  return { state: reason === undefined ? "progressing" : "stuck", reason: reason ?? null, ...counts };
}

function isComplete(workload: Workload): boolean {
  return (
    workload.observedGeneration >= workload.generation &&
    workload.updated === workload.desired &&
    workload.replicas === workload.updated &&
    workload.available === workload.desired
  );
}

function stuckReason(
  workload: Workload,
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
  warnings: readonly Warning[],
  nowMs: number,
): StuckReason | undefined {
  const refused = replicaSets.find((set) => set.desired > 0 && set.failure !== undefined)?.failure;
  if (refused !== undefined) {
    return refusedReason(refused);
  }
  for (const pod of pods) {
    const reason = pod.isDeleting ? undefined : podReason(pod, warnings, nowMs);
    if (reason !== undefined) {
      return reason;
    }
  }
  if (workload.deadlineExceeded) {
    return { code: "deadline", message: "no progress within the Deployment's progressDeadlineSeconds" };
  }
  return undefined;
}

function refusedReason(message: string): StuckReason {
  const quota = /exceeded quota: ([^,]+), requested: (.+?), used: (.+?), limited: (.+)$/.exec(message);
  if (quota !== null) {
    const [, name, requested, used, limited] = quota;
    return {
      code: "quota",
      message: `quota ${name} leaves no room: needs ${requested}, in use ${used}, limit ${limited}`,
    };
  }
  return { code: "rejected", message: `the API server refuses the pod: ${cut(message)}` };
}

function podReason(pod: Pod, warnings: readonly Warning[], nowMs: number): StuckReason | undefined {
  if (pod.unschedulable !== undefined) {
    return { code: "unschedulable", message: `no node takes ${pod.name}: ${cut(pod.unschedulable)}` };
  }
  if (pod.waiting !== undefined) {
    return waitingReason(pod, pod.waiting);
  }
  if (pod.unreadySince === undefined || pod.isReady) {
    return undefined;
  }
  if (pod.restarts >= CRASHES && pod.lastExitCode !== undefined) {
    return {
      code: "crash_loop",
      message: `${pod.name} does not stay up (last exit code ${pod.lastExitCode}, ${pod.restarts} restarts)`,
    };
  }
  const { unreadySince } = pod;
  const failedProbe = warnings.find(
    (warning) => warning.involvedUid === pod.uid && warning.reason === "Unhealthy" && warning.at >= unreadySince,
  );
  const unreadyMs = nowMs - pod.unreadySince;
  if (failedProbe !== undefined) {
    return { code: "probe", message: `${pod.name} is not ready: ${cut(failedProbe.message)}` };
  }
  if (unreadyMs >= PROBE_PATIENCE_MS) {
    return {
      code: "probe",
      message: `${pod.name} runs and is not ready for ${Math.round(unreadyMs / 1000)} s: its readiness probe fails`,
    };
  }
  return undefined;
}

function waitingReason(pod: Pod, waiting: NonNullable<Pod["waiting"]>): StuckReason | undefined {
  if (["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"].includes(waiting.reason)) {
    return {
      code: "image",
      message: `${pod.name} cannot pull the image of ${waiting.container} (${waiting.reason}): ${cut(waiting.message)}`,
    };
  }
  if (waiting.reason === "CrashLoopBackOff" || waiting.reason === "CreateContainerConfigError") {
    const exit = pod.lastExitCode === undefined ? "" : `, last exit code ${pod.lastExitCode}`;
    return {
      code: "crash_loop",
      message: `${waiting.container} in ${pod.name} does not stay up (${waiting.reason}${exit}, ${pod.restarts} restarts)`,
    };
  }
  return undefined;
}

function cut(message: string): string {
  return message.length > 300 ? `${message.slice(0, 299)}…` : message;
}
