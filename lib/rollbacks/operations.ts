import "server-only";
import type { Person } from "#lib/access/model.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { FOLLOWING_STEP } from "#lib/operations/model.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import { findRunning, stepsOnRecord, supersede } from "#lib/operations/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { branchRecipe } from "#lib/promotions/git-writes.ts";
import { deliverable } from "#lib/promotions/queries.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import { askFor } from "#lib/requests/operations.ts";
import type { AskInput } from "#lib/requests/schema.ts";
import { announce } from "#lib/requests/store.ts";
import { planRollback } from "./queries.ts";
import { StoredRollbackPlan } from "./schema.ts";

/**
 * Asks for taking back the last promotion; where the policy needs nobody else it starts at once. What is still
 * rolling out there is ended when it starts. Throws GatehouseError as askFor does, and not_found.
 */
export async function rollBack(runtime: Runtime, person: Person, input: AskInput): Promise<{ requestId: string }> {
  const place = deliverable(runtime, person, input.environment);
  return askFor(runtime, person, {
    action: "rollback",
    environment: place.environment,
    input,
    plan: () => planRollback(runtime, place),
    detail: (plan) => ({ reverts: StoredRollbackPlan.parse(plan).reverts.revision }),
  });
}

/** One operation per environment: one that only follows its rollout gives way, any other is waited for. */
async function makeRoom(tx: Tx, { actor, row }: Readonly<{ actor: string; row: RequestRow }>): Promise<void> {
  const { id: requestId, environment, requestedBy } = row;
  const running = await findRunning(tx, environment);
  if (running === undefined) {
    return;
  }
  const outcome = `Ended while rolling out: ${requestedBy} rolled it back`;
  if (!(await supersede(tx, running.id, FOLLOWING_STEP, outcome))) {
    throw new GatehouseError(
      "conflict",
      `Another operation is changing ${environment} right now (${running.requestId}). Nothing was changed; try again when it has ended.`,
    );
  }
  await appendAudit(tx, {
    actor,
    action: `${running.action}.failed`,
    target: environment,
    outcome: "failed",
    requestId: running.requestId,
    decision: `follows from ${requestId}, which takes it back`,
    detail: { operation: running.id, outcome, supersededBy: requestId, steps: await stepsOnRecord(tx, running.id) },
  });
  await announce(tx, running.requestId);
}

/** How a rollback is carried out. */
export const rollbackRecipe: Recipe = {
  ...branchRecipe({
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
  }),
  makeRoom,
};
