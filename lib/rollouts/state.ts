import type { Workload } from "#lib/clusters/model.ts";
import { composeRolloutOf } from "./compose.ts";
import type { Rollout, StuckReason } from "./model.ts";
import { blockedDrain, type RolloutFacts, reasonsOf, worstReason } from "./reasons.ts";

/**
 * Where a workload's rollout stands. Done is kubectl's rule (`rollout status`): the controller has seen this generation, every
 * replica is of it, none of before is left and all are available; a StatefulSet with a partition is done without those below it.
 * One that is done has a reason only where its pods hold up the drain of a node, or where it is paused.
 * Source: k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go.
 */
export function rolloutOf(facts: RolloutFacts): Rollout {
  const { workload } = facts;
  if (workload.kind === "Compose service") {
    return composeRolloutOf(workload, facts.pods);
  }
  const { desired, updated, ready, available } = workload;
  const counts = { desired, updated, ready, available };
  if (isComplete(workload)) {
    return { state: "done", reason: blockedDrain(facts) ?? (workload.paused ? PAUSED : null), ...counts };
  }
  const reason = worstReason(reasonsOf(facts));
  if (workload.paused) {
    return { state: "paused", reason: pausedBeside(reason), ...counts };
  }
  if (reason !== undefined) {
    return { state: "stuck", reason, ...counts };
  }
  const waitsForDeletion = workload.updateStrategy === "OnDelete" && available >= desired && isSeen(workload);
  return waitsForDeletion
    ? { state: "paused", reason: onDelete(workload), ...counts }
    : { state: "progressing", reason: null, ...counts };
}

const PAUSED: StuckReason = {
  code: "paused",
  message: "it is paused (spec.paused): nothing rolls out until it is resumed",
};

/** A pause holds back the next revision, and mends nothing of what runs: what is broken keeps its name. */
function pausedBeside(reason: StuckReason | undefined): StuckReason {
  return reason === undefined ? PAUSED : { ...reason, message: `${PAUSED.message}; ${reason.message}` };
}

function onDelete({ updated, desired }: Workload): StuckReason {
  return {
    code: "on_delete",
    message: `its pods are replaced only when somebody deletes them (OnDelete): ${updated} of ${desired} are new`,
  };
}

function isSeen({ observedGeneration, generation }: Workload): boolean {
  return observedGeneration >= generation;
}

function isComplete(workload: Workload): boolean {
  const { desired, replicas, updated, available } = workload;
  if (!isSeen(workload) || available < desired) {
    return false;
  }
  if (workload.kind === "Deployment") {
    return updated === desired && replicas === updated && available === desired;
  }
  return replicas <= desired && updated >= desired - workload.partition;
}
