import * as z from "zod";
import type { LabelSelector } from "#lib/clusters/model.ts";

/** What a translation needs beside the object. */
export type Reading = Readonly<{
  /** The first of these annotations that a workload carries is its Git revision. */
  revisionAnnotations: readonly string[];
  /** The digest by which two settings are compared without keeping either. */
  digest: (value: string) => string;
}>;

/** What `kubectl` and pipelines leave as the cause of a revision. */
const CHANGE_CAUSE = "kubernetes.io/change-cause";

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
  ownerReferences: z
    .array(z.object({ uid: z.string(), kind: z.string().default(""), controller: z.boolean().optional() }))
    .default([]),
});

/** The same of an object of which it is told when it was last written. Whatever else stands there is not worth an object. */
export const DatedMetadata = Metadata.extend({
  managedFields: z
    .array(z.object({ time: z.string().nullish(), subresource: z.string().nullish() }))
    .catch([])
    .default([]),
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

/**
 * When an object was made and last written, as `managedFields` tells, which has the last time of each who wrote any of it. The
 * status, which controllers write, does not count.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function datesOf({ creationTimestamp, managedFields }: z.infer<typeof DatedMetadata>): {
  createdAt: number | undefined;
  changedAt: number | undefined;
} {
  const written = managedFields
    .filter(({ subresource }) => subresource !== "status")
    .flatMap(({ time }) => millisecondsOf(time) ?? []);
  return {
    createdAt: millisecondsOf(creationTimestamp),
    changedAt: written.length === 0 ? undefined : Math.max(...written),
  };
}

/** The uid of what made it and answers for it; with `kinds`, only of one of these. */
export function controllerOf(metadata: z.infer<typeof Metadata>, kinds?: readonly string[]): string | undefined {
  const owner = metadata.ownerReferences.find(({ controller }) => controller === true);
  return owner === undefined || kinds?.includes(owner.kind) === false ? undefined : owner.uid;
}

/** What people and pipelines leave on an object: the Git revision that it was made of, and the cause of the change. */
export function changeOf(
  { annotations }: Pick<z.infer<typeof Metadata>, "annotations">,
  { revisionAnnotations }: Reading,
): { revision: string | undefined; changeCause: string | undefined } {
  return {
    revision: revisionAnnotations.map((name) => annotations[name]).find((value) => value !== undefined),
    changeCause: annotations[CHANGE_CAUSE],
  };
}

/** An RFC 3339 time in ms since the epoch; undefined where there is none. */
export function millisecondsOf(time: string | null | undefined): number | undefined {
  const parsed = Date.parse(time ?? "");
  return Number.isNaN(parsed) ? undefined : parsed;
}

export function secondsToMs(seconds: number | null | undefined): number | undefined {
  return seconds === null || seconds === undefined ? undefined : seconds * 1000;
}
