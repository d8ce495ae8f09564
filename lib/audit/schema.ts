import * as z from "zod";

export const AuditOutcome = z.enum(["accepted", "refused", "done", "failed", "void"]);
export const AuditDetail = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

/** One row of the record as it is read over HTTP. */
export const AuditItem = z.object({
  seq: z.number(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: AuditOutcome,
  requestId: z.string().nullable(),
  detail: AuditDetail,
  hash: z.string(),
  previousHash: z.string(),
});

/** What the record says of one request. */
export const RequestRecordBody = z.object({ record: z.array(AuditItem) });
