import type { RunKind } from "#lib/clusters/model.ts";

/** What of a cluster has to be seen to say where a rollout stands. */
export const ROLLOUT_KINDS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"] as const;

/** Why a rollout does not come to its end; the last of them are somebody's will, or that nothing says whether it works. */
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
  | "paused"
  | "on_delete"
  | "unchecked";

export type StuckReason = Readonly<{
  code: StuckCode;
  message: string;
  /** Since when, ISO 8601 in UTC, where Kubernetes tells. */
  since?: string;
  /** The quota that leaves no room, and its resource that was named first. */
  quota?: Readonly<{ name: string; resource: string }>;
}>;

export type RolloutState = "done" | "progressing" | "stuck" | "paused" | "unknown";

export type Rollout = Readonly<{
  state: RolloutState;
  reason: StuckReason | null;
  desired: number;
  updated: number;
  ready: number;
  available: number;
}>;

/** Where the rollout of one workload stands. */
export type WorkloadRow = Readonly<{
  /** `<cluster>/<uid>` */
  id: string;
  environment: string;
  cluster: string;
  namespace: string;
  kind: RunKind;
  name: string;
  service: string;
  /** The Git revision that the platform's deployment left on it. */
  revision: string | null;
  /** The controller's own count of revisions. */
  rolloutRevision: string | null;
  changeCause: string | null;
  rollout: Rollout;
}>;
