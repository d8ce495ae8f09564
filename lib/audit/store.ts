import "server-only";
import type { Reach } from "#lib/access/model.ts";
import { coveredBy } from "#lib/access/policy.ts";
import type { Db, Tx } from "#lib/platform/db.ts";
import { canonicalJson } from "#lib/platform/digest.ts";
import type { AuditEvent, Prisma } from "#prisma/generated/client.ts";
import { type AuditLink, type AuditOutcome, type AuditRow, type FoundRow, GLASS_ACTIONS } from "./model.ts";
import { AuditDetail, type PackRequest, AuditOutcome as StoredOutcome } from "./schema.ts";

export type NewAuditEvent = Readonly<{
  actor: string;
  action: string;
  target: string;
  outcome: AuditOutcome;
  requestId?: string | undefined;
  /** "allowed because …" or "denied because …"; of what nobody decides, what it follows from. Rows of before have none. */
  decision: string;
  detail?: Readonly<Record<string, string | number | null>> | undefined;
}>;

/** Any number will do as long as nobody else takes this advisory lock: "gate" in ASCII. */
const CHAIN_LOCK = 0x67617465;
/** "chkp" in ASCII. */
const CHECKPOINT_LOCK = 0x63686b70;
/** "walk" in ASCII. */
const WALK_LOCK = 0x77616c6b;

/** Stands in the canonical JSON where the time will: no value of a row can look like it, since quotes are escaped there. */
const TIME_PLACE = '"at":""';

/**
 * Puts an event on the record as part of the caller's transaction. Writers take turns until they commit, so the sequence has no
 * gap and each row's hash covers the row before it. The database gives number, time and hashes in one call, because each call
 * more would be waited for by every other writer; `linked` in chain.ts says the same.
 */
export async function appendAudit(tx: Tx, event: NewAuditEvent): Promise<void> {
  const { actor, action, target, outcome, requestId = null, decision } = event;
  const said = { ...event.detail, decision };
  const detail = canonicalJson(said);
  const [head, tail] = aroundTime(canonicalJson({ at: "", actor, action, target, outcome, detail: said }));
  await tx.$executeRaw`
    SELECT append_to_record(${head}, ${tail}, ${actor}, ${action}, ${target}, ${outcome}, ${requestId}, ${detail}::jsonb)`;
}

function aroundTime(content: string): [head: string, tail: string] {
  const start = content.indexOf(TIME_PLACE) + TIME_PLACE.length - 1;
  return [content.slice(0, start), content.slice(start)];
}

/** Puts an event on the record unless the same actor, from the same source, has done the same with the same outcome within these minutes. */
export async function appendAuditOncePer(db: Db, minutes: number, event: NewAuditEvent): Promise<void> {
  const isThere = async (on: Db | Tx) => {
    const rows = await on.$queryRaw<unknown[]>`
      SELECT 1 FROM "AuditEvent"
      WHERE actor = ${event.actor} AND action = ${event.action} AND target = ${event.target} AND outcome = ${event.outcome}
        AND detail->>'source' IS NOT DISTINCT FROM ${event.detail?.source ?? null} AND at > clock_timestamp() - make_interval(mins => ${minutes}) LIMIT 1`;
    return rows.length > 0;
  };
  if (await isThere(db)) {
    return;
  }
  await db.$transaction(async (tx) => {
    await takeTurn(tx);
    if (!(await isThere(tx))) {
      await appendAudit(tx, event);
    }
  });
}

/** Where on record something belongs that is about what an id names: a request, a broken glass, or that name itself. */
export async function placeOf(
  tx: Tx,
  name: string,
): Promise<Readonly<{ target: string; requestId?: string; breakGlass?: string }>> {
  const wanted = { where: { id: name }, select: { environment: true } };
  const request = await tx.request.findUnique(wanted);
  if (request !== null) {
    return { target: request.environment, requestId: name };
  }
  const glass = await tx.breakGlass.findUnique(wanted);
  return glass === null ? { target: name } : { target: glass.environment, breakGlass: name };
}

async function takeTurn(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`;
}

/** Waits until nobody else writes checkpoints, and keeps others from it until the transaction ends. */
export async function takeCheckpointTurn(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHECKPOINT_LOCK})`;
}

