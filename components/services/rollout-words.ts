import type { Rollout, StuckCode } from "#lib/rollouts/model.ts";

const STUCK_WORDS: Readonly<Record<StuckCode, string>> = {
  quota: "stuck on quota",
  image: "stuck on its image",
  crash_loop: "crashes again and again",
  probe: "does not become ready",
  unschedulable: "no node takes it",
  rejected: "refused by the API server",
  deadline: "no progress",
};

/** Why a rollout is stuck, in three or four words; the reason's own message has the numbers. */
export function stuckWords({ reason }: Pick<Rollout, "reason">): string {
  return reason === null ? "stuck" : STUCK_WORDS[reason.code];
}

/** How far a rollout that moves has come. */
export function movingWords({ updated, desired, available }: Rollout): string {
  return updated < desired ? `${updated} of ${desired} new` : `${available} of ${desired} available`;
}
