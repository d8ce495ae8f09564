import "server-only";
import type { Person } from "#lib/access/model.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { askFor } from "#lib/requests/operations.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { evidenceOf, whyLost, whyUndecided } from "./evidence.ts";
import { branchRecipe } from "./git-writes.ts";
import { planPromotion, promotable, seenWhere, whyNotSeenWhere } from "./queries.ts";
import { StoredPromotionPlan } from "./schema.ts";

/**
 * Asks for the promotion that the person has looked at. Nothing changes but the record until all have agreed whom the policy
 * names. Throws GatehouseError as askFor does, and not_found.
 */
export async function requestPromotion(
  runtime: Runtime,
  person: Person,
  input: AskInput,
): Promise<{ requestId: string }> {
  const place = promotable(runtime, person, input.environment);
  return askFor(runtime, person, {
    action: "promotion",
    environment: place.environment,
    input,
    plan: () => planPromotion(runtime, place),
    detail: (plan) => {
      const { base, from } = StoredPromotionPlan.parse(plan);
      return { from: from.revision, onto: base };
    },
  });
}

/** What spoke for the promotion and does not any more; what is not seen now says nothing against it. */
function whyEvidenceLost(runtime: Runtime, plan: StoredPromotionPlan): string | undefined {
  const { evidence = [], from } = plan;
  const before = findEnvironment(runtime.estate, from.environment)?.environment;
  if (before === undefined) {
    return evidence.length === 0 ? undefined : `${from.environment} is no longer in gatehouse.yaml.`;
  }
  const seen = seenWhere(runtime, before);
  return seen === undefined ? undefined : whyLost(evidence, evidenceOf(plan, seen));
}

/** Why it cannot be said now whether what spoke for the promotion still does: nobody sees it, or it rolls out. */
function whyEvidenceUnsure(runtime: Runtime, plan: StoredPromotionPlan): string | undefined {
  const { evidence = [], from } = plan;
  const before = findEnvironment(runtime.estate, from.environment)?.environment;
  if (before === undefined || evidence.every(({ state }) => state !== "passed")) {
    return undefined;
  }
  return whyNotSeenWhere(runtime, before) ?? whyUndecided(evidence, evidenceOf(plan, seenWhere(runtime, before)));
}

/** How an approved promotion is carried out. */
export const promotionRecipe: Recipe = branchRecipe({
  parse: (stored) => StoredPromotionPlan.parse(stored),
  effect: "Merge",
  whyLost: whyEvidenceLost,
  whyUnsure: whyEvidenceUnsure,
  heads: (plan) => [
    { branch: plan.branch, revision: plan.base },
    { branch: plan.from.branch, revision: plan.from.revision },
  ],
  change: (plan) => ({
    platform: plan.platform,
    branch: plan.branch,
    subject: `Promote ${plan.from.environment} to ${plan.environment}`,
    tree: plan.tree,
    parents: [plan.base, plan.from.revision],
    trailers: [],
    outcome: (revision) => `Merged as ${revision.slice(0, 8)} and rolled out`,
  }),
});