/** Whether nobody else walks through the record, and nobody will until the transaction ends. */
export async function takeWalkTurn(tx: Tx): Promise<boolean> {
  const [turn] = await tx.$queryRaw<{ isOurs: boolean }[]>`SELECT pg_try_advisory_xact_lock(${WALK_LOCK}) AS "isOurs"`;
  return turn?.isOurs === true;
}

export type AuditFilter = Readonly<{
  /** Only rows whose target is one of these environments. Undefined where the house reads for itself. */
  reach?: Reach | undefined;
  actor?: string | undefined;
  /** Also finds what lies below it: `gravv` finds `gravv/live`. */
  target?: string | undefined;
  /** Also finds what lies below it: `promotion` finds `promotion.requested`. */
  action?: string | undefined;
  outcome?: AuditOutcome | undefined;
  requestId?: string | undefined;
  from?: Date | undefined;
  /** The end is not part of it. */
  to?: Date | undefined;
  /** Only rows before this sequence number, for paging. */
  before?: number | undefined;
  limit: number;
}>;

/** Rows of the record, newest first. */
export async function listAudit(db: Db, filter: AuditFilter): Promise<AuditRow[]> {
  const rows = await db.auditEvent.findMany({ where: whereOf(filter), orderBy: { seq: "desc" }, take: filter.limit });
  return rows.map(toRow);
}

function whereOf(filter: AuditFilter): Prisma.AuditEventWhereInput {
  return {
    ...(filter.actor === undefined ? {} : { actor: filter.actor }),
    AND: [
      filter.reach === undefined || filter.reach === "everywhere"
        ? {}
        : { OR: filter.reach.map((pattern) => ({ target: coveredBy(pattern) })) },
      filter.target === undefined
        ? {}
        : { OR: [{ target: filter.target }, { target: { startsWith: `${filter.target}/` } }] },
      filter.action === undefined
        ? {}
        : { OR: [{ action: filter.action }, { action: { startsWith: `${filter.action}.` } }] },
    ],
    ...(filter.outcome === undefined ? {} : { outcome: filter.outcome }),
    ...(filter.requestId === undefined ? {} : { requestId: filter.requestId }),
    at: {
      ...(filter.from === undefined ? {} : { gte: filter.from }),
      ...(filter.to === undefined ? {} : { lt: filter.to }),
    },
    ...(filter.before === undefined ? {} : { seq: { lt: BigInt(filter.before) } }),
  };
}

/** The last row's place; undefined where the record is empty. */
export async function lastLink(db: Db | Tx): Promise<AuditLink | undefined> {
  const row = await db.auditEvent.findFirst({ orderBy: { seq: "desc" } });
  return row === null ? undefined : toFound(row);
}

/** The rows from one number to another, both among them, oldest first, so many at a time. */
export async function* rowsBetween(
  db: Db | Tx,
  from: number,
  to: number,
  atATime = ROWS_AT_A_TIME,
): AsyncGenerator<FoundRow[]> {
  for (let next = from; next <= to; ) {
    const rows = await db.auditEvent.findMany({
      where: { seq: { gte: BigInt(next), lte: BigInt(to) } },
      orderBy: { seq: "asc" },
      take: atATime,
    });
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield rows.map(toFound);
    next = Number(last.seq) + 1;
  }
}

const ROWS_AT_A_TIME = 2000;

/** What of the record an examiner asks for: all about one request, or a period whose end is not part of it. */
export type PackScope =
  | Readonly<{ kind: "request"; requestId: string }>
  | Readonly<{ kind: "period"; from: Date; to: Date }>;

/** The first and the last row of a scope; undefined where it has none. */
export async function boundsOf(tx: Tx, scope: PackScope): Promise<{ first: number; last: number } | undefined> {
  const { _min, _max } = await tx.auditEvent.aggregate({
    where: scope.kind === "request" ? { requestId: scope.requestId } : { at: { gte: scope.from, lt: scope.to } },
    _min: { seq: true },
    _max: { seq: true },
  });
  return _min.seq === null || _max.seq === null ? undefined : { first: Number(_min.seq), last: Number(_max.seq) };
}

/** The numbers of the rows that tell what became of the broken glass under which a request was made. */
export async function glassRowsOf(tx: Tx, requestId: string): Promise<number[]> {
  const request = await tx.request.findUnique({ where: { id: requestId }, select: { breakGlassId: true } });
  if (request === null || request.breakGlassId === null) {
    return [];
  }
  const rows = await tx.auditEvent.findMany({
    where: { action: { in: [...GLASS_ACTIONS] }, detail: { path: ["breakGlass"], equals: request.breakGlassId } },
    select: { seq: true },
  });
  return rows.map(({ seq }) => Number(seq));
}

