import type { DisruptionBudget, Pod, ReplicaSet, VolumeClaim, Warning, Workload } from "#lib/clusters/model.ts";
import { claimReason } from "./claims.ts";
import type { StuckCode, StuckReason } from "./model.ts";
import { cut, refusedReason } from "./refusals.ts";
import { unschedulableReason } from "./scheduling.ts";

/** What a workload's reasons are worked out from. */
export type RolloutFacts = Readonly<{
  workload: Workload;
  replicaSets: readonly ReplicaSet[];
  pods: readonly Pod[];
  /** That its pods need. */
  claims: readonly VolumeClaim[];
  /** Of the workload itself, of its pods and of their claims. */
  warnings: readonly Warning[];
  /** Those that select its pods. */
  budgets: readonly DisruptionBudget[];
  /** Whether a node takes no new pods, as before a drain. */
  isCordoned: (node: string) => boolean;
  nowMs: number;
}>;

/** What the reasons of its pods are worked out from. */
export type PodFacts = Pick<RolloutFacts, "claims" | "warnings" | "nowMs">;

/** How long running containers may stay unready before a probe is named as the reason. */
export const PROBE_PATIENCE_MS = 30_000;
/** A container in a crash loop runs again for a moment between its back-offs; after so many restarts it is one all the same. */
export const CRASHES = 2;
/**
 * A container that has run for so long has its back-off forgotten, so that it is in no crash loop any more. Where nothing says
 * when it last ended, it is not said to be in one.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
export const CRASH_MEMORY_MS = 10 * 60_000;

/** Worst first: what keeps pods from being made, then from starting, then from serving; the deadline only says that it is late. */
const WORST_FIRST: readonly StuckCode[] = [
  "quota",
  "limit_range",
  "rejected",
  "image",
  "config",
  "init",
  "crash_loop",
  "volume",
  "unschedulable",
  "probe",
  "eviction",
  "deadline",
];

/** Every reason for which a rollout does not come to its end, worst first, one of each code: the one that has lasted longest. */
export function reasonsOf(facts: RolloutFacts): StuckReason[] {
  const found = [
    ...refusals(facts),
    ...podsOfThisRevision(facts).flatMap((pod) => podReason(pod, facts) ?? []),
    ...[blockedDrain(facts)].flatMap((one) => one ?? []),
    ...(facts.workload.deadlineExceeded ? [DEADLINE] : []),
  ];
  return worstFirst(found);
}

/** One reason of each code, the one that has lasted longest; the worst code first. */
export function worstFirst(found: readonly StuckReason[]): StuckReason[] {
  return WORST_FIRST.flatMap((code) => longestOf(found.filter((reason) => reason.code === code)) ?? []);
}

const DEADLINE: StuckReason = {
  code: "deadline",
  message: "no progress within the Deployment's progressDeadlineSeconds",
};

/** The worst reason, with how many more there are; undefined for none. */
export function worstReason(reasons: readonly StuckReason[]): StuckReason | undefined {
  const [worst, ...others] = reasons.filter((reason, _index, all) => all.length === 1 || reason !== DEADLINE);
  if (worst === undefined || others.length === 0) {
    return worst;
  }
  return { ...worst, message: `${worst.message}; and ${others.length} more` };
}

function longestOf(reasons: readonly StuckReason[]): StuckReason | undefined {
  return reasons.reduce<StuckReason | undefined>(
    (longest, reason) => (longest === undefined || (reason.since ?? "~") < (longest.since ?? "~") ? reason : longest),
    undefined,
  );
}

/** A time of a reason, as rows carry it. */
function since(ms: number | undefined): { since?: string } {
  return ms === undefined ? {} : { since: new Date(ms).toISOString() };
}

/** What the API server said when it refused pods: to a ReplicaSet, or in an event to a workload that makes its pods itself. */
function refusals({ workload, replicaSets, pods, warnings }: RolloutFacts): StuckReason[] {
  // A Deployment repeats what its ReplicaSet says, and each comes by a watch of its own: whichever is first tells.
  const told = [...replicaSets.filter((set) => set.desired > 0), workload].flatMap(({ failure, failedSince }) =>
    failure === undefined ? [] : [{ ...refusedReason(failure), ...since(failedSince) }],
  );
  return [...told, ...(workload.replicas < workload.desired ? refusedPods(workload.uid, { pods, warnings }) : [])];
}

/** What the API server said when it refused pods to what makes them itself. */
export function refusedPods(
  makerUid: string,
  { pods, warnings }: Pick<RolloutFacts, "pods" | "warnings">,
): StuckReason[] {
  const newestPodAt = Math.max(0, ...pods.map((pod) => pod.createdAt ?? 0));
  // The event stays for an hour; a pod that was made after it shows that it is over.
  return warnings
    .filter(({ involvedUid, reason, at }) => involvedUid === makerUid && reason === "FailedCreate" && at >= newestPodAt)
    .map((warning) => ({ ...refusedReason(warning.message), ...since(warning.at) }));
}

