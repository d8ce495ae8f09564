import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may, refuseUnless, refuseUnseen, sayDecision } from "#lib/access/policy.ts";
import { appendAudit } from "#lib/audit/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { announce } from "#lib/requests/store.ts";
import { FOLLOWING_STEP } from "./model.ts";
import type { TakeOverInput } from "./schema.ts";
import { findRunningOf, forceRelease, type RunningOperation, stepsOnRecord, supersede } from "./store.ts";

/**
 * A person takes over an operation that seems stuck. "look-again" takes it from whoever holds it, whose late writes lose from
 * then on, and lets any process go on from what is really there. "stop-waiting" ends it as failed while it only follows a
 * rollout; before that its effect is not known for certain, and nothing may say that it is. Throws GatehouseError: not_found,
 * not_allowed, conflict.
 */
export async function takeOver(runtime: Runtime, person: Person, input: TakeOverInput): Promise<null> {
  const words = "No operation of this request is running.";
  const running = await findRunningOf(runtime.db, input.requestId);
  if (running === undefined) {
    throw new GatehouseError("not_found", words);
  }
  refuseUnseen(person, running.environment, words);
  const decision = may(person, "operation.take-over", running.environment);
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    const isOurs = await (input.to === "look-again"
      ? forceRelease(tx, running.id)
      : supersede(tx, running.id, FOLLOWING_STEP, outcomeWords(person, input)));
    if (!isOurs) {
      throw new GatehouseError("conflict", whyNot(input));
    }
    await record(tx, person, running, input, sayDecision(decision));
    await announce(tx, input.requestId);
  });
  runtime.kickOperations();
  return null;
}

function outcomeWords(person: Person, { reason }: TakeOverInput): string {
  return `No longer waited for: ${person.account} stopped it (${reason}). What was changed stays changed`;
}

function whyNot({ to }: TakeOverInput): string {
  return to === "look-again"
    ? "It has ended a moment ago. Nothing was changed."
    : "It does not merely wait for its rollout, so what it has done is not known for certain and it cannot be ended. Have it looked at again instead.";
}

async function record(
  tx: Tx,
  person: Person,
  running: RunningOperation,
  { to, reason, requestId }: TakeOverInput,
  decision: string,
): Promise<void> {
  const isEnd = to === "stop-waiting";
  await appendAudit(tx, {
    actor: person.account,
    action: isEnd ? `${running.action}.failed` : "operation.taken-over",
    target: running.environment,
    outcome: isEnd ? "failed" : "accepted",
    requestId,
    decision,
    detail: {
      operation: running.id,
      reason,
      takenFrom: running.leaseOwner,
      ...(isEnd ? { steps: await stepsOnRecord(tx, running.id) } : {}),
    },
  });
}
