import * as z from "zod";
import type { LabelSelector } from "#lib/clusters/model.ts";

/** What a translation needs beside the object. */
export type Reading = Readonly<{
  /** The first of these annotations that a workload carries is its Git revision. */
  revisionAnnotations: readonly string[];
  /** The digest by which two settings are compared without keeping either. */
  digest: (value: string) => string;
}>;

export const Texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((texts) => texts ?? {});

export const Metadata = z.object({
  uid: z.string(),
  name: z.string(),
  namespace: z.string().default(""),
  generation: z.number().default(0),
  labels: Texts,
  annotations: Texts,
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().optional(),
  ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().optional() })).default([]),
});

export const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
  lastTransitionTime: z.string().nullish(),
});

export const IntOrText = z.union([z.number(), z.string()]);

export const Selector = z
  .object({
    matchLabels: Texts,
    matchExpressions: z
      .array(
        z.object({
          key: z.string(),
          operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
          values: z.array(z.string()).default([]),
        }),
      )
      .default([]),
  })
  .transform((selector): LabelSelector => selector);

/** Which object it is: what every kept object begins with. */
export function identityOf(metadata: z.infer<typeof Metadata>): { uid: string; namespace: string; name: string } {
  return { uid: metadata.uid, namespace: metadata.namespace, name: metadata.name };
}

export function controllerOf(metadata: z.infer<typeof Metadata>): string | undefined {
  return metadata.ownerReferences.find((owner) => owner.controller === true)?.uid;
}

/** An RFC 3339 time in ms since the epoch; undefined where there is none. */
export function millisecondsOf(time: string | null | undefined): number | undefined {
  const parsed = Date.parse(time ?? "");
  return Number.isNaN(parsed) ? undefined : parsed;
}

export function secondsToMs(seconds: number | null | undefined): number | undefined {
  return seconds === null || seconds === undefined ? undefined : seconds * 1000;
}
