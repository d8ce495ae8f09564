import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { askFor } from "#lib/requests/operations.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { branchRecipe } from "./git-writes.ts";
import { planPromotion, promotable } from "./queries.ts";
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

/** How an approved promotion is carried out. */
export const promotionRecipe: Recipe = branchRecipe({
  parse: (stored) => StoredPromotionPlan.parse(stored),
  effect: "Merge",
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