/** Pods of a revision that is on its way out say nothing of the one that comes. */
function podsOfThisRevision({ workload, replicaSets, pods }: RolloutFacts): Pod[] {
  const current = replicaSets.find(
    (set) => set.rolloutRevision !== undefined && set.rolloutRevision === workload.rolloutRevision,
  );
  return pods.filter((pod) => !pod.isDeleting && (current === undefined || pod.ownerUid === current.uid));
}

/** Why one pod does not become ready; undefined while it only takes its time. */
export function podReason(pod: Pod, facts: PodFacts): StuckReason | undefined {
  const reason =
    claimReason(pod, facts) ??
    (pod.unschedulable === undefined
      ? (waitingReason(pod, facts.warnings) ??
        crashReason(pod, facts.nowMs) ??
        probeReason(pod, facts.warnings, facts.nowMs))
      : unschedulableReason(pod.name, pod.unschedulable));
  return reason && { ...reason, ...since(pod.notReadySince) };
}

function waitingReason(pod: Pod, warnings: readonly Warning[]): StuckReason | undefined {
  const { waiting } = pod;
  switch (waiting?.reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
    case "ErrImageNeverPull":
    case "ImageInspectError":
      return {
        code: "image",
        message: said(`${pod.name} cannot pull the image of ${waiting.container} (${waiting.reason})`, waiting.message),
      };
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "RunContainerError":
      return {
        code: "config",
        message: said(`${waiting.container} in ${pod.name} cannot be made (${waiting.reason})`, waiting.message),
      };
    case "CrashLoopBackOff":
      return crashed(pod, waiting.container, waiting.reason, waiting.isInit);
    case "ContainerCreating":
    case "PodInitializing":
      return volumeReason(pod, warnings);
    default:
      return undefined;
  }
}

function said(what: string, message: string): string {
  return message === "" ? what : `${what}: ${cut(message)}`;
}

function crashed(pod: Pod, container: string, how: string, isInit: boolean): StuckReason {
  const exit = pod.lastExitCode === undefined ? [] : [`last exit code ${pod.lastExitCode}`];
  const oom = pod.lastExitReason === "OOMKilled" ? ["out of memory"] : [];
  const facts = [how, ...oom, ...exit, timesWords(pod.restarts)].join(", ");
  return isInit
    ? { code: "init", message: `init container ${container} of ${pod.name} does not finish (${facts})` }
    : { code: "crash_loop", message: `${container} in ${pod.name} does not stay up (${facts})` };
}

function timesWords(restarts: number): string {
  return restarts === 1 ? "1 restart" : `${restarts} restarts`;
}

const VOLUME_WARNINGS = ["FailedMount", "FailedAttachVolume"];

function volumeReason(pod: Pod, warnings: readonly Warning[]): StuckReason | undefined {
  const failed = warnings.find((one) => one.involvedUid === pod.uid && VOLUME_WARNINGS.includes(one.reason));
  return failed && { code: "volume", message: `${pod.name} does not get its volume: ${cut(failed.message)}` };
}

function crashReason(pod: Pod, nowMs: number): StuckReason | undefined {
  const { lastExitCode, lastExitAt } = pod;
  if (pod.unreadySince === undefined || pod.isReady || pod.restarts < CRASHES || lastExitCode === undefined) {
    return undefined;
  }
  if (lastExitAt === undefined || nowMs - lastExitAt >= CRASH_MEMORY_MS) {
    return undefined;
  }
  return {
    code: "crash_loop",
    message: `${pod.name} does not stay up (last exit code ${lastExitCode}, ${pod.restarts} restarts)`,
  };
}

function probeReason(pod: Pod, warnings: readonly Warning[], nowMs: number): StuckReason | undefined {
  const { unreadySince } = pod;
  if (unreadySince === undefined || pod.isReady) {
    return undefined;
  }
  const failedProbe = warnings.find(
    (warning) => warning.involvedUid === pod.uid && warning.reason === "Unhealthy" && warning.at >= unreadySince,
  );
  if (failedProbe !== undefined) {
    return { code: "probe", message: `${pod.name} is not ready: ${cut(failedProbe.message)}` };
  }
  const unreadyMs = nowMs - unreadySince;
  if (unreadyMs < PROBE_PATIENCE_MS) {
    return undefined;
  }
  return {
    code: "probe",
    message: `${pod.name} runs and is not ready for ${Math.round(unreadyMs / 1000)} s: its readiness probe fails`,
  };
}

/** A drain asks for evictions, which a budget without room refuses for as long as it has none. */
export function blockedDrain({ pods, budgets, isCordoned }: RolloutFacts): StuckReason | undefined {
  const blocking = budgets.find(blocks);
  if (blocking === undefined) {
    return undefined;
  }
  const leaving = pods.flatMap((pod) => (pod.isDeleting || pod.node === undefined ? [] : pod.node)).filter(isCordoned);
  const [node] = leaving;
  if (node === undefined) {
    return undefined;
  }
  const message = `${node} takes no new pods and cannot be drained: PodDisruptionBudget ${blocking.name} lets none of ${leaving.length} go now`;
  return { code: "eviction", message };
}

/** Whether a budget lets no pod go now. */
export function blocks({ disruptionsAllowed }: DisruptionBudget): boolean {
  return disruptionsAllowed === 0;
}
