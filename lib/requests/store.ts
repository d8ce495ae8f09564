import "server-only";
import * as z from "zod";
import type { OperationRow } from "#lib/operations/model.ts";
import type { Db, Tx } from "#lib/platform/db.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Prisma } from "#prisma/generated/client.ts";
import type { RequestAction, RequestRow, RequestState } from "./model.ts";

/** The channel on which every replica hears that a request has changed. */
export const REQUESTS_CHANNEL = "gatehouse_requests";

const WITH_ALL = {
  approvals: { orderBy: { at: "asc" } },
  operation: { include: { steps: { orderBy: { position: "asc" } } } },
} satisfies Prisma.RequestInclude;

type StoredRequest = Prisma.RequestGetPayload<{ include: typeof WITH_ALL }>;

/** What a list needs of any plan, whatever its kind. */
const PlanSummary = z.object({
  base: z.string(),
  commits: z.array(z.object({ people: z.array(z.object({ name: z.string(), email: z.string() })) })),
  services: z.array(z.object({ service: z.string() })),
  objects: z.array(z.object({ lines: z.array(z.object({ kind: z.string() })) })),
});

export type NewRequest = Readonly<{
  id: string;
  action: RequestAction;
  platform: string;
  environment: string;
  state: Extract<RequestState, "waiting" | "approved">;
  digest: string;
  plan: Prisma.InputJsonValue;
  requestedBy: string;
  reason: string;
  idempotencyKey: string;
  inputHash: string;
  /** How long it may wait; undefined for one that waits for nobody. */
  expiresAfterMs: number | undefined;
}>;

/** Writes a request. Its expiry is counted by the database's clock. Throws on a repeated idempotency key. */
export async function insertRequest(tx: Tx, request: NewRequest): Promise<void> {
  const { expiresAfterMs, ...data } = request;
  await tx.request.create({ data: { ...data, decidedAt: null } });
  if (expiresAfterMs !== undefined) {
    await tx.$executeRaw`
      UPDATE "Request" SET "expiresAt" = "createdAt" + make_interval(secs => ${expiresAfterMs / 1000}) WHERE id = ${request.id}`;
  }
  await announce(tx, request.id);
}

/** Tells every replica, when the transaction commits, that the request has changed. */
export async function announce(tx: Tx, requestId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${REQUESTS_CHANNEL}, ${requestId})`;
}

/** Moves a waiting request on; false when it no longer waits, or has expired by the database's clock, so somebody else won. */
export async function decide(
  tx: Tx,
  requestId: string,
  to: Exclude<RequestState, "waiting">,
  stateReason: string | null,
): Promise<boolean> {
  const mayBeLate = to === "void" || to === "withdrawn" || to === "rejected";
  const changed = await tx.$executeRaw`
    UPDATE "Request"
    SET state = ${to}::"RequestState", "stateReason" = ${stateReason}, "decidedAt" = clock_timestamp()
    WHERE id = ${requestId} AND state = 'waiting' AND (${mayBeLate} OR "expiresAt" IS NULL OR "expiresAt" > clock_timestamp())`;
  await announce(tx, requestId);
  return changed === 1;
}

/** Writes one person's word on a request. Throws on a second one of the same person (a unique row). */
export async function insertApproval(
  tx: Tx,
  approval: {
    requestId: string;
    account: string;
    decision: "approve" | "reject";
    digest: string;
    comment: string | null;
  },
): Promise<void> {
  await tx.approval.create({ data: { id: newId("apr"), ...approval } });
}

/** Marks an approved request void because what was approved no longer holds. */
export async function voidApproved(tx: Tx, requestId: string, stateReason: string): Promise<void> {
  await tx.request.updateMany({ where: { id: requestId, state: "approved" }, data: { state: "void", stateReason } });
  await announce(tx, requestId);
}

/**
 * Locks a waiting request for the rest of the transaction, so that decisions about it take turns; false when it no longer
 * waits or has expired by the database's clock.
 */
export async function lockWaiting(tx: Tx, requestId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "Request" 
    WHERE id = ${requestId} AND state = 'waiting' AND ("expiresAt" IS NULL OR "expiresAt" > clock_timestamp()) FOR UPDATE`;
  return rows.length === 1;
}

/** Waiting requests whose time is over by the database's clock. */
export async function findExpired(db: Db): Promise<{ id: string; environment: string }[]> {
  return db.$queryRaw`SELECT id, environment FROM "Request" WHERE state = 'waiting' AND "expiresAt" <= clock_timestamp()`;
}

/** A request with all that hangs on it and its plan; undefined where there is none. */
export async function findRequest(
  db: Db | Tx,
  requestId: string,
  neededApprovals: (platform: string) => number,
): Promise<{ row: RequestRow; plan: unknown } | undefined> {
  const stored = await db.request.findUnique({ where: { id: requestId }, include: WITH_ALL });
  return stored === null ? undefined : { row: toRow(stored, neededApprovals(stored.platform)), plan: stored.plan };
}

/** The request that this person made under this key; undefined where there is none. */
export async function findByKey(
  db: Db | Tx,
  key: { requestedBy: string; action: RequestAction; idempotencyKey: string },
): Promise<{ id: string; inputHash: string } | undefined> {
  const found = await db.request.findUnique({
    where: { requestedBy_action_idempotencyKey: key },
    select: { id: true, inputHash: true },
  });
  return found ?? undefined;
}

export type RequestFilter = Readonly<{
  environment?: string | undefined;
  platform?: string | undefined;
  action?: RequestAction | undefined;
  states?: readonly RequestState[] | undefined;
  limit: number;
}>;

/** Requests, newest first. */
export async function listRequests(
  db: Db,
  filter: RequestFilter,
  neededApprovals: (platform: string) => number,
): Promise<RequestRow[]> {
  const stored = await db.request.findMany({
    where: {
      ...(filter.environment === undefined ? {} : { environment: filter.environment }),
      ...(filter.platform === undefined ? {} : { platform: filter.platform }),
      ...(filter.action === undefined ? {} : { action: filter.action }),
      ...(filter.states === undefined ? {} : { state: { in: [...filter.states] } }),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: filter.limit,
    include: WITH_ALL,
  });
  return stored.map((request) => toRow(request, neededApprovals(request.platform)));
}

function toRow(stored: StoredRequest, needed: number): RequestRow {
  const plan = PlanSummary.parse(stored.plan);
  const agreed = stored.approvals.filter((approval) => approval.decision === "approve").length;
  const lines = plan.objects.flatMap((object) => object.lines);
  const isPromotion = stored.action === "promotion";
  const stillNeeded = isPromotion && stored.state === "waiting" ? Math.max(0, needed - agreed) : 0;
  return {
    id: stored.id,
    action: stored.action,
    platform: stored.platform,
    environment: stored.environment,
    state: stored.state,
    stateReason: stored.stateReason,
    digest: stored.digest,
    requestedBy: stored.requestedBy,
    reason: stored.reason,
    approvals: stored.approvals.map(({ account, decision, at, comment }) => ({
      account,
      decision,
      at: at.toISOString(),
      comment,
    })),
    missing: stillNeeded === 0 ? [] : [{ group: "operator", count: stillNeeded }],
    needed: isPromotion ? needed : 0,
    authors: plan.commits.flatMap((commit) => commit.people),
    services: plan.services.map((service) => service.service),
    commits: plan.commits.length,
    linesAdded: lines.filter((line) => line.kind === "add").length,
    linesRemoved: lines.filter((line) => line.kind === "remove").length,
    createdAt: stored.createdAt.toISOString(),
    expiresAt: stored.expiresAt?.toISOString() ?? null,
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
