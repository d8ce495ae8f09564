import * as z from "zod";
import { ChangePreviewFacts, StoredChangePlan, StoredEvidenceList } from "#lib/promotions/schema.ts";

export const StoredRollbackPlan = StoredChangePlan.extend({
  kind: z.literal("rollback"),
  reverts: z.object({ revision: z.string(), requestId: z.string() }),
  evidence: StoredEvidenceList,
});
export type StoredRollbackPlan = z.infer<typeof StoredRollbackPlan>;

export const RollbackPreviewBody = ChangePreviewFacts.extend({ plan: StoredRollbackPlan });
export type RollbackPreviewBody = z.infer<typeof RollbackPreviewBody>;
