import type { CronJob, Job, Pod, Warning } from "#lib/clusters/model.ts";
import type { Rollout, StuckReason } from "./model.ts";
import { podReason } from "./reasons.ts";

type Facts = Readonly<{ pods: readonly Pod[]; warnings: readonly Warning[]; nowMs: number }>;

/** Where a Job stands: what is desired are its completions, what is available are those that succeeded. */
export function jobRolloutOf(job: Job, { pods, warnings, nowMs }: Facts): Rollout {
  const ready = pods.filter((pod) => pod.isReady && !pod.isDeleting).length;
  const counts = { desired: job.completions, updated: job.succeeded + job.active, ready, available: job.succeeded };
  switch (job.state) {
    case "succeeded":
      return { state: "done", reason: null, ...counts };
    case "failed":
      return { state: "stuck", reason: failureOf(job), ...counts };
    case "suspended":
      return { state: "paused", reason: SUSPENDED, ...counts };
    case "running":
    case "waiting": {
      const reason = pods.flatMap((pod) => (pod.isDeleting ? [] : (podReason(pod, warnings, nowMs) ?? [])))[0];
      return { state: reason === undefined ? "progressing" : "stuck", reason: reason ?? null, ...counts };
    }
  }
}

const SUSPENDED: StuckReason = { code: "paused", message: "it is suspended (spec.suspend): it makes no pods" };

function failureOf(job: Job): StuckReason {
  const why = job.failure === undefined ? "" : ` (${job.failure.reason}): ${job.failure.message}`;
  const reason: StuckReason = { code: "job_failed", message: `${job.name} has failed${why}` };
  return job.endedAt === undefined ? reason : { ...reason, since: new Date(job.endedAt).toISOString() };
}

/** Where a CronJob stands: as its latest Job does, and paused while it is suspended. Done, with nothing desired, before the first. */
export function cronJobRolloutOf(cronJob: CronJob, latest: Rollout | undefined): Rollout {
  if (cronJob.isSuspended) {
    const none = { desired: 0, updated: 0, ready: 0, available: 0 };
    return {
      ...(latest ?? none),
      state: "paused",
      reason: { ...SUSPENDED, message: "it is suspended (spec.suspend)" },
    };
  }
  return latest ?? { state: "done", reason: null, desired: 0, updated: 0, ready: 0, available: 0 };
}

/** The Job that was made last. */
export function latestJob(jobs: readonly Job[]): Job | undefined {
  return jobs.reduce<Job | undefined>(
    (latest, job) => (latest === undefined || (job.createdAt ?? 0) > (latest.createdAt ?? 0) ? job : latest),
    undefined,
  );
}
