import type { CronJob, Job, Pod } from "#lib/clusters/model.ts";
import type { Run } from "#lib/schedules/model.ts";
import { type Judgement, judge, judgeAlone, runOf } from "#lib/schedules/policy.ts";
import type { Rollout, StuckReason } from "./model.ts";
import { CRASHES, type PodFacts, podReason, refusedPods, worstFirst, worstReason } from "./reasons.ts";

/** What is seen of a Job; the warnings are of the Job itself, of its pods and of their claims. */
export type JobFacts = PodFacts & Readonly<{ pods: readonly Pod[] }>;

/** How long a Job that nobody schedules is still shown after its end; one that failed waits longer for somebody to look. */
const SHOWN_AFTER_MS = { succeeded: 86_400_000, failed: 7 * 86_400_000 } as const;

/** Where a Job stands: what is desired are its completions, what is available are those that succeeded. */
export function jobRolloutOf(job: Job, facts: JobFacts): Rollout {
  const ready = facts.pods.filter((pod) => pod.isReady && !pod.isDeleting).length;
  const counts = { desired: job.completions, updated: job.succeeded + job.active, ready, available: job.succeeded };
  switch (job.state) {
    case "succeeded":
      return { state: "done", reason: null, ...counts };
    case "suspended":
      return { state: "paused", reason: SUSPENDED, ...counts };
    case "failed":
    case "running":
    case "waiting": {
      const reason = worstReason(jobReasonsOf(job, facts));
      return { state: reason === undefined ? "progressing" : "stuck", reason: reason ?? null, ...counts };
    }
  }
}

const SUSPENDED: StuckReason = { code: "paused", message: "it is suspended (spec.suspend): it makes no pods" };

/** Every reason for which a Job does not come to its end, worst first; that it has failed says it all. */
export function jobReasonsOf(job: Job, facts: JobFacts): StuckReason[] {
  switch (job.state) {
    case "succeeded":
    case "suspended":
      return [];
    case "failed":
      return [failureOf(job)];
    case "running":
    case "waiting":
      return worstFirst([
        ...(job.active + job.succeeded < job.completions ? refusedPods(job.uid, facts) : []),
        ...facts.pods.flatMap((pod) => (pod.isDeleting ? [] : (podReason(pod, facts) ?? []))),
        ...failingPods(job),
      ]);
  }
}

function failureOf(job: Job): StuckReason {
  const why = job.failure === undefined ? "" : ` (${job.failure.reason}): ${job.failure.message}`;
  const reason: StuckReason = { code: "job_failed", message: `${job.name} has failed${why}` };
  return job.endedAt === undefined ? reason : { ...reason, since: new Date(job.endedAt).toISOString() };
}

/** Between its back-offs a Job whose pods fail looks as if it were about to run. */
function failingPods({ name, failed, succeeded, backoffLimit }: Job): StuckReason[] {
  if (failed < CRASHES || failed <= succeeded) {
    return [];
  }
  const message = `${failed} pods of ${name} have failed; it tries again until more than ${backoffLimit} have (backoffLimit)`;
  return [{ code: "crash_loop", message }];
}

/**
 * Where a CronJob stands: as its latest Job does, paused while it is suspended, and stuck where a run did not start when it was
 * due, whatever became of the one before, or went without an end. Done, with nothing desired, before the first.
 */
export function cronJobRolloutOf(
  cronJob: CronJob,
  latest: Readonly<{ job: Job; rollout: Rollout }> | undefined,
  judgement: Judgement,
): Rollout {
  const last = latest?.rollout ?? { state: "done", reason: null, desired: 0, updated: 0, ready: 0, available: 0 };
  if (cronJob.isSuspended) {
    return { ...last, state: "paused", reason: { ...SUSPENDED, message: "it is suspended (spec.suspend)" } };
  }
  const isStuckByItself = last.state === "stuck" && latest !== undefined && !isOver(latest.job);
  if (judgement.state === "missed" && !isStuckByItself) {
    // What is counted is the run that did not come, not the one before it.
    const counts = { desired: Math.max(1, last.desired), updated: 0, ready: 0, available: 0 };
    return { state: "stuck", reason: reasonOf("missed", judgement), ...counts };
  }
  if (judgement.state === "lost") {
    return { ...last, state: "stuck", reason: goneOf(cronJob) };
  }
  if (isLastRunGone(cronJob, latest?.job)) {
    return { ...last, state: "unknown", reason: goneOf(cronJob) };
  }
  return timelyRolloutOf(last, judgement);
}

/** What is under way by all that its pods say is stuck all the same where it did not start or does not end in its time. */
export function timelyRolloutOf(rollout: Rollout, judgement: Judgement): Rollout {
  if (rollout.state !== "progressing") {
    return rollout;
  }
  switch (judgement.state) {
    case "missed":
    case "overdue":
      return { ...rollout, state: "stuck", reason: reasonOf(judgement.state, judgement) };
    case "pending":
      return { ...rollout, reason: reasonOf("waiting", judgement) };
    default:
      return rollout;
  }
}

function reasonOf(code: "missed" | "overdue" | "waiting", { message }: Judgement): StuckReason {
  return { code, message: message ?? "it does not keep its time" };
}

/** Whether a CronJob keeps its schedule, by those of its Jobs that are still there. */
export function judgeCronJob(cronJob: CronJob, jobs: readonly Job[], nowMs: number): Judgement {
  return judge(cronJob, runsOf(jobs), nowMs);
}

/** Whether a Job that nobody schedules starts and ends in its time. */
export function judgeLoneJob(job: Job, nowMs: number): Judgement {
  return judgeAlone(job, runsOf([job]), nowMs);
}

function runsOf(jobs: readonly Job[]): Run[] {
  return jobs.flatMap((job) => runOf(job, undefined) ?? []);
}

/** Its last run is no more to be seen, as where Jobs are cleared away soon, and is not said to have succeeded. */
function isLastRunGone({ active, lastScheduledAt, lastSucceededAt }: CronJob, latest: Job | undefined): boolean {
  if (active > 0 || lastScheduledAt === undefined) {
    return false;
  }
  const seenAt = Math.max(latest?.scheduledAt ?? 0, latest?.createdAt ?? 0);
  return seenAt < lastScheduledAt && (lastSucceededAt ?? 0) < lastScheduledAt;
}

function goneOf({ lastScheduledAt = 0 }: CronJob): StuckReason {
  const due = `${new Date(lastScheduledAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const message = `the Job of its last run, due ${due}, is gone, and nothing says that it succeeded`;
  return { code: "run_gone", message };
}

/** The Job that was made last. */
export function latestJob(jobs: readonly Job[]): Job | undefined {
  return jobs.reduce<Job | undefined>(
    (latest, job) => (latest === undefined || (job.createdAt ?? 0) > (latest.createdAt ?? 0) ? job : latest),
    undefined,
  );
}

/** Until when a Job that nobody schedules is shown; undefined for one that has not ended. */
export function shownUntil({ state, endedAt }: Job): number | undefined {
  return endedAt !== undefined && (state === "succeeded" || state === "failed")
    ? endedAt + SHOWN_AFTER_MS[state]
    : undefined;
}

function isOver({ state }: Job): boolean {
  return state === "succeeded" || state === "failed";
}
