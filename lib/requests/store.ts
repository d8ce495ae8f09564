import "server-only";
import * as z from "zod";
import type { Reach } from "#lib/access/model.ts";
import { coveredBy } from "#lib/access/policy.ts";
import { approvalDigest } from "#lib/audit/evidence.ts";
import type { OperationRow } from "#lib/operations/model.ts";
import type { Db, Tx } from "#lib/platform/db.ts";
import { canonicalJson } from "#lib/platform/digest.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Excludable, GovernedAction, Policy } from "#lib/policies/model.ts";
import { actingAlone, missingFrom, type Standing, stricter } from "#lib/policies/policy.ts";
import { PolicyBody } from "#lib/policies/schema.ts";
import type { Prisma } from "#prisma/generated/client.ts";
import { isReadyToRun, type RequestRow, type RequestState } from "./model.ts";
import { countingApprovals } from "./policy.ts";

/** The channel on which every replica hears that a request has changed. */
export const REQUESTS_CHANNEL = "gatehouse_requests";

const WITH_ALL = {
  approvals: { orderBy: { at: "asc" } },
  operation: { include: { steps: { orderBy: { position: "asc" } } } },
} satisfies Prisma.RequestInclude;

type StoredRequest = Prisma.RequestGetPayload<{ include: typeof WITH_ALL }>;

const CommitPerson = z.object({ name: z.string(), email: z.string() });

/** What a list needs of any plan, whatever its kind. */
const PlanSummary = z.object({
  services: z.array(z.object({ service: z.string() })),
  /** Only what comes from Git has commits and changed objects. */
  commits: z
    .array(z.object({ people: z.array(CommitPerson), triggeredBy: z.array(CommitPerson).default([]) }))
    .default([]),
  objects: z.array(z.object({ lines: z.array(z.object({ kind: z.string() })) })).default([]),
});

export type NewRequest = Readonly<{
  id: string;
  action: GovernedAction;
  platform: string;
  environment: string;
  digest: string;
  plan: Prisma.InputJsonValue;
  policy: Policy;
  requestedBy: string;
  askedAs: readonly string[];
  steppedUp: boolean;
  reason: string;
  ticket: string | null;
  runAt: Date | null;
  breakGlassId: string | null;
  idempotencyKey: string;
  inputHash: string;
}>;

/** Writes a waiting request; the database's time, by which its expiry is counted. Throws on a repeated idempotency key. */
export async function insertRequest(tx: Tx, request: NewRequest): Promise<Date> {
  const { id, action, platform, environment, digest, requestedBy, reason, ticket, runAt, breakGlassId } = request;
  const plan = JSON.stringify(request.plan);
  const policy = JSON.stringify(PolicyBody.parse(request.policy));
  const [made] = await tx.$queryRaw<{ now: Date }[]>`
    WITH made AS (
      INSERT INTO "Request" (id, action, platform, environment, state, digest, plan, policy, "requestedBy", "askedAs", "steppedUp",
        reason, ticket, "runAt", "breakGlassId", "idempotencyKey", "inputHash", "expiresAt")
      VALUES (${id}, ${action}::"RequestAction", ${platform}, ${environment}, 'waiting', ${digest}, ${plan}::jsonb,
        ${policy}::jsonb, ${requestedBy}, ${[...request.askedAs]}::text[], ${request.steppedUp}, ${reason}, ${ticket}, ${runAt},
        ${breakGlassId}, ${request.idempotencyKey}, ${request.inputHash}, clock_timestamp() + make_interval(secs => ${request.policy.expiresAfterMs / 1000}))
      RETURNING id)
    SELECT clock_timestamp() AS now, pg_notify(${REQUESTS_CHANNEL}, id)::text FROM made`;
  if (made === undefined) {
    throw new Error(`request ${id} was not written`);
  }
  return made.now;
}

