import * as z from "zod";
import { PreviewFacts, StoredChangePlan } from "#lib/promotions/schema.ts";
import { Digest, EnvironmentId, IdempotencyKey, Reason } from "#lib/requests/schema.ts";

export const RollBackInput = z.strictObject({
  environment: EnvironmentId,
  digest: Digest,
  reason: Reason,
  idempotencyKey: IdempotencyKey,
});
export type RollBackInput = z.infer<typeof RollBackInput>;

export const StoredRollbackPlan = StoredChangePlan.extend({
  kind: z.literal("rollback"),
  reverts: z.object({ revision: z.string(), requestId: z.string() }),
});
export type StoredRollbackPlan = z.infer<typeof StoredRollbackPlan>;

export const RollbackPreviewBody = PreviewFacts.extend({ plan: StoredRollbackPlan });
export type RollbackPreviewBody = z.infer<typeof RollbackPreviewBody>;
