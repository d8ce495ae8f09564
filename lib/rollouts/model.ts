import type { BatchKind, RunKind } from "#lib/clusters/model.ts";

/** What has a rollout. */
export type RolloutKind = RunKind | BatchKind;
export const ALL_ROLLOUT_KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Compose service",
] as const satisfies readonly RolloutKind[];

/** What of a cluster has to be seen to say where the rollout of what runs a service stands. */
export const ROLLOUT_KINDS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"] as const;
/** The same of what runs to an end. */
export const BATCH_KINDS = ["Job", "CronJob", "Pod"] as const;

export function isBatch(kind: RolloutKind): kind is BatchKind {
  return kind === "Job" || kind === "CronJob";
}

/** What of a cluster has to be seen to say where the rollout of something of this kind stands. */
export function kindsBehind(kind: RolloutKind): readonly string[] {
  return isBatch(kind) ? BATCH_KINDS : ROLLOUT_KINDS;
}

/** Why a rollout does not come to its end; the last of them are somebody's will, or that nothing says whether it works or has worked. */
export type StuckCode =
  | "quota"
  | "limit_range"
  | "rejected"
  | "image"
  | "config"
  | "init"
  | "crash_loop"
  | "volume"
  | "unschedulable"
  | "probe"
  | "eviction"
  | "deadline"
  | "job_failed"
  | "missed"
  | "overdue"
  | "waiting"
  | "paused"
  | "on_delete"
  | "unchecked"
  | "run_gone";

export type StuckReason = Readonly<{
  code: StuckCode;
  message: string;
  /** Since when, ISO 8601 in UTC, where Kubernetes tells. */
  since?: string;
  /** The quota that leaves no room, and its resource that was named first. */
  quota?: Readonly<{ name: string; resource: string }>;
}>;

/** What a paused rollout is for, where nothing of it is broken. */
const HELD: readonly StuckCode[] = ["paused", "on_delete"];

/** Whether a rollout is paused and its pods are broken all the same. */
export function isBrokenWhilePaused({ state, reason }: Pick<Rollout, "state" | "reason">): boolean {
  return state === "paused" && reason !== null && !HELD.includes(reason.code);
}

/** Whether it is done, and nothing more rolls out until somebody resumes it. */
export function isDoneAndPaused({ state, reason }: Pick<Rollout, "state" | "reason">): boolean {
  return state === "done" && reason?.code === "paused";
}

export type RolloutState = "done" | "progressing" | "stuck" | "paused" | "unknown";

export type Rollout = Readonly<{
  state: RolloutState;
  /** Also of what is done, where its pods hold up the drain of a node or it is paused; of what is paused, what of it is broken. */
  reason: StuckReason | null;
  desired: number;
  updated: number;
  ready: number;
  available: number;
}>;

/** Where the rollout of one workload stands, or of a Job or CronJob; a CronJob's own Jobs have no row beside it. */
export type WorkloadRow = Readonly<{
  /** `<cluster>/<uid>` */
  id: string;
  environment: string;
  cluster: string;
  namespace: string;
  kind: RolloutKind;
  name: string;
  service: string;
  /** The Git revision that the platform's deployment left on it. */
  revision: string | null;
  /** The controller's own count of revisions. */
  rolloutRevision: string | null;
  changeCause: string | null;
  rollout: Rollout;
}>;
