import "server-only";
import type { Person } from "#lib/access/model.ts";
import { refuseUnless, refuseUnseen, sayDecision } from "#lib/access/policy.ts";
import { requireStepUp } from "#lib/access/step-ups.ts";
import { GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { findBrokenBy } from "#lib/break-glass/store.ts";
import { type Environment, findEnvironment } from "#lib/estate/model.ts";
import { stepNames } from "#lib/operations/recipe.ts";
import { findRunning, holdRunning, insertOperation, isUniqueViolation } from "#lib/operations/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { GovernedAction, Policy } from "#lib/policies/model.ts";
import { actingAlone, freezeAt, mayAsk, missingFrom, standingOf, whyTicketFails } from "#lib/policies/policy.ts";
import { assertFresh } from "#lib/watch/queries.ts";
import type { RequestRow } from "./model.ts";
import { holdKey, requestOnce } from "./once.ts";
import {
  excludableAs,
  mayApprove,
  mayBeStarted,
  mayReject,
  mayStart,
  mayWithdraw,
  type Starter,
  whyNotNow,
} from "./policy.ts";
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
  findOpen,
  findRequest,
  insertApproval,
  insertRequest,
  listRequests,
  lockOpen,
  type OpenFilter,
} from "./store.ts";

export type Ask = Readonly<{
  action: GovernedAction;
  environment: Environment;
  input: AskInput;
  /** What would be done as of now. */
  plan: () => Promise<object>;
  /** What the record says of the plan beside its digest. */
  detail: (plan: object) => Readonly<Record<string, string>>;
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
    assertTicketDoes(policy, input);
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
    // Where others must agree none of them can have done so yet, and every query more is waited for by all who write the record.
    const isAgreed = missingFrom(policy, []).length === 0;
    const steppedUp = policy.stepUp && isAgreed && policy.run !== "by-hand";
    await runtime.db
      .$transaction(async (tx) => {
        await holdKey(tx, key);
        const breakGlassId = isAlone ? await stillBroken(tx, person, environment) : null;
        const now = await insertRequest(tx, {
          id: requestId,
          ...key,
          platform: environment.platformId,
          environment: environment.id,
          digest: input.digest,
          plan: JSON.parse(JSON.stringify(plan)),
          policy,
          askedAs: standingOf(person, environment.id).roles,
          steppedUp,
          reason: input.reason,
          ticket: input.ticket ?? null,
          runAt: input.runAt === undefined ? null : new Date(input.runAt),
          breakGlassId,
          inputHash,
        });
        assertMayBeAskedAt(now, policy, input);
        if (isAgreed) {
          await holdRoom(runtime, tx, { action, environment: environment.id });
        }
        await appendAudit(tx, {
          actor: person.account,
          action: `${action}.requested`,
          target: environment.id,
          outcome: "accepted",
          requestId,
          decision: sayDecision(decision),
          detail: {
            digest: input.digest,
            reason: input.reason,
            ...(input.ticket === undefined ? {} : { ticket: input.ticket }),
            ...(input.runAt === undefined ? {} : { runAt: new Date(input.runAt).toISOString() }),
            ...ask.detail(plan),
            policy: digestOf(policy),
            ...(breakGlassId === null ? {} : { breakGlass: breakGlassId }),
          },
        });
        if (isAgreed) {
          await goOnWhenAgreed(runtime, tx, person.account, { requestId, now });
        }
        if (steppedUp) {
          await requireStepUp(tx, { account: person.account, digest: input.digest });
        }
      })
      .catch(sayRace);
    return requestId;
  });
  runtime.kickOperations();
  return made;
}

async function stillBroken(tx: Tx, person: Person, environment: Environment): Promise<string> {
  const id = await findBrokenBy(tx, person.account, environment.id);
  if (id === undefined) {
    throw new GatehouseError("conflict", "The broken glass has ended a moment ago. Nothing was changed; ask anew.");
  }
  return id;
}

function assertTicketDoes(policy: Policy, input: AskInput): void {
  const badTicket = whyTicketFails(policy, input.ticket);
  if (badTicket !== undefined) {
    throw new GatehouseError("invalid", `${badTicket} Nothing was asked for.`, { fields: { ticket: badTicket } });
  }
}

