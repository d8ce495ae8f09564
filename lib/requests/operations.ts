import "server-only";
import type { Decision, Person } from "#lib/access/model.ts";
import { GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import { stepNames } from "#lib/operations/recipe.ts";
import { findRunning, insertOperation, isUniqueViolation } from "#lib/operations/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { neededApprovals, type Runtime } from "#lib/platform/runtime.ts";
import { assertFresh } from "#lib/watch/queries.ts";
import type { RequestRow } from "./model.ts";
import { mayApprove, mayReject, mayWithdraw } from "./policy.ts";
import type { ApproveRequestInput, RejectRequestInput, WithdrawRequestInput } from "./schema.ts";
import { announce, decide, findExpired, findRequest, insertApproval, listRequests, lockWaiting } from "./store.ts";

/**
 * Agrees to exactly the digest that the person has looked at. The last approval that was missing starts the operation in the
 * same transaction. Throws GatehouseError: not_found, not_allowed, conflict, void (the branches moved), unavailable.
 */
export async function approveRequest(runtime: Runtime, person: Person, input: ApproveRequestInput): Promise<null> {
  const { row, plan } = await existing(runtime, input.requestId);
  const decision = mayApprove(person, row);
  refuseUnless(decision);
  if (row.digest !== input.digest || digestOf(plan) !== row.digest) {
    throw new GatehouseError(
      "conflict",
      "This is not the plan that the request holds. Nothing was approved; look at it again.",
    );
  }
  const place = findEnvironment(runtime.estate, row.environment);
  if (place === undefined) {
    throw new GatehouseError("not_found", `${row.environment} is no longer in gatehouse.yaml.`);
  }
  assertFresh(runtime, place.environment);
  const outdated = await runtime.recipes[row.action].whyNotCurrent(runtime, plan);
  if (outdated !== undefined) {
    await voidRequest(runtime, row, outdated);
    throw new GatehouseError(
      "void",
      `${outdated} The request is void; nothing was approved. Ask for the promotion anew.`,
    );
  }
  await runtime.db.$transaction((tx) => recordApproval(runtime, tx, person, row, decision)).catch(sayRace);
  runtime.kickOperations();
  return null;
}

async function recordApproval(
  runtime: Runtime,
  tx: Tx,
  person: Person,
  row: RequestRow,
  decision: Decision,
): Promise<void> {
  if (!(await lockWaiting(tx, row.id))) {
    throw new GatehouseError(
      "conflict",
      "This no longer waits: it was decided or has expired a moment ago. Nothing was approved; look at it again.",
    );
  }
  await insertApproval(tx, {
    requestId: row.id,
    account: person.account,
    decision: "approve",
    digest: row.digest,
    comment: null,
  });
  await appendAudit(tx, {
    actor: person.account,
    action: "request.approved",
    target: row.environment,
    outcome: "accepted",
    requestId: row.id,
    detail: { digest: row.digest, allowed: decision.because },
  });
  const now = await findRequest(tx, row.id, neededApprovals(runtime));
  if (now !== undefined && now.row.missing.length > 0) {
    await announce(tx, row.id);
    return;
  }
  if (!(await decide(tx, row.id, "approved", null))) {
    throw new GatehouseError("void", "The request has expired. Nothing was approved; ask anew.");
  }
  const running = await findRunning(tx, row.environment);
  if (running !== undefined) {
    throw new GatehouseError(
      "conflict",
      `Another operation is changing ${row.environment} (${running.requestId}). Nothing was approved; approve when it has ended.`,
    );
  }
  const operationId = newId("op");
  await insertOperation(tx, {
    id: operationId,
    requestId: row.id,
    environment: row.environment,
    steps: stepNames(runtime.recipes[row.action]),
  });
  await appendAudit(tx, {
    actor: person.account,
    action: `${row.action}.started`,
    target: row.environment,
    outcome: "accepted",
    requestId: row.id,
    detail: { digest: row.digest, operation: operationId },
  });
}

/** The unique rows that two racing approvals both want: one per person and request, one running operation per environment. */
function sayRace(failure: unknown): never {
  if (isUniqueViolation(failure)) {
    throw new GatehouseError(
      "conflict",
      "Somebody was faster by a moment. Nothing was approved twice; look at the request again.",
    );
  }
  throw failure;
}

/** Says no, with a reason. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function rejectRequest(runtime: Runtime, person: Person, input: RejectRequestInput): Promise<null> {
  const { row } = await existing(runtime, input.requestId);
  refuseUnless(mayReject(person, row));
  await runtime.db
    .$transaction(async (tx) => {
      await insertApproval(tx, {
        requestId: row.id,
        account: person.account,
        decision: "reject",
        digest: row.digest,
        comment: input.reason,
      });
      await endWaiting(tx, row, "rejected", `rejected by ${person.account}: ${input.reason}`);
      await appendAudit(tx, {
        actor: person.account,
        action: "request.rejected",
        target: row.environment,
        outcome: "done",
        requestId: row.id,
        detail: { digest: row.digest, reason: input.reason },
      });
    })
    .catch(sayRace);
  return null;
}

/** Takes one's own request back while it waits. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function withdrawRequest(runtime: Runtime, person: Person, input: WithdrawRequestInput): Promise<null> {
  const { row } = await existing(runtime, input.requestId);
  refuseUnless(mayWithdraw(person, row));
  await runtime.db.$transaction(async (tx) => {
    await endWaiting(tx, row, "withdrawn", `withdrawn by ${person.account}`);
    await appendAudit(tx, {
      actor: person.account,
      action: "request.withdrawn",
      target: row.environment,
      outcome: "done",
      requestId: row.id,
      detail: { digest: row.digest },
    });
  });
  return null;
}

async function endWaiting(tx: Tx, row: RequestRow, state: "rejected" | "withdrawn", why: string): Promise<void> {
  if (!(await decide(tx, row.id, state, why))) {
    throw new GatehouseError("conflict", "Somebody decided this a moment ago. Nothing was changed; look at it again.");
  }
}

/** Voids the waiting requests of a platform whose plan no longer holds because a branch has moved. */
export async function voidOutdated(runtime: Runtime, platformId: string): Promise<void> {
  const waiting = await listRequests(
    runtime.db,
    { platform: platformId, states: ["waiting"], limit: 200 },
    neededApprovals(runtime),
  );
  for (const row of waiting) {
    const found = await findRequest(runtime.db, row.id, neededApprovals(runtime));
    const outdated = found && (await runtime.recipes[row.action].whyNotCurrent(runtime, found.plan));
    if (outdated !== undefined) {
      await voidRequest(runtime, row, outdated);
    }
  }
}

/** Voids the waiting requests whose time is over by the database's clock. */
export async function voidExpired(runtime: Runtime): Promise<void> {
  for (const expired of await findExpired(runtime.db)) {
    await voidRequest(runtime, expired, "It expired before everyone who must agree had agreed.");
  }
}

async function voidRequest(
  runtime: Runtime,
  row: Pick<RequestRow, "id" | "environment">,
  because: string,
): Promise<void> {
  await runtime.db.$transaction(async (tx) => {
    if (await decide(tx, row.id, "void", because)) {
      await appendAudit(tx, {
        actor: GATEHOUSE_ACTOR,
        action: "request.voided",
        target: row.environment,
        outcome: "void",
        requestId: row.id,
        detail: { because },
      });
    }
  });
}

async function existing(runtime: Runtime, requestId: string): Promise<{ row: RequestRow; plan: unknown }> {
  const found = await findRequest(runtime.db, requestId, neededApprovals(runtime));
  if (found === undefined) {
    throw new GatehouseError("not_found", "There is no such request.");
  }
  return found;
}

function refuseUnless(decision: Decision): void {
  if (!decision.allowed) {
    throw new GatehouseError("not_allowed", decision.because);
  }
}
