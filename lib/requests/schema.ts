import * as z from "zod";

export const RequestId = z.string().regex(/^req_[0-9a-f]{20}$/, "expected a request's id");
export const OperationId = z.string().regex(/^op_[0-9a-f]{20}$/, "expected an operation's id");
export const EnvironmentId = z
  .string()
  .regex(/^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/, "expected <platform>/<environment>");
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 in hex");
/** Made by the dialog when it opens, so that a double click or a retry is the same request. */
export const IdempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "expected 16 to 64 letters, digits, _ or -");
export const Reason = z
  .string()
  .trim()
  .min(8, "Say why, in at least 8 characters; it stays on the record.")
  .max(2000, "At most 2,000 characters.")
  // PostgreSQL's jsonb refuses NUL, and no other control character says anything to whoever reads the record.
  .regex(/^[^\p{Cc}]*(?:[\n\r\t][^\p{Cc}]*)*$/u, "Only printable characters, tabs and line breaks.");

/** A ticket of whatever system the platform keeps them in; the policy says what it must look like. */
export const Ticket = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._#/-]{0,63}$/, "expected a ticket such as OPS-1234");

/** What everyone who asks for an action sends. */
export const AskInput = z.strictObject({
  environment: EnvironmentId,
  digest: Digest,
  reason: Reason,
  idempotencyKey: IdempotencyKey,
  ticket: Ticket.optional(),
  /** When it is to start, where the policy lets a time be set. */
  runAt: z.iso.datetime({ offset: true, error: "expected a time such as 2026-11-21T22:00:00Z" }).optional(),
});
export type AskInput = z.infer<typeof AskInput>;

export const ApproveRequestInput = z.strictObject({ requestId: RequestId, digest: Digest });
export const RejectRequestInput = z.strictObject({ requestId: RequestId, reason: Reason });
export const WithdrawRequestInput = z.strictObject({ requestId: RequestId });
export const RunRequestInput = z.strictObject({ requestId: RequestId, digest: Digest });

export type ApproveRequestInput = z.infer<typeof ApproveRequestInput>;
export type RejectRequestInput = z.infer<typeof RejectRequestInput>;
export type RunRequestInput = z.infer<typeof RunRequestInput>;
export type WithdrawRequestInput = z.infer<typeof WithdrawRequestInput>;