/** Tells every replica, when the transaction commits, that the request has changed. */
export async function announce(tx: Tx, requestId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${REQUESTS_CHANNEL}, ${requestId})`;
}

/**
 * Marks a waiting request as approved, in the transaction that made it or holds it locked; false when it has expired by the
 * database's clock.
 */
export async function approve(tx: Tx, requestId: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Request" SET state = 'approved', "decidedAt" = clock_timestamp()
    WHERE id = ${requestId} AND state = 'waiting' AND "expiresAt" > clock_timestamp()`;
  await announce(tx, requestId);
  return changed === 1;
}

/**
 * Ends a request that waits, or that is approved and not started; false when somebody else won: it has moved on or has been
 * started.
 */
export async function end(
  tx: Tx,
  requestId: string,
  as: Exclude<RequestState, "waiting" | "approved">,
  stateReason: string,
): Promise<boolean> {
  await lockRequest(tx, requestId);
  const changed = await tx.$executeRaw`
    UPDATE "Request" r
    SET state = ${as}::"RequestState", "stateReason" = ${stateReason}, "decidedAt" = clock_timestamp()
    WHERE r.id = ${requestId} AND r.state IN ('waiting', 'approved')
      AND NOT EXISTS (SELECT 1 FROM "Operation" o WHERE o."requestId" = r.id)`;
  await announce(tx, requestId);
  return changed === 1;
}

/**
 * Takes the request's row before anything is asked of it. A statement that waits for a row sees that row anew, but the rows of
 * other tables as they were when it began (PostgreSQL's manual, 13.2.1): it would not see an operation started meanwhile.
 */
async function lockRequest(tx: Tx, requestId: string): Promise<void> {
  await tx.$queryRaw`SELECT id FROM "Request" WHERE id = ${requestId} FOR UPDATE`;
}

/** Writes one person's word on a request and answers what goes on record of it. Throws on a second one of the same person (a unique row). */
export async function insertApproval(
  tx: Tx,
  approval: {
    requestId: string;
    decision: "approve" | "reject";
    digest: string;
    comment: string | null;
    standing: Standing;
    steppedUp: boolean;
    excludableAs: readonly Excludable[];
  },
): Promise<string> {
  const { standing, requestId, steppedUp, excludableAs, ...said } = approval;
  const word = { ...said, account: standing.account, roles: [...standing.roles], groups: [...standing.groups] };
  await tx.approval.create({
    data: { id: newId("apr"), requestId, ...word, steppedUp, excludableAs: [...excludableAs] },
  });
  return approvalDigest(word);
}

/** Marks an approved request void because what was approved no longer holds. */
export async function voidApproved(tx: Tx, requestId: string, stateReason: string): Promise<void> {
  await tx.request.updateMany({ where: { id: requestId, state: "approved" }, data: { state: "void", stateReason } });
  await announce(tx, requestId);
}

/**
 * Locks a request for the rest of the transaction, so that decisions about it take turns, and tells the database's time;
 * undefined when it is not in that state any more, has been started, or has expired by that time.
 */
export async function lockOpen(
  tx: Tx,
  requestId: string,
  state: "waiting" | "approved",
): Promise<Readonly<{ now: Date }> | undefined> {
  await lockRequest(tx, requestId);
  const [open] = await tx.$queryRaw<{ now: Date }[]>`
    SELECT clock_timestamp() AS now FROM "Request" r
    WHERE r.id = ${requestId} AND r.state = ${state}::"RequestState" AND "expiresAt" > clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM "Operation" o WHERE o."requestId" = r.id)`;
  return open;
}

