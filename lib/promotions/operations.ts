import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { appendAudit } from "#lib/audit/store.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { neededApprovals, type Runtime } from "#lib/platform/runtime.ts";
import { requestOnce } from "#lib/requests/once.ts";
import { insertRequest, listRequests } from "#lib/requests/store.ts";
import { assertFresh } from "#lib/watch/queries.ts";
import { branchRecipe } from "./git-writes.ts";
import { planPromotion, promotable } from "./queries.ts";
import { type RequestPromotionInput, StoredPromotionPlan } from "./schema.ts";

/**
 * Asks for the promotion that the person has looked at. Nothing changes but the record until others agree.
 * Throws GatehouseError: not_allowed, not_found, conflict (the plan is no longer what was looked at), unavailable.
 */
export async function requestPromotion(
  runtime: Runtime,
  person: Person,
  input: RequestPromotionInput,
): Promise<{ requestId: string }> {
  const decision = may(person, "promotion.request");
  if (!decision.allowed) {
    throw new GatehouseError("not_allowed", decision.because);
  }
  const place = promotable(runtime, person, input.environment);
  const inputHash = digestOf({ environment: input.environment, digest: input.digest, reason: input.reason });
  const key = { requestedBy: person.account, action: "promotion", idempotencyKey: input.idempotencyKey } as const;
  return requestOnce(runtime.db, key, inputHash, async () => {
    assertFresh(runtime, place.environment);
    const plan = await planPromotion(runtime, place);
    if (digestOf(plan) !== input.digest) {
      throw new GatehouseError(
        "conflict",
        "What would be promoted has changed since you looked. Nothing was asked for; look at the new plan and ask again.",
      );
    }
    await refuseSecondRequest(runtime, input);
    const requestId = newId("req");
    await runtime.db.$transaction(async (tx) => {
      await insertRequest(tx, {
        id: requestId,
        ...key,
        platform: place.platform.id,
        environment: place.environment.id,
        state: "waiting",
        digest: input.digest,
        plan: JSON.parse(JSON.stringify(plan)),
        reason: input.reason,
        inputHash,
        expiresAfterMs: place.platform.expiresAfterMs,
      });
      await appendAudit(tx, {
        actor: person.account,
        action: "promotion.requested",
        target: place.environment.id,
        outcome: "accepted",
        requestId,
        detail: {
          digest: input.digest,
          reason: input.reason,
          from: plan.from.revision,
          onto: plan.base,
          allowed: decision.because,
        },
      });
    });
    return requestId;
  });
}

async function refuseSecondRequest(runtime: Runtime, input: RequestPromotionInput): Promise<void> {
  const waiting = await listRequests(
    runtime.db,
    { environment: input.environment, action: "promotion", states: ["waiting"], limit: 20 },
    neededApprovals(runtime),
  );
  const same = waiting.find((request) => request.digest === input.digest);
  if (same !== undefined) {
    throw new GatehouseError(
      "conflict",
      `${same.requestedBy} has asked for exactly this already; it waits as ${same.id}.`,
    );
  }
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
