import * as z from "zod";
import { GOVERNED_ACTIONS } from "#lib/policies/model.ts";
import { REQUEST_STATES } from "#lib/requests/model.ts";
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
export type RequestRecordBody = z.infer<typeof RequestRecordBody>;

/** A row of which only its place in the chain is told. */
export const AuditLinkItem = z.strictObject({
  seq: Seq,
  requestId: z.string().nullable(),
  contentHash: Hash,
  previousHash: Hash,
  hash: Hash,
});

/** A checkpoint as it is written to a place off the database. */
export const SignedCheckpointItem = z.strictObject({
  version: z.literal(1),
  seq: Seq,
  hash: Hash,
  at: z.iso.datetime({ precision: 3 }),
  keyId: Hash,
  signature: z.base64(),
});

/** RFC 3339; what a browser's field gives has no zone and is UTC here. */
const Moment = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/,
    "expected a time such as 2026-11-21T09:00:00Z",
  )
  .refine((text) => !Number.isNaN(momentOf(text).getTime()), "expected a time such as 2026-11-21T09:00:00Z");

/** The moment that a search names. */
export function momentOf(text: string): Date {
  return new Date(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
}

/** PostgreSQL has no text with a zero byte in it, so nothing on record can fit one. */
const Words = z.string().regex(/^\P{Cc}*$/u, "expected no control characters");

/** What a search of the record may ask for. Unknown parameters are left out; a wrong value is refused. */
export const AuditSearch = z.object({
  actor: Words.max(64).optional(),
  /** An environment, or anything else that something was done to; also finds what lies below it: `gravv` finds `gravv/live`. */
  environment: Words.max(130).optional(),
  /** Also finds what lies below it: `promotion` finds `promotion.requested`. */
  action: Words.max(64).optional(),
  outcome: AuditOutcome.optional(),
  request: Words.max(64).optional(),
  from: Moment.optional(),
  /** The end is not part of it. */
  to: Moment.optional(),
  /** Only rows before this number, for paging. */
  before: z.coerce.number().int().positive().optional(),
  /** The row that is unfolded on the page. */
  row: z.coerce.number().int().positive().optional(),
});
export type AuditSearch = z.infer<typeof AuditSearch>;

/** What is to be exported: one request, or a period; without a beginning from the first row on, without an end until now. */
export const ExportSearch = z
  .object({ request: Words.max(64).optional(), from: Moment.optional(), to: Moment.optional() })
  .refine(({ from, to }) => from === undefined || to === undefined || momentOf(from) < momentOf(to), {
    path: ["to"],
    message: "expected a time after from",
  });
export type ExportSearch = z.infer<typeof ExportSearch>;

const Time = z.string().nullable();

/** The first line of a pack's data. */
export const PackHeading = z.strictObject({
  kind: z.literal("pack"),
  version: z.literal(1),
  exportedAt: z.string(),
  exportedBy: z.string(),
  scope: z.union([
    z.strictObject({ request: z.string() }),
    z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  ]),
  /** Of the checkpoints; null where none are written. */
  publicKey: z.string().nullable(),
  /** Of earlier keys, whose checkpoints count too. */
  earlierKeys: z.array(z.string()).optional(),
  /** The record's last row when it was exported; null where it was empty. */
  recordEnd: z.strictObject({ seq: z.number(), hash: z.string() }).nullable(),
  /** What was found tampered with in a place of checkpoints when it was exported. */
  tampering: z.strictObject({ from: Seq, to: Seq, what: z.string() }).optional(),
  /** What somebody put in a place of checkpoints, which counts for nothing. */
  planted: z.array(z.strictObject({ where: z.string(), what: z.string() })).optional(),
});
export type PackHeading = z.infer<typeof PackHeading>;

/** A row as it was found, so that one which somebody has changed can be shown as well. */
export const PackEvent = AuditItem.extend({
  kind: z.literal("event"),
  at: z.string(),
  outcome: z.string(),
}).strict();

/** A request as it stood, with all that hangs on it. Times are ISO 8601 in UTC. */
export const PackRequest = z.strictObject({
  kind: z.literal("request"),
  id: z.string(),
  action: z.enum(GOVERNED_ACTIONS),
  platform: z.string(),
  environment: z.string(),
  state: z.enum(REQUEST_STATES),
  stateReason: z.string().nullable(),
  digest: z.string(),
  plan: z.unknown(),
  policy: z.unknown(),
  requestedBy: z.string(),
  reason: z.string(),
  ticket: z.string().nullable(),
  runAt: Time,
  createdAt: z.string(),
  expiresAt: Time,
  decidedAt: Time,
  /** The broken glass under which nobody else had to agree. */
  breakGlass: z
    .strictObject({
      id: z.string(),
      account: z.string(),
      reason: z.string(),
      told: z.array(z.string()),
      openedAt: z.string(),
      endsAt: z.string(),
      closedAt: Time,
      closedBy: z.string().nullable(),
      reviewedAt: Time,
      reviewedBy: z.string().nullable(),
      review: z.string().nullable(),
    })
    .nullable(),
  approvals: z.array(
    z.strictObject({
      account: z.string(),
      decision: z.enum(["approve", "reject"]),
      digest: z.string(),
      comment: z.string().nullable(),
      roles: z.array(z.string()),
      groups: z.array(z.string()),
      at: z.string(),
    }),
  ),
  operation: z
    .strictObject({
      id: z.string(),
      state: z.enum(["running", "succeeded", "failed"]),
      outcome: z.string().nullable(),
      startedAt: z.string(),
      endedAt: Time,
      steps: z.array(
        z.strictObject({ name: z.string(), state: z.string(), startedAt: Time, endedAt: Time, detail: z.unknown() }),
      ),
    })
    .nullable(),
});
export type PackRequest = z.infer<typeof PackRequest>;

/** A line of a pack after the first one. */
export const PackLine = z.discriminatedUnion("kind", [
  PackEvent,
  AuditLinkItem.extend({ kind: z.literal("link") }),
  SignedCheckpointItem.extend({ kind: z.literal("checkpoint") }),
  PackRequest,
]);
export type PackLine = z.infer<typeof PackLine>;
