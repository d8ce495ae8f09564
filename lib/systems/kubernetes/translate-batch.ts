import * as z from "zod";
import type { CronJob, Job } from "#lib/clusters/model.ts";
import {
  Condition,
  changeOf,
  controllerOf,
  identityOf,
  Metadata,
  millisecondsOf,
  type Reading,
  secondsToMs,
  Texts,
} from "./translate-fields.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#batch-kubernetes-io-cronjob-scheduled-timestamp */
const SCHEDULED_ANNOTATION = "batch.kubernetes.io/cronjob-scheduled-timestamp";

const JobSpec = z.object({
  suspend: z.boolean().nullish(),
  completions: z.number().nullish(),
  backoffLimit: z.number().nullish(),
  activeDeadlineSeconds: z.number().nullish(),
  template: z
    .object({
      metadata: z.object({ labels: Texts }).prefault({}),
      spec: z.object({ containers: z.array(z.object({ image: z.string().default("") })).default([]) }),
    })
    .optional(),
});

const JobObject = z.object({
  metadata: Metadata,
  spec: JobSpec.prefault({}),
  status: z
    .object({
      startTime: z.string().nullish(),
      completionTime: z.string().nullish(),
      active: z.number().default(0),
      succeeded: z.number().default(0),
      failed: z.number().default(0),
      conditions: z.array(Condition).default([]),
    })
    .prefault({}),
});

const CronJobObject = z.object({
  metadata: Metadata,
  spec: z.object({
    schedule: z.string(),
    timeZone: z.string().nullish(),
    suspend: z.boolean().nullish(),
    startingDeadlineSeconds: z.number().nullish(),
    concurrencyPolicy: z.string().default("Allow"),
    jobTemplate: z.object({ spec: JobSpec.prefault({}) }).prefault({}),
  }),
  status: z
    .object({
      active: z.array(z.unknown()).default([]),
      lastScheduleTime: z.string().nullish(),
      lastSuccessfulTime: z.string().nullish(),
    })
    .prefault({}),
});

/** What the API server sets where a Job does not say. */
const USUAL_BACKOFF_LIMIT = 6;

export function toJob(object: unknown, reading: Reading): Job {
  const { metadata, spec, status } = JobObject.parse(object);
  const isTrue = (type: string) => status.conditions.find((one) => one.type === type && one.status === "True");
  const failed = isTrue("Failed");
  const complete = isTrue("Complete");
  return {
    ...identityOf(metadata),
    ownerUid: controllerOf(metadata, ["CronJob"]),
    labels: metadata.labels,
    annotations: metadata.annotations,
    ...changeOf(metadata, reading),
    podLabels: spec.template?.metadata.labels ?? {},
    createdAt: millisecondsOf(metadata.creationTimestamp),
    startedAt: millisecondsOf(status.startTime),
    endedAt: millisecondsOf(status.completionTime ?? (failed ?? complete)?.lastTransitionTime),
    state: stateOf({
      isFailed: failed !== undefined,
      isComplete: complete !== undefined,
      isSuspended: spec.suspend === true,
      active: status.active,
    }),
    failure: failed && { reason: failed.reason, message: failed.message },
    scheduledAt: millisecondsOf(metadata.annotations[SCHEDULED_ANNOTATION]),
    // Without a number of its own a Job ends with the first success of its pods.
    completions: spec.completions ?? 1,
    active: status.active,
    succeeded: status.succeeded,
    failed: status.failed,
    backoffLimit: spec.backoffLimit ?? USUAL_BACKOFF_LIMIT,
    activeDeadlineMs: secondsToMs(spec.activeDeadlineSeconds),
  };
}

function stateOf(seen: { isFailed: boolean; isComplete: boolean; isSuspended: boolean; active: number }): Job["state"] {
  if (seen.isFailed) {
    return "failed";
  }
  if (seen.isComplete) {
    return "succeeded";
  }
  if (seen.isSuspended) {
    return "suspended";
  }
  return seen.active > 0 ? "running" : "waiting";
}

export function toCronJob(object: unknown, reading: Reading): CronJob {
  const { metadata, spec, status } = CronJobObject.parse(object);
  const template = spec.jobTemplate.spec;
  return {
    ...identityOf(metadata),
    labels: metadata.labels,
    annotations: metadata.annotations,
    ...changeOf(metadata, reading),
    podLabels: template.template?.metadata.labels ?? {},
    createdAt: millisecondsOf(metadata.creationTimestamp),
    schedule: spec.schedule,
    timeZone: spec.timeZone ?? undefined,
    isSuspended: spec.suspend === true,
    startingDeadlineMs: secondsToMs(spec.startingDeadlineSeconds),
    concurrency: spec.concurrencyPolicy,
    activeDeadlineMs: secondsToMs(template.activeDeadlineSeconds),
    lastScheduledAt: millisecondsOf(status.lastScheduleTime),
    lastSucceededAt: millisecondsOf(status.lastSuccessfulTime),
    active: status.active.length,
    images: template.template?.spec.containers.map(({ image }) => image) ?? [],
  };
}