/** Requests that wait, or are approved and not started, and whose time is over by the database's clock. */
export async function findExpired(
  db: Db,
  policyNow: PolicyNow,
): Promise<readonly Pick<RequestRow, "id" | "environment">[]> {
  const open = await db.$queryRaw<(Lifetime & Pick<RequestRow, "id" | "environment"> & { now: Date })[]>`
    SELECT r.id, r.action, r.environment, r.policy, r."breakGlassId", r."createdAt", r."expiresAt", clock_timestamp() AS now
    FROM "Request" r
    WHERE r.state IN ('waiting', 'approved') AND NOT EXISTS (SELECT 1 FROM "Operation" o WHERE o."requestId" = r.id)`;
  return open.filter((request) => {
    const expiresAt = expiryOf(request, effectivePolicy(request, policyNow));
    return expiresAt !== null && expiresAt <= request.now;
  });
}

/** Approved requests that were to start by now, by the database's clock, and what it shows. */
export async function findDue(db: Db): Promise<readonly Readonly<{ id: string; now: Date }>[]> {
  return db.$queryRaw`
    SELECT r.id, clock_timestamp() AS now FROM "Request" r
    WHERE r.state = 'approved' AND "runAt" <= clock_timestamp() AND "expiresAt" > clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM "Operation" o WHERE o."requestId" = r.id)`;
}

/** The policy of an action in an environment as gatehouse.yaml has it now; null where there is none. */
export type PolicyNow = (action: GovernedAction, environmentId: string) => Policy | null;

/** A request with all that hangs on it and its plan; undefined where there is none. */
export async function findRequest(
  db: Db | Tx,
  requestId: string,
  policyNow: PolicyNow,
): Promise<{ row: RequestRow; plan: unknown } | undefined> {
  const stored = await db.request.findUnique({ where: { id: requestId }, include: WITH_ALL });
  return stored === null ? undefined : { row: toRow(stored, policyNow), plan: stored.plan };
}

/** Under what a request is made once. */
export type RequestKey = Readonly<{ requestedBy: string; action: GovernedAction; idempotencyKey: string }>;

