import type { Estate } from "#lib/estate/model.ts";
import { GOVERNED_ACTIONS } from "#lib/policies/model.ts";
import { breakGlassFor, contradictionsIn, explain, explainBreakGlass, policyFor } from "#lib/policies/policy.ts";

export type PolicyCheck = Readonly<{
  /** What holds in each environment, in sentences. */
  lines: readonly string[];
  /** What can never work, each with the environment and the action. */
  contradictions: readonly string[];
}>;

/**
 * Explains every policy and finds those that can never be satisfied. Members of groups that an identity provider keeps are
 * not known here, so what only they could mend is found where there is none and every account is named in the file.
 */
export function checkPolicies(estate: Estate): PolicyCheck {
  const known = { people: estate.people, grants: estate.roleGrants, areAllKnown: estate.oidc === undefined };
  const lines: string[] = [];
  const contradictions: string[] = [];
  for (const { id } of estate.platforms.flatMap((platform) => platform.environments)) {
    for (const action of GOVERNED_ACTIONS) {
      const policy = policyFor(estate.policies, action, id);
      if (policy === null) {
        lines.push(`  ${id}  ${action}: no policy, so nobody may.`);
        continue;
      }
      lines.push(`  ${id}  ${action}: ${explain(action, policy).join(" ")}`);
      for (const { message } of contradictionsIn(policy, id, known)) {
        contradictions.push(`${id}  ${action}: ${message}`);
      }
    }
    const glass = breakGlassFor(estate.breakGlass, id);
    lines.push(`  ${id}  break-glass: ${glass === null ? "not possible." : explainBreakGlass(glass).join(" ")}`);
  }
  return { lines, contradictions };
}
