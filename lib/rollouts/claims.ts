import type { Pod, VolumeClaim } from "#lib/clusters/model.ts";
import type { StuckReason } from "./model.ts";
import type { PodFacts } from "./reasons.ts";
import { cut } from "./refusals.ts";
import { isAboutVolumes } from "./scheduling.ts";

/** What makes volumes takes its time; only after this is a claim that nobody complains of what a pod waits for. */
export const CLAIM_PATIENCE_MS = 30_000;

/**
 * The claim that keeps a pod from its node, and why it has no volume. Undefined where another thing is in the pod's way: a claim
 * whose class waits for the first consumer is pending for as long as its pod has no node, whatever keeps the pod from one.
 */
export function claimReason(pod: Pod, facts: PodFacts): StuckReason | undefined {
  if (pod.node !== undefined || pod.claims.length === 0) {
    return undefined;
  }
  const open = facts.claims.filter((claim) => claim.phase !== "Bound" && isOf(pod, claim));
  const held = open.find((claim) => claim.phase === "Lost" || isInTheWay(pod, claim, facts));
  return held && { code: "volume", message: claimWords(held, complaintAbout(held, facts)) };
}

function isOf({ namespace, claims }: Pod, claim: VolumeClaim): boolean {
  return claim.namespace === namespace && claims.includes(claim.name);
}

function isInTheWay(pod: Pod, claim: VolumeClaim, facts: PodFacts): boolean {
  if (complaintAbout(claim, facts) !== undefined) {
    return true;
  }
  return pod.unschedulable === undefined
    ? facts.nowMs - (pod.createdAt ?? facts.nowMs) >= CLAIM_PATIENCE_MS
    : isAboutVolumes(pod.unschedulable);
}

/** What was last said of a claim that gets no volume, such as ProvisioningFailed. */
function complaintAbout({ uid }: VolumeClaim, { warnings }: PodFacts): string | undefined {
  return warnings.filter(({ involvedUid }) => involvedUid === uid).sort((a, b) => b.at - a.at)[0]?.message;
}

function claimWords(claim: VolumeClaim, complaint: string | undefined): string {
  const { name, phase, volume, requested, storageClass } = claim;
  if (phase === "Lost") {
    return `volume claim ${name} is lost: its volume ${volume ?? ""} is gone`;
  }
  const wanted = requested === undefined ? "volume" : `volume of ${requested}`;
  const usual =
    storageClass === undefined
      ? `it names no storage class, and no ${wanted} fits it`
      : `storage class ${storageClass} has given it no ${wanted} yet`;
  return `volume claim ${name} is pending: ${complaint === undefined ? usual : cut(complaint)}`;
}
