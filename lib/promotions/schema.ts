import * as z from "zod";
import { PolicyBody } from "#lib/policies/schema.ts";
import { Digest } from "#lib/requests/schema.ts";
import { EVIDENCE_STATES } from "./evidence.ts";

const GitPerson = z.object({ name: z.string(), email: z.string() });
const Demand = z.object({ pods: z.number(), cpuCores: z.number(), memoryBytes: z.number() });

/** A plan of a change as it is stored and shown. */
export const StoredChangePlan = z.object({
  platform: z.string(),
  environment: z.string(),
  branch: z.string(),
  base: z.string(),
  tree: z.string(),
  commits: z.array(
    z.object({
      revision: z.string(),
      subject: z.string(),
      at: z.string(),
      people: z.array(GitPerson),
      /** Plans of before it was asked for have none. */
      triggeredBy: z.array(GitPerson).default([]),
      services: z.array(z.string()),
    }),
  ),
  services: z.array(
    z.object({
      service: z.string(),
      images: z.array(z.object({ container: z.string(), from: z.string().optional(), to: z.string().optional() })),
      commits: z.number(),
      migrations: z.array(z.string()),
      objects: z.number(),
    }),
  ),
  objects: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      name: z.string(),
      service: z.string().optional(),
      change: z.enum(["added", "changed", "removed"]),
      lines: z.array(z.object({ kind: z.enum(["add", "remove", "same"]), text: z.string() })),
    }),
  ),
  workloads: z.array(z.object({ kind: z.string(), name: z.string(), isTouched: z.boolean() })),
  surge: Demand,
});
export type StoredChangePlan = z.infer<typeof StoredChangePlan>;

const StoredEvidence = z.object({
  item: z.string(),
  state: z.enum(EVIDENCE_STATES),
  source: z.string(),
  subject: z.string(),
});
/** Undefined in plans of before it was kept. */
export const StoredEvidenceList = z.array(StoredEvidence).optional();

export const StoredPromotionPlan = StoredChangePlan.extend({
  kind: z.literal("promotion"),
  from: z.object({ environment: z.string(), branch: z.string(), revision: z.string() }),
  evidence: StoredEvidenceList,
});
export type StoredPromotionPlan = z.infer<typeof StoredPromotionPlan>;

const Decision = z.object({ allowed: z.boolean(), because: z.string() });
const Headroom = z.object({
  resource: z.string(),
  quota: z.string(),
  hard: z.number(),
  requested: z.number().optional(),
  needed: z.number(),
  fits: z.boolean().optional(),
});

/** What every preview answers with beside its plan. */
export const PreviewFacts = z.object({
  digest: Digest,
  /** What must hold for it; null where there is no policy, so that nobody may. */
  policy: PolicyBody.nullable(),
  may: Decision,
});
export type PreviewFacts = z.infer<typeof PreviewFacts>;

/** What stands beside the plan of a change that Git delivers. */
export const ChangePreviewFacts = PreviewFacts.extend({ headroom: z.array(Headroom) });

export const PromotionPreviewBody = ChangePreviewFacts.extend({ plan: StoredPromotionPlan });
export type PromotionPreviewBody = z.infer<typeof PromotionPreviewBody>;
