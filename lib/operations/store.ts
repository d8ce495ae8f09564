import "server-only";
import * as z from "zod";
import { stepsDigest } from "#lib/audit/evidence.ts";
import type { Db, Tx } from "#lib/platform/db.ts";
import type { GovernedAction } from "#lib/policies/model.ts";
import { Prisma } from "#prisma/generated/client.ts";

/** Another owner has taken the operation, or it has ended: whoever gets this must stop at once and write nothing more. */
export class LeaseLostError extends Error {
  constructor(operationId: string) {
    super(`operation ${operationId} is no longer ours`);
    this.name = "LeaseLostError";
  }
}

export const LEASE_SECONDS = 4;

/** An operation in the hands of one owner. `fence` must be named in every write. */
export type ClaimedOperation = Readonly<{
  id: string;
  requestId: string;
  action: GovernedAction;
  platform: string;
  environment: string;
  plan: unknown;
  digest: string;
  requestedBy: string;
  reason: string;
  approvedBy: readonly string[];
  startedAt: Date;
  fence: number;
  steps: readonly Readonly<{ position: number; name: string; isDone: boolean; startedAt: Date | null }>[];
  result: Readonly<Record<string, string>>;
}>;

/** Begins an operation with its steps. Throws when another one runs in that environment (a partial unique index says so). */
export async function insertOperation(
  tx: Tx,
  operation: { id: string; requestId: string; environment: string; steps: readonly string[] },
): Promise<void> {
  await tx.operation.create({
    data: {
      id: operation.id,
      requestId: operation.requestId,
      environment: operation.environment,
      state: "running",
      steps: { create: operation.steps.map((name, position) => ({ position, name, state: "pending" })) },
    },
  });
}

/** What goes on record of how an operation's steps went, as they are at this point of the transaction. */
export async function stepsOnRecord(tx: Tx, operationId: string): Promise<string> {
  const steps = await tx.operationStep.findMany({ where: { operationId }, orderBy: { position: "asc" } });
  return stepsDigest(
    steps.map(({ name, state, startedAt, endedAt, detail }) => ({
      name,
      state,
      startedAt: startedAt?.toISOString() ?? null,
      endedAt: endedAt?.toISOString() ?? null,
      detail,
    })),
  );
}

/** The operation that runs in the environment; undefined where none does. */
export async function findRunning(
  db: Db | Tx,
  environment: string,
): Promise<{ id: string; requestId: string; action: GovernedAction } | undefined> {
  const found = await db.operation.findFirst({
    where: { environment, state: "running" },
    select: { id: true, requestId: true, request: { select: { action: true } } },
  });
  return found === null ? undefined : { id: found.id, requestId: found.requestId, action: found.request.action };
}

/** Holds the operation that runs in the environment, where one does, for the rest of the transaction. */
export async function holdRunning(tx: Tx, environment: string): Promise<void> {
  await tx.$queryRaw`SELECT id FROM "Operation" WHERE environment = ${environment} AND state = 'running' FOR UPDATE`;
}

export type RunningOperation = Readonly<{
  id: string;
  environment: string;
  action: GovernedAction;
  leaseOwner: string | null;
}>;

/** The running operation of a request; undefined where none runs. */
export async function findRunningOf(db: Db | Tx, requestId: string): Promise<RunningOperation | undefined> {
  const found = await db.operation.findFirst({
    where: { requestId, state: "running" },
    select: { id: true, environment: true, leaseOwner: true, request: { select: { action: true } } },
  });
  return found === null ? undefined : { ...found, action: found.request.action };
}

/** Takes a running operation from whoever holds it, whose next write then loses. False when it has ended. */
export async function forceRelease(tx: Tx, operationId: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Operation" SET fence = fence + 1, "leaseOwner" = NULL, "leaseUntil" = NULL
    WHERE id = ${operationId} AND state = 'running'`;
  return changed === 1;
}

/** Takes one running operation that nobody holds; undefined where there is none. Database time decides. */
export async function claimNext(db: Db, owner: string): Promise<ClaimedOperation | undefined> {
  const [claimed] = await db.$queryRaw<{ id: string; fence: number }[]>`
    UPDATE "Operation"
    SET "leaseOwner" = ${owner}, "leaseUntil" = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}), fence = fence + 1
    WHERE id = (
      SELECT id FROM "Operation"
      WHERE state = 'running' AND ("leaseUntil" IS NULL OR "leaseUntil" < clock_timestamp())
      ORDER BY "startedAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, fence`;
  return claimed === undefined ? undefined : loadClaimed(db, claimed.id, claimed.fence);
}

const Result = z.record(z.string(), z.string()).nullable();

async function loadClaimed(db: Db, operationId: string, fence: number): Promise<ClaimedOperation> {
  const stored = await db.operation.findUniqueOrThrow({
    where: { id: operationId },
    include: { steps: { orderBy: { position: "asc" } }, request: { include: { approvals: true } } },
  });
  const { request } = stored;
  return {
    id: stored.id,
    requestId: request.id,
    action: request.action,
    platform: request.platform,
    environment: request.environment,
    plan: request.plan,
    digest: request.digest,
    requestedBy: request.requestedBy,
    reason: request.reason,
    approvedBy: request.approvals.filter((one) => one.decision === "approve").map((one) => one.account),
    startedAt: stored.startedAt,
    fence,
    steps: stored.steps.map(({ position, name, state, startedAt }) => ({
      position,
      name,
      isDone: state === "done",
      startedAt,
    })),
    result: Result.parse(stored.result) ?? {},
  };
}