/** The number of the last row from before a moment; 0 where there is none. */
export async function lastBefore(tx: Tx, moment: Date): Promise<number> {
  const { _max } = await tx.auditEvent.aggregate({ where: { at: { lt: moment } }, _max: { seq: true } });
  return Number(_max.seq ?? 0n);
}

/** The number of the last row there is below a number; 0 where there is none. */
export async function lastBelow(tx: Tx, seq: number): Promise<number> {
  const { _max } = await tx.auditEvent.aggregate({ where: { seq: { lt: BigInt(seq) } }, _max: { seq: true } });
  return Number(_max.seq ?? 0n);
}

/** The number of the first row there is above a number; undefined where there is none. */
export async function firstAbove(tx: Tx, seq: number): Promise<number | undefined> {
  const { _min } = await tx.auditEvent.aggregate({ where: { seq: { gt: BigInt(seq) } }, _min: { seq: true } });
  return _min.seq === null ? undefined : Number(_min.seq);
}

/** For each of these requests the number of its last row among those up to `last`. */
export async function lastRowsOf(tx: Tx, requestIds: readonly string[], last: number): Promise<Map<string, number>> {
  const groups = await tx.auditEvent.groupBy({
    by: ["requestId"],
    where: { requestId: { in: [...requestIds] }, seq: { lte: BigInt(last) } },
    _max: { seq: true },
  });
  return new Map(groups.map(({ requestId, _max }) => [requestId ?? "", Number(_max.seq)]));
}

/** Requests as they stand, with all that hangs on them, as a pack holds them. */
export async function requestsForPack(tx: Tx, ids: readonly string[]): Promise<Map<string, PackRequest>> {
  const found = await tx.request.findMany({
    where: { id: { in: [...ids] } },
    include: {
      breakGlass: true,
      approvals: { orderBy: { at: "asc" } },
      operation: { include: { steps: { orderBy: { position: "asc" } } } },
    },
  });
  return new Map(found.map((stored) => [stored.id, toPackRequest(stored)]));
}

type StoredRequest = Prisma.RequestGetPayload<{
  include: { breakGlass: true; approvals: true; operation: { include: { steps: true } } };
}>;

function toPackRequest(stored: StoredRequest): PackRequest {
  const {
    inputHash: _hash,
    idempotencyKey: _key,
    breakGlassId: _id,
    askedAs: _as,
    steppedUp: _again,
    breakGlass,
    approvals,
    operation,
    ...request
  } = stored;
  return {
    kind: "request",
    ...request,
    runAt: iso(request.runAt),
    createdAt: request.createdAt.toISOString(),
    expiresAt: iso(request.expiresAt),
    decidedAt: iso(request.decidedAt),
    breakGlass: breakGlass && toPackBreakGlass(breakGlass),
    approvals: approvals.map(({ account, decision, digest, comment, roles, groups, at }) => ({
      account,
      decision,
      digest,
      comment,
      roles,
      groups,
      at: at.toISOString(),
    })),
    operation: operation && {
      id: operation.id,
      state: operation.state,
      outcome: operation.outcome,
      startedAt: operation.startedAt.toISOString(),
      endedAt: iso(operation.endedAt),
      steps: operation.steps.map(({ name, state, startedAt, endedAt, detail }) => ({
        name,
        state,
        startedAt: iso(startedAt),
        endedAt: iso(endedAt),
        detail,
      })),
    },
  };
}

function toPackBreakGlass({
  environment: _environment,
  ...glass
}: NonNullable<StoredRequest["breakGlass"]>): PackRequest["breakGlass"] {
  return {
    ...glass,
    openedAt: glass.openedAt.toISOString(),
    endsAt: glass.endsAt.toISOString(),
    closedAt: iso(glass.closedAt),
    reviewedAt: iso(glass.reviewedAt),
  };
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

function toRow(row: AuditEvent): AuditRow {
  return { ...toFound(row), outcome: StoredOutcome.parse(row.outcome), detail: AuditDetail.parse(row.detail) };
}

function toFound(row: AuditEvent): FoundRow {
  return { ...row, seq: Number(row.seq), at: row.at.toISOString() };
}
