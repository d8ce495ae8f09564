import * as z from "zod";
import { AUDIT_OUTCOMES } from "./model.ts";

export const AuditOutcome = z.enum(AUDIT_OUTCOMES);
export const AuditDetail = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const Hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256, 64 lower-case hex digits");
const Seq = z.int().positive();

/** One row of the record as it is read over HTTP and stands in a pack. */
export const AuditItem = z.object({
  seq: Seq,
  at: z.iso.datetime({ precision: 3 }),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: AuditOutcome,
  requestId: z.string().nullable(),
  detail: AuditDetail,
  contentHash: Hash,
  previousHash: Hash,
  hash: Hash,
});

/** What the record says of one request. */
export const RequestRecordBody = z.object({ record: z.array(AuditItem) });

/** A row of which only its place in the chain is told. */
export const AuditLinkItem = z.object({ seq: Seq, contentHash: Hash, previousHash: Hash, hash: Hash });

/** A checkpoint as it is written to a place off the database. */
export const SignedCheckpointItem = z.strictObject({
  version: z.literal(1),
  seq: Seq,
  hash: Hash,
  at: z.iso.datetime({ precision: 3 }),
  keyId: Hash,
  signature: z.base64(),
});

const Moment = z.iso.datetime({ offset: true, error: "expected a time such as 2026-11-21T09:00:00Z (RFC 3339)" });

/** What a search of the record may ask for. Unknown parameters are left out; a wrong value is refused. */
export const AuditSearch = z.object({
  actor: z.string().max(64).optional(),
  /** An environment, or anything else that something was done to; also finds what lies below it: `gravv` finds `gravv/live`. */
  environment: z.string().max(130).optional(),
  /** Also finds what lies below it: `promotion` finds `promotion.requested`. */
  action: z.string().max(64).optional(),
  outcome: AuditOutcome.optional(),
  request: z.string().max(64).optional(),
  from: Moment.optional(),
  /** The end is not part of it. */
  to: Moment.optional(),
  /** Only rows before this number, for paging. */
  before: z.coerce.number().int().positive().optional(),
});
export type AuditSearch = z.infer<typeof AuditSearch>;
