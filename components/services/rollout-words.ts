import type { Rollout, StuckCode } from "#lib/rollouts/model.ts";

const STUCK_WORDS: Readonly<Record<StuckCode, string>> = {
  quota: "stuck on quota",
  limit_range: "outside the namespace's limits",
  rejected: "refused by the API server",
  image: "stuck on its image",
  config: "cannot be configured",
  init: "its init container fails",
  crash_loop: "crashes again and again",
  volume: "waits for its volume",
  unschedulable: "no node takes it",
  probe: "does not become ready",
  eviction: "its node cannot be drained",
  deadline: "no progress",
  job_failed: "failed",
  missed: "did not start",
  overdue: "does not end",
  waiting: "waits for its first pod",
  paused: "paused",
  on_delete: "waits for somebody to delete pods",
  unchecked: "no health check",
  run_gone: "its last run is gone",
};

/** Why a rollout is stuck, in three or four words; the reason's own message has the numbers. */
export function stuckWords({ reason }: Pick<Rollout, "reason">): string {
  return reason === null ? "stuck" : STUCK_WORDS[reason.code];
}

/**
 * The reason that a stuck rollout gives, without what a kubelet or an API server adds to it at length. A quota's reason is
 * numbers throughout and stays whole.
 */
export function shortReason({ reason }: Pick<Rollout, "reason">): string | undefined {
  if (reason === null) {
    return undefined;
  }
  return reason.code === "quota" ? reason.message : reason.message.split(": ", 1)[0];
}

/** How far a rollout that moves has come. */
export function movingWords({ updated, desired, available }: Rollout): string {
  if (updated < desired) {
    return `${updated} of ${desired} new`;
  }
  return available < desired ? `${available} of ${desired} available` : "old pods are ending";
}
