import "server-only";
import type { Person } from "#lib/access/model.ts";
import { refuseUnless, refuseUnseen } from "#lib/access/policy.ts";
import { requireStepUp } from "#lib/access/step-ups.ts";
import { GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { findBrokenBy } from "#lib/break-glass/store.ts";
import { type Environment, findEnvironment } from "#lib/estate/model.ts";
import { stepNames } from "#lib/operations/recipe.ts";
import { findRunning, insertOperation, isUniqueViolation } from "#lib/operations/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { GovernedAction, Policy } from "#lib/policies/model.ts";
import { freezeAt, mayAsk, missingFrom, standingOf, whyTicketFails } from "#lib/policies/policy.ts";
import { assertFresh } from "#lib/watch/queries.ts";
import type { RequestRow } from "./model.ts";
import { holdKey, requestOnce } from "./once.ts";
import { isApproval, mayApprove, mayReject, mayRun, mayWithdraw } from "./policy.ts";
import type {
  ApproveRequestInput,
  AskInput,
  RejectRequestInput,
  RunRequestInput,
  WithdrawRequestInput,
} from "./schema.ts";
import {
  announce,
  approve,
  end,
  findDue,
  findExpired,
  findRequest,
  insertApproval,
  insertRequest,
  listRequests,
  lockOpen,
  type RequestFilter,
} from "./store.ts";

export type Ask = Readonly<{
  action: GovernedAction;
  environment: Environment;
  input: AskInput;
  /** What would be done as of now. */
  plan: () => Promise<object>;
  /** What the record says of the plan beside its digest. */
  detail: (plan: object) => Readonly<Record<string, string>>;
  /** Ends what may be ended for this, in the transaction of the intent. */
  makeRoom?: (tx: Tx, requestId: string) => Promise<void>;
}>;

/**
 * Asks for an action exactly as the person has looked at it. Where the policy needs nobody else's word it starts at once, in
 * the same transaction. Throws GatehouseError: not_allowed, invalid, conflict (the plan is no longer what was looked at, or a
 * freeze holds), key_reused, in_progress, unavailable.
 */
export async function askFor(runtime: Runtime, person: Person, ask: Ask): Promise<{ requestId: string }> {
  const { action, environment, input } = ask;
  const standing = policyNow(runtime)(action, environment.id);
  const decision = mayAsk(person, action, environment.id, standing);
  refuseUnless(decision);
  if (standing === null) {
    throw new Error("nobody may ask where there is no policy");
  }
  const isAlone = (await findBrokenBy(runtime.db, person.account, environment.id)) !== undefined;
  const policy = isAlone ? actingAlone(standing) : standing;
  const { idempotencyKey, ...wanted } = input;
  const inputHash = digestOf(wanted);
  const key = { requestedBy: person.account, action, idempotencyKey };
  const made = await requestOnce(runtime.db, key, inputHash, async () => {
    assertMayBeAskedNow(runtime, policy, input);
    assertFresh(runtime, environment);
    const plan = await ask.plan();
    if (digestOf(plan) !== input.digest) {
      throw new GatehouseError(
        "conflict",
        "What would change is no longer what you looked at. Nothing was asked for; look at the new plan and ask again.",
      );
    }
    await refuseSecondRequest(runtime, action, input);
    const requestId = newId("req");
    await runtime.db
      .$transaction(async (tx) => {
        await holdKey(tx, key);
        const breakGlassId = isAlone ? await stillBroken(tx, person, environment) : null;
        await ask.makeRoom?.(tx, requestId);
        await insertRequest(tx, {
          id: requestId,
          ...key,
          platform: environment.platformId,
          environment: environment.id,
          digest: input.digest,
          plan: JSON.parse(JSON.stringify(plan)),
          policy,
          reason: input.reason,
          ticket: input.ticket ?? null,
          runAt: input.runAt === undefined ? null : new Date(input.runAt),
          breakGlassId,
          inputHash,
        });
        await appendAudit(tx, {
          actor: person.account,
          action: `${action}.requested`,
          target: environment.id,
          outcome: "accepted",
          requestId,
          detail: {
            digest: input.digest,
            reason: input.reason,
            ...(input.ticket === undefined ? {} : { ticket: input.ticket }),
            ...(input.runAt === undefined ? {} : { runAt: new Date(input.runAt).toISOString() }),
            ...ask.detail(plan),
            policy: digestOf(policy),
            ...(breakGlassId === null ? {} : { breakGlass: breakGlassId }),
            allowed: decision.because,
          },
        });
        // Where others must agree none of them can have done so yet, and every query more is waited for by all who write the record.
        const isAgreed = missingFrom(policy, []).length === 0;
        if (isAgreed && (await goOnWhenAgreed(runtime, tx, person.account, requestId))) {
          await assertSteppedUp(tx, person, policy, input.digest);
        }
      })
      .catch(sayRace);
    return requestId;
  });
  runtime.kickOperations();
  return made;
}

/** Nobody else needs to agree and nothing is waited for; who it is, why and what exactly is asked for stays as it was. */
function actingAlone(policy: Policy): Policy {
  return { ...policy, agree: [], freezes: [], run: "at-once" };
}

async function stillBroken(tx: Tx, person: Person, environment: Environment): Promise<string> {
  const id = await findBrokenBy(tx, person.account, environment.id);
  if (id === undefined) {
    throw new GatehouseError("conflict", "The broken glass has ended a moment ago. Nothing was changed; ask anew.");
  }
  return id;
}

function assertMayBeAskedNow(runtime: Runtime, policy: Policy, input: AskInput): void {
  assertNotFrozen(policy, runtime.clock());
  const badTicket = whyTicketFails(policy, input.ticket);
  if (badTicket !== undefined) {
    throw new GatehouseError("invalid", `${badTicket} Nothing was asked for.`, { fields: { ticket: badTicket } });
  }
  const badTime = whyTimeFails(policy, input.runAt, runtime.clock());
  if (badTime !== undefined) {
    throw new GatehouseError("invalid", `${badTime} Nothing was asked for.`, { fields: { runAt: badTime } });
  }
}

function whyTimeFails(policy: Policy, runAt: string | undefined, now: Date): string | undefined {
  if (policy.run !== "scheduled") {
    return runAt === undefined ? undefined : "Its policy does not let a time be set.";
  }
  const at = runAt === undefined ? Number.NaN : Date.parse(runAt);
  if (Number.isNaN(at) || at <= now.getTime() || at >= now.getTime() + policy.expiresAfterMs) {
    return `Its policy asks for a time to start, later than now and within ${Math.round(policy.expiresAfterMs / 60_000)} min.`;
  }
  const freeze = freezeAt(policy, new Date(at));
  return freeze === undefined ? undefined : `That time lies in the freeze "${freeze.name}", which ends ${freeze.to}.`;
}

function assertNotFrozen(policy: Pick<Policy, "freezes">, now: Date): void {
  const freeze = freezeAt(policy, now);
  if (freeze !== undefined) {
    throw new GatehouseError(
      "conflict",
      `Frozen until ${freeze.to}: ${freeze.name}. Nothing was changed; ask again when it has ended.`,
    );
  }
}

async function refuseSecondRequest(runtime: Runtime, action: GovernedAction, input: AskInput): Promise<void> {
  const waiting = await listRequests(
    runtime.db,
    { environment: input.environment, action, states: ["waiting"], limit: 20 },
    policyNow(runtime),
  );
  const same = waiting.find((request) => request.digest === input.digest);
  if (same !== undefined) {
    throw new GatehouseError(
      "conflict",
      `${same.requestedBy} has asked for exactly this already; it waits as ${same.id}.`,
    );
  }
}

/** Marks the request as approved when nobody is missing any more, and starts it where its policy says at once; whether it did. */
async function goOnWhenAgreed(runtime: Runtime, tx: Tx, actor: string, requestId: string): Promise<boolean> {
  const now = await findRequest(tx, requestId, policyNow(runtime));
  if (now === undefined || now.row.policy === null || now.row.missing.length > 0) {
    await announce(tx, requestId);
    return false;
  }
  if (!(await approve(tx, requestId))) {
    throw new GatehouseError("void", "The request has expired. Nothing was approved; ask anew.");
  }
  if (now.row.policy.run === "at-once" || now.row.breakGlassId !== null) {
    await start(runtime, tx, actor, now.row);
    return true;
  }
  return false;
}

/** Begins the operation of an approved request, which its caller announces. The only place that does. */
async function start(runtime: Runtime, tx: Tx, actor: string, row: RequestRow): Promise<void> {
  const running = await findRunning(tx, row.environment);
  if (running !== undefined) {
    throw new GatehouseError(
      "conflict",
      `Another operation is changing ${row.environment} (${running.requestId}). Nothing was changed; try again when it has ended.`,
    );
  }
  const operationId = newId("op");
  await appendAudit(tx, {
    actor,
    action: `${row.action}.started`,
    target: row.environment,
    outcome: "accepted",
    requestId: row.id,
    detail: { digest: row.digest, operation: operationId },
  });
  // The record comes before the operation everywhere: two that each hold what the other waits for would never end.
  await insertOperation(tx, {
    id: operationId,
    requestId: row.id,
    environment: row.environment,
    steps: stepNames(runtime.recipes[row.action]),
  });
}

/**
 * Agrees to exactly the digest that the person has looked at. The last approval that was missing starts the operation in the
 * same transaction, where the policy says at once. Throws GatehouseError: not_found, not_allowed, conflict, void (what was
 * planned no longer holds), unavailable.
 */
export async function approveRequest(runtime: Runtime, person: Person, input: ApproveRequestInput): Promise<null> {
  const { row, plan } = await seen(runtime, person, input.requestId);
  const decision = mayApprove(person, row);
  refuseUnless(decision);
  await assertStillHolds(runtime, row, plan, input.digest);
  await runtime.db.$transaction((tx) => recordApproval(runtime, tx, person, row)).catch(sayRace);
  runtime.kickOperations();
  return null;
}

/** Refuses a digest that is not the request's, a frozen, unseen or outdated one; the last is void from then on. */
async function assertStillHolds(runtime: Runtime, row: RequestRow, plan: unknown, digest: string): Promise<void> {
  if (row.digest !== digest || digestOf(plan) !== row.digest) {
    throw new GatehouseError(
      "conflict",
      "This is not the plan that the request holds. Nothing was changed; look at it again.",
    );
  }
  const place = findEnvironment(runtime.estate, row.environment);
  if (place === undefined || row.policy === null) {
    throw new GatehouseError("not_found", `${row.environment} is no longer in gatehouse.yaml.`);
  }
  assertNotFrozen(row.policy, runtime.clock());
  assertFresh(runtime, place.environment);
  const outdated = await runtime.recipes[row.action].whyNotCurrent(runtime, plan);
  if (outdated !== undefined) {
    await voidRequest(runtime, row, outdated);
    throw new GatehouseError("void", `${outdated} The request is void; nothing was changed. Ask for it anew.`);
  }
}

async function recordApproval(runtime: Runtime, tx: Tx, person: Person, before: RequestRow): Promise<void> {
  if (!(await lockOpen(tx, before.id, "waiting"))) {
    throw new GatehouseError(
      "conflict",
      "This no longer waits: it was decided or has expired a moment ago. Nothing was approved; look at it again.",
    );
  }
  // Under the lock once more: another approval may have made this one superfluous, or the policy may have become stricter.
  const { row } = await existing(runtime, before.id, tx);
  const decision = mayApprove(person, row);
  refuseUnless(decision);
  await assertSteppedUp(tx, person, row.policy, row.digest);
  const word = await insertApproval(tx, {
    requestId: row.id,
    decision: "approve",
    digest: row.digest,
    comment: null,
    standing: standingOf(person, row.environment),
  });
  await appendAudit(tx, {
    actor: person.account,
    action: "request.approved",
    target: row.environment,
    outcome: "accepted",
    requestId: row.id,
    detail: { digest: row.digest, word, allowed: decision.because },
  });
  await goOnWhenAgreed(runtime, tx, person.account, row.id);
}

/** Uses up the fresh sign-in that this person has made for exactly this digest, where the policy asks for one. */
async function assertSteppedUp(
  tx: Tx,
  person: Person,
  policy: Pick<Policy, "stepUp"> | null,
  digest: string,
): Promise<void> {
  if (policy?.stepUp === true) {
    await requireStepUp(tx, { account: person.account, digest });
  }
}

/** The unique rows that two racing approvals both want: one per person and request, one running operation per environment. */
function sayRace(failure: unknown): never {
  if (isUniqueViolation(failure)) {
    throw new GatehouseError(
      "conflict",
      "Somebody was faster by a moment. Nothing was done twice; look at the request again.",
    );
  }
  throw failure;
}

/**
 * Starts what all have agreed to, where its policy says that it is started by hand. Throws GatehouseError: not_found,
 * not_allowed, conflict, void, unavailable.
 */
export async function runRequest(runtime: Runtime, person: Person, input: RunRequestInput): Promise<null> {
  const { row, plan } = await seen(runtime, person, input.requestId);
  const decision = mayRun(person, row);
  refuseUnless(decision);
  await assertStillHolds(runtime, row, plan, input.digest);
  await runtime.db
    .$transaction(async (tx) => {
      await startAgreed(runtime, tx, person.account, row);
      await assertSteppedUp(tx, person, row.policy, row.digest);
    })
    .catch(sayRace);
  runtime.kickOperations();
  return null;
}

/** Starts an approved request unless it was taken back, started or expired a moment before, or needs more agreement by now. */
async function startAgreed(runtime: Runtime, tx: Tx, actor: string, before: RequestRow): Promise<void> {
  if (!(await lockOpen(tx, before.id, "approved"))) {
    throw new GatehouseError(
      "conflict",
      "This was started, taken back or has expired a moment ago. Nothing was started by you; look at it again.",
    );
  }
  const { row } = await existing(runtime, before.id, tx);
  if (row.policy === null || missingFrom(row.policy, row.approvals.filter(isApproval)).length > 0) {
    throw new GatehouseError(
      "not_allowed",
      "Its policy has become stricter, and more people must agree by now. Nothing was started; ask for it anew.",
    );
  }
  await start(runtime, tx, actor, row);
  await announce(tx, row.id);
}

/** Starts the approved requests whose time has come. One that no longer holds is void; one that must wait is tried again. */
export async function startDue(runtime: Runtime): Promise<void> {
  for (const due of await findDue(runtime.db)) {
    const { row, plan } = await existing(runtime, due.id);
    try {
      await assertStillHolds(runtime, row, plan, row.digest);
      await runtime.db.$transaction((tx) => startAgreed(runtime, tx, GATEHOUSE_ACTOR, row)).catch(sayRace);
      runtime.kickOperations();
    } catch (failure) {
      if (!(failure instanceof GatehouseError)) {
        throw failure;
      }
      runtime.log.info({ request: row.id, code: failure.code }, "a scheduled request is not started yet");
    }
  }
}

/** Says no, or takes back what was agreed before it starts, with a reason. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function rejectRequest(runtime: Runtime, person: Person, input: RejectRequestInput): Promise<null> {
  const { row } = await seen(runtime, person, input.requestId);
  const decision = mayReject(person, row);
  refuseUnless(decision);
  await runtime.db
    .$transaction(async (tx) => {
      await endUndone(tx, row, "rejected", `rejected by ${person.account}: ${input.reason}`);
      const isFirstWord = row.approvals.every(({ account }) => account !== person.account);
      const word = isFirstWord
        ? await insertApproval(tx, {
            requestId: row.id,
            decision: "reject",
            digest: row.digest,
            comment: input.reason,
            standing: standingOf(person, row.environment),
          })
        : null;
      await appendAudit(tx, {
        actor: person.account,
        action: "request.rejected",
        target: row.environment,
        outcome: "done",
        requestId: row.id,
        detail: { digest: row.digest, reason: input.reason, word, allowed: decision.because },
      });
    })
    .catch(sayRace);
  return null;
}

/** Takes one's own request back until it starts. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function withdrawRequest(runtime: Runtime, person: Person, input: WithdrawRequestInput): Promise<null> {
  const { row } = await seen(runtime, person, input.requestId);
  const decision = mayWithdraw(person, row);
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    await endUndone(tx, row, "withdrawn", `withdrawn by ${person.account}`);
    await appendAudit(tx, {
      actor: person.account,
      action: "request.withdrawn",
      target: row.environment,
      outcome: "done",
      requestId: row.id,
      detail: { digest: row.digest, allowed: decision.because },
    });
  });
  return null;
}

async function endUndone(tx: Tx, row: RequestRow, state: "rejected" | "withdrawn", why: string): Promise<void> {
  if (!(await end(tx, row.id, state, why))) {
    throw new GatehouseError("conflict", "Somebody decided this a moment ago. Nothing was changed; look at it again.");
  }
}

/** Voids the requests of a platform that are not started and whose plan no longer holds because a branch has moved. */
export function voidOutdated(runtime: Runtime, platformId: string): Promise<void> {
  return voidWhere(runtime, { platform: platformId });
}

/** Voids the restarts that are not started and whose workload is another by now. What is not seen fresh is left as it is. */
export function voidOutdatedRestarts(runtime: Runtime): Promise<void> {
  return voidWhere(runtime, { action: "restart" });
}

async function voidWhere(runtime: Runtime, which: Pick<RequestFilter, "platform" | "action">): Promise<void> {
  const open = await listRequests(
    runtime.db,
    { ...which, states: ["waiting", "approved"], isStarted: false, limit: 200 },
    policyNow(runtime),
  );
  for (const row of open) {
    const found = await findRequest(runtime.db, row.id, policyNow(runtime));
    const outdated = found && (await runtime.recipes[row.action].whyNotCurrent(runtime, found.plan));
    if (outdated !== undefined) {
      await voidRequest(runtime, row, outdated);
    }
  }
}

/** Voids the requests that are not started and whose time is over by the database's clock. */
export async function voidExpired(runtime: Runtime): Promise<void> {
  for (const expired of await findExpired(runtime.db)) {
    await voidRequest(runtime, expired, "It expired before everyone had agreed and it was started.");
  }
}

async function voidRequest(
  runtime: Runtime,
  row: Pick<RequestRow, "id" | "environment">,
  because: string,
): Promise<void> {
  await runtime.db.$transaction(async (tx) => {
    if (await end(tx, row.id, "void", because)) {
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

/** A request that the person may see. */
async function seen(runtime: Runtime, person: Person, requestId: string): Promise<{ row: RequestRow; plan: unknown }> {
  const found = await existing(runtime, requestId);
  refuseUnseen(person, found.row.environment, NO_SUCH_REQUEST);
  return found;
}

const NO_SUCH_REQUEST = "There is no such request.";

async function existing(
  runtime: Runtime,
  requestId: string,
  db: Runtime["db"] | Tx = runtime.db,
): Promise<{ row: RequestRow; plan: unknown }> {
  const found = await findRequest(db, requestId, policyNow(runtime));
  if (found === undefined) {
    throw new GatehouseError("not_found", NO_SUCH_REQUEST);
  }
  return found;
}
