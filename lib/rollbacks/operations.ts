import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { type Recipe, stepNames } from "#lib/operations/recipe.ts";
import { findRunning, insertOperation, supersede } from "#lib/operations/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { branchRecipe, ROLL_OUT } from "#lib/promotions/git-writes.ts";
import { requestOnce } from "#lib/requests/once.ts";
import { announce, insertRequest } from "#lib/requests/store.ts";
import { assertFresh } from "#lib/watch/queries.ts";
import { planRollback, visible } from "./queries.ts";
import { type RollBackInput, StoredRollbackPlan } from "./schema.ts";

/**
 * Takes back the last promotion, at once: no second person is needed, and all of it is on the record. A promotion that is
 * still rolling out is ended by it. Throws GatehouseError: not_allowed, not_found, conflict, unavailable.
 */
export async function rollBack(runtime: Runtime, person: Person, input: RollBackInput): Promise<{ requestId: string }> {
  const decision = may(person, "rollback.run");
  if (!decision.allowed) {
    throw new GatehouseError("not_allowed", decision.because);
  }
  const place = visible(runtime, person, input.environment);
  const inputHash = digestOf({ environment: input.environment, digest: input.digest, reason: input.reason });
  const key = { requestedBy: person.account, action: "rollback", idempotencyKey: input.idempotencyKey } as const;
  const made = await requestOnce(runtime.db, key, inputHash, async () => {
    assertFresh(runtime, place.environment);
    const plan = await planRollback(runtime, place);
    if (digestOf(plan) !== input.digest) {
      throw new GatehouseError(
        "conflict",
        "What would be rolled back has changed since you looked. Nothing was changed; look at the new plan and try again.",
      );
    }
    const requestId = newId("req");
    const operationId = newId("op");
    await runtime.db.$transaction(async (tx) => {
      await makeRoom(tx, person, input.environment, requestId);
      // The record comes before the operation here as in an approval: two that each hold what the other waits for would never end.
      await appendAudit(tx, {
        actor: person.account,
        action: "rollback.started",
        target: place.environment.id,
        outcome: "accepted",
        requestId,
        detail: {
          digest: input.digest,
          reason: input.reason,
          operation: operationId,
          reverts: plan.reverts.revision,
          allowed: decision.because,
        },
      });
      await insertRequest(tx, {
        id: requestId,
        ...key,
        platform: place.platform.id,
        environment: place.environment.id,
        state: "approved",
        digest: input.digest,
        plan: JSON.parse(JSON.stringify(plan)),
        reason: input.reason,
        inputHash,
        expiresAfterMs: undefined,
      });
      await insertOperation(tx, {
        id: operationId,
        requestId,
        environment: place.environment.id,
        steps: stepNames(rollbackRecipe),
      });
    });
    return requestId;
  });
  runtime.kickOperations();
  return made;
}

/** One operation per environment: a promotion that only follows its rollout gives way, anything else is waited for. */
async function makeRoom(tx: Tx, person: Person, environment: string, requestId: string): Promise<void> {
  const running = await findRunning(tx, environment);
  if (running === undefined) {
    return;
  }
  const outcome = `Ended while rolling out: ${person.account} rolled it back`;
  if (!(await supersede(tx, running.id, ROLL_OUT, outcome))) {
    throw new GatehouseError(
      "conflict",
      `Another operation is changing ${environment} right now (${running.requestId}). Nothing was changed; try again when it has ended.`,
    );
  }
  await appendAudit(tx, {
    actor: person.account,
    action: "promotion.failed",
    target: environment,
    outcome: "failed",
    requestId: running.requestId,
    detail: { operation: running.id, outcome, supersededBy: requestId },
  });
  await announce(tx, running.requestId);
}

/** How a rollback is carried out. */
export const rollbackRecipe: Recipe = branchRecipe({
  parse: (stored) => StoredRollbackPlan.parse(stored),
  effect: "Revert",
  heads: (plan) => [{ branch: plan.branch, revision: plan.base }],
  change: (plan) => ({
    platform: plan.platform,
    branch: plan.branch,
    subject: `Roll back ${plan.environment}: revert ${plan.reverts.revision.slice(0, 12)}`,
    tree: plan.tree,
    parents: [plan.base],
    trailers: [`Reverts: ${plan.reverts.revision}`],
    outcome: (revision) => `Reverted by ${revision.slice(0, 8)} and rolled out`,
  }),
});