/** Holds on to the lease. Throws LeaseLostError when it is no longer ours. */
export async function renewLease(db: Db, operation: ClaimedOperation): Promise<void> {
  const changed = await db.$executeRaw`
    UPDATE "Operation" SET "leaseUntil" = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    WHERE id = ${operation.id} AND fence = ${operation.fence} AND state = 'running'`;
  if (changed !== 1) {
    throw new LeaseLostError(operation.id);
  }
}

/** Gives the operation back, so that the next owner need not wait for the lease to run out. */
export async function releaseLease(db: Db, operation: ClaimedOperation): Promise<void> {
  await db.operation.updateMany({
    where: { id: operation.id, fence: operation.fence, state: "running" },
    data: { leaseOwner: null, leaseUntil: null },
  });
}

/** Locks the operation for the rest of the transaction. Throws LeaseLostError when it is no longer ours. */
export async function holdFence(tx: Tx, operation: ClaimedOperation): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "Operation" WHERE id = ${operation.id} AND fence = ${operation.fence} AND state = 'running' FOR UPDATE`;
  if (rows.length !== 1) {
    throw new LeaseLostError(operation.id);
  }
}

/** Writes that a step has begun. A step that began before a crash keeps its first start. */
export async function markStepRunning(tx: Tx, operationId: string, position: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE "OperationStep" SET state = 'running', "startedAt" = COALESCE("startedAt", clock_timestamp())
    WHERE "operationId" = ${operationId} AND position = ${position}`;
}

/** Writes what a running step waits for. */
export async function noteStep(tx: Tx, operationId: string, position: number, note: string): Promise<void> {
  await tx.operationStep.update({
    where: { operationId_position: { operationId, position } },
    data: { detail: { note } },
  });
}

/** Writes how a step ended, and what it found out that later steps and people need. */
export async function markStepEnded(
  tx: Tx,
  operationId: string,
  position: number,
  end: { state: "done" | "failed"; note: string; result: Readonly<Record<string, string>> },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "OperationStep"
    SET state = ${end.state}::"StepState", "startedAt" = COALESCE("startedAt", clock_timestamp()),
        "endedAt" = clock_timestamp(), detail = ${JSON.stringify({ note: end.note })}::jsonb
    WHERE "operationId" = ${operationId} AND position = ${position}`;
  if (Object.keys(end.result).length > 0) {
    await tx.$executeRaw`
      UPDATE "Operation" SET result = COALESCE(result, '{}'::jsonb) || ${JSON.stringify(end.result)}::jsonb WHERE id = ${operationId}`;
  }
}

/** Ends the operation, once. */
export async function settle(
  tx: Tx,
  operationId: string,
  end: { state: "succeeded" | "failed"; outcome: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Operation"
    SET state = ${end.state}::"OperationState", outcome = ${end.outcome}, "endedAt" = clock_timestamp(),
        "leaseOwner" = NULL, "leaseUntil" = NULL
    WHERE id = ${operationId}`;
}

/**
 * Ends somebody else's running operation while it is in the named step; its owner's next write then loses. False when it is
 * in another step or has ended.
 */
export async function supersede(tx: Tx, operationId: string, stepName: string, outcome: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Operation" o
    SET state = 'failed', outcome = ${outcome}, "endedAt" = clock_timestamp(), fence = fence + 1,
        "leaseOwner" = NULL, "leaseUntil" = NULL
    WHERE o.id = ${operationId} AND o.state = 'running' AND EXISTS (
      SELECT 1 FROM "OperationStep" s
      WHERE s."operationId" = o.id AND s.name = ${stepName} AND s.state = 'running')`;
  if (changed !== 1) {
    return false;
  }
  await tx.$executeRaw`
    UPDATE "OperationStep"
    SET state = 'failed', "endedAt" = clock_timestamp(), detail = ${JSON.stringify({ note: outcome })}::jsonb
    WHERE "operationId" = ${operationId} AND state = 'running'`;
  return true;
}

export type PastOperation = Readonly<{
  id: string;
  requestId: string;
  action: GovernedAction;
  state: "running" | "succeeded" | "failed";
  /** The commit it made; undefined where it made none. */
  revision: string | undefined;
  endedAt: Date | null;
}>;

/** Operations in an environment, newest first. */
export async function listOperations(db: Db | Tx, environment: string, limit: number): Promise<PastOperation[]> {
  const stored = await db.operation.findMany({
    where: { environment },
    orderBy: { startedAt: "desc" },
    take: limit,
    include: { request: { select: { action: true } } },
  });
  return stored.map((one) => ({
    id: one.id,
    requestId: one.requestId,
    action: one.request.action,
    state: one.state,
    revision: Result.parse(one.result)?.revision,
    endedAt: one.endedAt,
  }));
}

/** Whether an error is the database refusing a value that must be unique (PostgreSQL 23505). */
export function isUniqueViolation(failure: unknown): boolean {
  return failure instanceof Prisma.PrismaClientKnownRequestError && failure.code === "P2002";
}