function assertMayBeAskedAt(now: Date, policy: Policy, input: AskInput): void {
  assertPossible({ policy, expiresAt: null }, now);
  const badTime = whyTimeFails(policy, input.runAt, now);
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

/** Refuses what has expired or is frozen at that moment, which is the database's. */
function assertPossible(request: Pick<RequestRow, "policy" | "expiresAt">, now: Date): void {
  const because = whyNotNow(request, now);
  if (because !== undefined) {
    throw new GatehouseError("conflict", `${because} Nothing was changed.`);
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

/** Marks the request as approved when nobody is missing any more, and starts it where its policy says at once. */
async function goOnWhenAgreed(
  runtime: Runtime,
  tx: Tx,
  actor: string,
  { requestId, now }: Readonly<{ requestId: string; now: Date }>,
): Promise<void> {
  const { row } = await existing(runtime, requestId, tx);
  if (row.policy === null || row.missing.length > 0) {
    await announce(tx, requestId);
    return;
  }
  if (!(await approve(tx, requestId))) {
    throw new GatehouseError("void", "The request has expired. Nothing was approved; ask anew.");
  }
  if (row.policy.run === "at-once") {
    await start(runtime, tx, { starter: "agreement", actor, row, now });
  }
}

/**
 * Takes the operation that a start would end, before anything is put on record: whoever carries it out takes it first too, and
 * two that each hold what the other waits for would never end.
 */
async function holdRoom(
  runtime: Runtime,
  tx: Tx,
  { action, environment }: Pick<RequestRow, "action" | "environment">,
): Promise<void> {
  if (runtime.recipes[action].makeRoom !== undefined) {
    await holdRunning(tx, environment);
  }
}

type Start = Readonly<{ starter: Starter; actor: string; row: RequestRow; now: Date }>;

/** Begins the operation of an agreed request, which its caller announces and has locked at `now`. The only place that does. */
async function start(runtime: Runtime, tx: Tx, { starter, actor, row, now }: Start): Promise<void> {
  assertPossible(row, now);
  const decision = mayStart(starter, row, now);
  refuseUnless(decision);
  const recipe = runtime.recipes[row.action];
  await recipe.makeRoom?.(tx, { actor, row });
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
    decision: sayDecision(decision),
    detail: { digest: row.digest, operation: operationId },
  });
  // The record comes before the operation everywhere: two that each hold what the other waits for would never end.
  await insertOperation(tx, {
    id: operationId,
    requestId: row.id,
    environment: row.environment,
    steps: stepNames(recipe),
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

/** Refuses a digest that is not the request's, an unseen or outdated one; the last is void from then on. */
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
  assertFresh(runtime, place.environment);
  const recipe = runtime.recipes[row.action];
  const outdated = await recipe.whyNotCurrent(runtime, plan);
  if (outdated !== undefined) {
    await voidRequest(runtime, row, outdated);
    throw new GatehouseError("void", `${outdated} The request is void; nothing was changed. Ask for it anew.`);
  }
  const unsure = recipe.whyUnsure(runtime, plan);
  if (unsure !== undefined) {
    throw new GatehouseError(
      "unavailable",
      `${unsure}. Nothing was changed, and the request waits on; try again when it is known.`,
    );
  }
}

async function recordApproval(runtime: Runtime, tx: Tx, person: Person, before: RequestRow): Promise<void> {
  const open = await lockOpen(tx, before.id, "waiting");
  if (open === undefined) {
    throw new GatehouseError(
      "conflict",
      "This no longer waits: it was decided or has expired a moment ago. Nothing was approved; look at it again.",
    );
  }
  // Under the lock once more: another approval may have made this one superfluous, or the policy may have become stricter.
  const { row } = await existing(runtime, before.id, tx);
  const decision = mayApprove(person, row);
  refuseUnless(decision);
  assertPossible(row, open.now);
  const steppedUp = await provesAgain(tx, person, row);
  const word = await insertApproval(tx, {
    requestId: row.id,
    decision: "approve",
    digest: row.digest,
    comment: null,
    standing: standingOf(person, row.environment),
    steppedUp,
    excludableAs: excludableAs(person, row),
  });
  await holdRoom(runtime, tx, row);
  await appendAudit(tx, {
    actor: person.account,
    action: "request.approved",
    target: row.environment,
    outcome: "accepted",
    requestId: row.id,
    decision: sayDecision(decision),
    detail: { digest: row.digest, word },
  });
  await goOnWhenAgreed(runtime, tx, person.account, { requestId: row.id, now: open.now });
}

/** Uses up the fresh sign-in that this person has made for exactly this digest, where the policy asks for one; whether it does. */
async function provesAgain(tx: Tx, person: Person, { policy, digest }: RequestRow): Promise<boolean> {
  if (policy?.stepUp !== true) {
    return false;
  }
  await requireStepUp(tx, { account: person.account, digest });
  return true;
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
 * Starts what all have agreed to, where it does not start by itself. Throws GatehouseError: not_found,
 * not_allowed, conflict, void, unavailable.
 */
export async function runRequest(runtime: Runtime, person: Person, input: RunRequestInput): Promise<null> {
  const { row, plan } = await seen(runtime, person, input.requestId);
  refuseUnless(mayBeStarted(person, row));
  await assertStillHolds(runtime, row, plan, input.digest);
  await runtime.db
    .$transaction(async (tx) => {
      await provesAgain(tx, person, await startAgreed(runtime, tx, person, row.id));
    })
    .catch(sayRace);
  runtime.kickOperations();
  return null;
}

/** Starts an approved request unless it was taken back, started or expired a moment before, or its policy forbids it by now. */
async function startAgreed(
  runtime: Runtime,
  tx: Tx,
  starter: Exclude<Starter, "agreement">,
  requestId: string,
): Promise<RequestRow> {
  const open = await lockOpen(tx, requestId, "approved");
  if (open === undefined) {
    throw new GatehouseError(
      "conflict",
      "This was started, taken back or has expired a moment ago. Nothing was started by you; look at it again.",
    );
  }
  const { row } = await existing(runtime, requestId, tx);
  await holdRoom(runtime, tx, row);
  const actor = starter === "timer" ? GATEHOUSE_ACTOR : starter.account;
  await start(runtime, tx, { starter, actor, row, now: open.now });
  await announce(tx, row.id);
  return row;
}

/** Starts the approved requests whose time has come. One that no longer holds is void; one that must wait is tried again. */
export async function startDue(runtime: Runtime): Promise<void> {
  for (const { id, now } of await findDue(runtime.db)) {
    const { row, plan } = await existing(runtime, id);
    if (!mayStart("timer", row, now).allowed) {
      continue;
    }
    try {
      await assertStillHolds(runtime, row, plan, row.digest);
      await runtime.db.$transaction((tx) => startAgreed(runtime, tx, "timer", row.id)).catch(sayRace);
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
            steppedUp: false,
            excludableAs: excludableAs(person, row),
          })
        : null;
      await appendAudit(tx, {
        actor: person.account,
        action: "request.rejected",
        target: row.environment,
        outcome: "done",
        requestId: row.id,
        decision: sayDecision(decision),
        detail: { digest: row.digest, reason: input.reason, word },
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
      decision: sayDecision(decision),
      detail: { digest: row.digest },
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

async function voidWhere(runtime: Runtime, which: OpenFilter): Promise<void> {
  for (const id of await findOpen(runtime.db, which)) {
    const { row, plan } = await existing(runtime, id);
    const outdated = await runtime.recipes[row.action].whyNotCurrent(runtime, plan);
    if (outdated !== undefined) {
      await voidRequest(runtime, row, outdated);
    }
  }
}

/** Voids the requests that are not started and whose time is over by the database's clock. */
export async function voidExpired(runtime: Runtime): Promise<void> {
  for (const expired of await findExpired(runtime.db, policyNow(runtime))) {
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
        decision: "follows from what it was agreed for: that no longer holds, or its time is over",
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
