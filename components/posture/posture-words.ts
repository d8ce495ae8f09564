import { countWords, listWords } from "#components/requests/request-words.ts";
import type { Tone } from "#components/ui/tone.ts";
import type { Finding, PostureCode, Severity } from "#lib/posture/model.ts";

export const SEVERITY_TONE: Readonly<Record<Severity, Tone>> = { high: "broken", medium: "look", low: "look" };

/** What each rule is about, as the heading of its findings. */
export const POSTURE_TITLE: Readonly<Record<PostureCode, string>> = {
  no_budget: "No disruption budget",
  budget_blocks: "A budget that never lets go",
  no_readiness: "No readiness probe or health check",
  no_liveness: "No liveness probe",
  no_requests: "No requests",
  requests_not_limits: "Limits other than requests",
  no_limits: "No memory limit",
  single_replica: "One replica or none",
  one_node: "All on one node",
  not_spread: "Nothing keeps pods apart",
  no_default_deny: "Open by default",
  pod_security: "No pod security level",
  no_team: "No team",
  no_product: "No product",
  mutable_image: "An image by a tag alone",
  no_thresholds: "No thresholds",
  no_pipeline: "No pipeline",
};

/** How all stands, in a sentence. */
export function postureSentence(findings: readonly Finding[], unknown: readonly string[]): string {
  if (findings.length === 0) {
    return unknown.length === 0
      ? "Everything stands as the platforms ask."
      : "What is known stands as the platforms ask.";
  }
  const high = findings.filter(({ severity }) => severity === "high");
  const where = [...new Set((high.length > 0 ? high : findings).map(({ environment }) => environment))].sort();
  return high.length === 0
    ? `${countWords(findings.length, "finding")}, none of them grave, in ${listWords(where)}.`
    : `${high.length} of ${countWords(findings.length, "finding")} ${high.length === 1 ? "is" : "are"} grave, in ${listWords(where)}.`;
}

/** The findings by rule, in the order of their worst. */
export function byRule(findings: readonly Finding[]): (readonly [PostureCode, readonly Finding[]])[] {
  return [...Map.groupBy(findings, ({ code }) => code)];
}
