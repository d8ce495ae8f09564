import * as z from "zod";
import { PreviewFacts } from "#lib/promotions/schema.ts";
import { AskInput } from "#lib/requests/schema.ts";

/** A name of Kubernetes' (RFC 1123, subdomain). */
const Name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "expected a name of a Kubernetes object");

export const WorkloadRefInput = z.strictObject({
  kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]),
  namespace: Name,
  name: Name,
});

/** What whoever asks for a restart sends. */
export const RestartInput = AskInput.extend({ workload: WorkloadRefInput });
export type RestartInput = z.infer<typeof RestartInput>;

/** A plan of a restart as it is stored and shown. */
export const StoredRestartPlan = z.object({
  kind: z.literal("restart"),
  platform: z.string(),
  environment: z.string(),
  cluster: z.string(),
  workload: WorkloadRefInput.extend({
    uid: z.string(),
    images: z.array(z.object({ container: z.string(), image: z.string() })),
  }),
  services: z.array(z.object({ service: z.string() })),
  pods: z.number(),
  updateStrategy: z.string(),
  actor: z.object({ user: z.string(), groups: z.array(z.string()), sessionVersion: z.int() }),
});
export type StoredRestartPlan = z.infer<typeof StoredRestartPlan>;

export const RestartPreviewBody = PreviewFacts.extend({ plan: StoredRestartPlan });
export type RestartPreviewBody = z.infer<typeof RestartPreviewBody>;
