import type { Decision } from "#lib/access/model.ts";
import { sayDecision } from "#lib/access/policy.ts";

type Why = Readonly<{ allowedBecause?: string; blockedBecause?: string | undefined }>;

/** What a control says of the decision behind it; `otherwise` is what stands in the way of somebody who may. */
export function whyOf(decision: Decision, otherwise?: string): Why {
  return decision.allowed
    ? { allowedBecause: whyWords(decision), blockedBecause: otherwise }
    : { blockedBecause: decision.because };
}

/** "Allowed because you are operator in gravv/live." */
export function whyWords(decision: Decision): string {
  const words = sayDecision(decision);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