/** Takes a key until the transaction ends, so that others need not wait to hear that it is taken; false where somebody has it. */
export async function takeKey(tx: Tx, key: RequestKey): Promise<boolean> {
  const name = canonicalJson(key);
  const [row] = await tx.$queryRaw<{ isOurs: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) AS "isOurs"`;
  return row?.isOurs === true;
}

/** The request that this person made under this key; undefined where there is none. */
export async function findByKey(db: Db | Tx, key: RequestKey): Promise<{ id: string; inputHash: string } | undefined> {
  const found = await db.request.findUnique({
    where: { requestedBy_action_idempotencyKey: key },
    select: { id: true, inputHash: true },
  });
  return found ?? undefined;
}

export type RequestFilter = Readonly<{
  environment?: string | undefined;
  platform?: string | undefined;
  action?: GovernedAction | undefined;
  states?: readonly RequestState[] | undefined;
  /** Only those of these environments. Undefined where the house reads for itself. */
  reach?: Reach | undefined;
  limit: number;
}>;

export type OpenFilter = Readonly<{ platform: string } | { action: GovernedAction }>;

/** The ids of all requests that wait, or are approved and not started. How many there are their lives bound. */
export async function findOpen(db: Db, which: OpenFilter): Promise<string[]> {
  const open = await db.request.findMany({
    where: { ...which, state: { in: ["waiting", "approved"] }, operation: { is: null } },
    select: { id: true },
  });
  return open.map(({ id }) => id);
}

/** Requests, newest first. */
export async function listRequests(db: Db, filter: RequestFilter, policyNow: PolicyNow): Promise<RequestRow[]> {
  const stored = await db.request.findMany({
    where: {
      ...(filter.environment === undefined ? {} : { environment: filter.environment }),
      ...(filter.platform === undefined ? {} : { platform: filter.platform }),
      ...(filter.action === undefined ? {} : { action: filter.action }),
      ...(filter.states === undefined ? {} : { state: { in: [...filter.states] } }),
      ...(filter.reach === undefined || filter.reach === "everywhere"
        ? {}
        : { OR: filter.reach.map((pattern) => ({ environment: coveredBy(pattern) })) }),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: filter.limit,
    include: WITH_ALL,
  });
  return stored.map((request) => toRow(request, policyNow));
}

type Lifetime = Pick<StoredRequest, "action" | "environment" | "policy" | "breakGlassId" | "createdAt" | "expiresAt">;

/**
 * The stricter of what held when it was asked for and what holds now; freezes come and go, so today's count. Under broken glass
 * nobody else's word is waited for.
 */
function effectivePolicy(stored: Lifetime, policyNow: PolicyNow): Policy | null {
  const now = policyNow(stored.action, stored.environment);
  if (now === null) {
    return null;
  }
  const both = { ...stricter(PolicyBody.parse(stored.policy), now), freezes: now.freezes };
  return stored.breakGlassId === null ? both : actingAlone(both);
}

/** A shorter life that its policy has come to give counts from when it was asked for. */
function expiryOf({ createdAt, expiresAt }: Lifetime, policy: Policy | null): Date | null {
  if (expiresAt === null || policy === null) {
    return expiresAt;
  }
  return new Date(Math.min(expiresAt.getTime(), createdAt.getTime() + policy.expiresAfterMs));
}

function toRow(stored: StoredRequest, policyNow: PolicyNow): RequestRow {
  const plan = PlanSummary.parse(stored.plan);
  const lines = plan.objects.flatMap((object) => object.lines);
  const policy = effectivePolicy(stored, policyNow);
  const isUndecided = stored.state === "waiting" || isReadyToRun(stored);
  return {
    id: stored.id,
    action: stored.action,
    platform: stored.platform,
    environment: stored.environment,
    state: stored.state,
    stateReason: stored.stateReason,
    digest: stored.digest,
    requestedBy: stored.requestedBy,
    askedAs: stored.askedAs,
    steppedUp: stored.steppedUp,
    reason: stored.reason,
    approvals: stored.approvals.map(({ account, decision, at, comment, roles, groups, steppedUp, excludableAs }) => ({
      account,
      decision,
      at: at.toISOString(),
      comment,
      roles,
      groups,
      steppedUp,
      excludableAs,
    })),
    policy,
    missing: policy === null || !isUndecided ? [] : missingFrom(policy, countingApprovals(policy, stored.approvals)),
    ticket: stored.ticket,
    runAt: stored.runAt?.toISOString() ?? null,
    breakGlassId: stored.breakGlassId,
    authors: plan.commits.flatMap((commit) => commit.people),
    triggerers: plan.commits.flatMap((commit) => commit.triggeredBy),
    services: plan.services.map((service) => service.service),
    commits: plan.commits.length,
    linesAdded: lines.filter((line) => line.kind === "add").length,
    linesRemoved: lines.filter((line) => line.kind === "remove").length,
    createdAt: stored.createdAt.toISOString(),
    expiresAt: expiryOf(stored, policy)?.toISOString() ?? null,
    decidedAt: stored.decidedAt?.toISOString() ?? null,
    operation: stored.operation === null ? null : toOperationRow(stored.operation),
  };
}

const OperationResult = z.object({ revision: z.string().optional() }).nullable();
const StepDetail = z.object({ note: z.string().optional() }).nullable();

function toOperationRow(stored: NonNullable<StoredRequest["operation"]>): OperationRow {
  return {
    id: stored.id,
    state: stored.state,
    outcome: stored.outcome,
    startedAt: stored.startedAt.toISOString(),
    endedAt: stored.endedAt?.toISOString() ?? null,
    revision: OperationResult.parse(stored.result)?.revision ?? null,
    steps: stored.steps.map((step) => ({
      name: step.name,
      state: step.state,
      startedAt: step.startedAt?.toISOString() ?? null,
      endedAt: step.endedAt?.toISOString() ?? null,
      note: StepDetail.parse(step.detail)?.note ?? null,
    })),
  };
}
