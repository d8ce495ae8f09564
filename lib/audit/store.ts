import "server-only";
import type { Db, Tx } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import type { AuditEvent } from "#prisma/generated/client.ts";
import type { AuditRow, AuditOutcome as Outcome } from "./model.ts";
import { AuditDetail, AuditOutcome } from "./schema.ts";

export type NewAuditEvent = Readonly<{
  actor: string;
  action: string;
  target: string;
  outcome: Outcome;
  requestId?: string | undefined;
  detail?: Readonly<Record<string, string | number | null>> | undefined;
}>;

/** Any number will do as long as nobody else takes this advisory lock: "gate" in ASCII. */
const CHAIN_LOCK = 0x67617465;
const FIRST_HASH = "0".repeat(64);

/**
 * Puts an event on the record as part of the caller's transaction. Writers take turns, so the sequence has no gap and each
 * row's hash covers the row before it.
 */
export async function appendAudit(tx: Tx, event: NewAuditEvent): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`;
  const [time] = await tx.$queryRaw<{ now: Date }[]>`SELECT date_trunc('milliseconds', clock_timestamp()) AS now`;
  if (time === undefined) {
    throw new Error("the database did not tell the time");
  }
  const last = await tx.auditEvent.findFirst({ orderBy: { seq: "desc" }, select: { seq: true, hash: true } });
  const row = {
    seq: (last?.seq ?? 0n) + 1n,
    at: time.now,
    actor: event.actor,
    action: event.action,
    target: event.target,
    outcome: event.outcome,
    requestId: event.requestId ?? null,
    detail: { ...event.detail },
    previousHash: last?.hash ?? FIRST_HASH,
  };
  await tx.auditEvent.create({ data: { ...row, hash: hashOf(row) } });
}

type Hashed = Pick<
  AuditEvent,
  "seq" | "at" | "actor" | "action" | "target" | "outcome" | "requestId" | "previousHash"
> & {
  detail: unknown;
};

/** SHA-256 over the canonical JSON of everything in the row but its own hash. */
export function hashOf(row: Hashed): string {
  return digestOf({
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    requestId: row.requestId,
    detail: row.detail,
    previousHash: row.previousHash,
  });
}

export type AuditFilter = Readonly<{
  actor?: string | undefined;
  /** Also finds what lies below it: `gravv` finds `gravv/live`. */
  target?: string | undefined;
  requestId?: string | undefined;
  /** Only rows before this sequence number, for paging. */
  before?: number | undefined;
  limit: number;
}>;

/** Rows of the record, newest first. */
export async function listAudit(db: Db, filter: AuditFilter): Promise<AuditRow[]> {
  const rows = await db.auditEvent.findMany({
    where: {
      ...(filter.actor === undefined ? {} : { actor: filter.actor }),
      ...(filter.target === undefined
        ? {}
        : { OR: [{ target: filter.target }, { target: { startsWith: `${filter.target}/` } }] }),
      ...(filter.requestId === undefined ? {} : { requestId: filter.requestId }),
      ...(filter.before === undefined ? {} : { seq: { lt: BigInt(filter.before) } }),
    },
    orderBy: { seq: "desc" },
    take: filter.limit,
  });
  return rows.map(toRow);
}

function toRow(row: AuditEvent): AuditRow {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    target: row.target,
    outcome: AuditOutcome.parse(row.outcome),
    requestId: row.requestId,
    detail: AuditDetail.parse(row.detail),
    hash: row.hash,
    previousHash: row.previousHash,
  };
}
