import "server-only";
import type { CronJob, Job, KeptObject } from "#lib/clusters/model.ts";
import type { Environment } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { isoOf, type Run, runRowOf, type ScheduleRow } from "#lib/schedules/model.ts";
import { judge, judgeAlone, runOf } from "#lib/schedules/policy.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";

/** A CronJob keeps few of its Jobs; what has been seen of the others stays until this many. */
const RUNS_KEPT = 20;

/** One row a CronJob, and one a Job that nobody schedules. Its id is `<cluster>/<uid>`. */
export function scheduleRows(places: Places, roleOf: (platformId: string) => string, clock: Clock): RowMaker {
  const seenRuns = new Map<string, Map<string, Run>>();
  const changesAt = new Map<string, number>();

  function touchedBy(cluster: string, { kind, value }: KeptObject): string[] {
    switch (kind) {
      case "CronJob":
        return [`${cluster}/${value.uid}`];
      case "Job":
        return [`${cluster}/${value.ownerUid ?? value.uid}`];
      case "Pod": {
        // What a job reports is its pod's last word.
        const job = value.ownerUid === undefined ? undefined : places.objects(cluster)?.Job.get(value.ownerUid);
        return job === undefined ? [] : [`${cluster}/${job.ownerUid ?? job.uid}`];
      }
      default:
        return [];
    }
  }

  function runsOf(id: string, objects: ClusterObjects, jobs: readonly Job[]): Run[] {
    const runs = seenRuns.get(id) ?? new Map<string, Run>();
    seenRuns.set(id, runs);
    const held = new Set(jobs.map(({ uid }) => uid));
    for (const [uid, run] of runs) {
      // A run that vanished before it ended was taken away: nobody knows how it would have ended.
      if (!held.has(uid) && run.state === "running") {
        runs.delete(uid);
      }
    }
    for (const job of jobs) {
      const lastWords = objects.Pod.by("owner", job.uid).flatMap((pod) => pod.lastWords ?? [])[0];
      const run = runOf(job, lastWords);
      if (run !== undefined) {
        // The pod, and its last words with it, may be gone before the Job is.
        const { report } = runs.get(job.uid) ?? run;
        runs.set(job.uid, { ...run, report: { ...report, ...run.report } });
      }
    }
    const sorted = [...runs.values()].sort((a, b) => a.dueAt - b.dueAt);
    for (const { jobUid } of sorted.slice(0, -RUNS_KEPT)) {
      runs.delete(jobUid);
    }
    return sorted.slice(-RUNS_KEPT);
  }

  function rowOf(id: string): ScheduleRow | null {
    const [cluster = "", uid = ""] = id.split("/");
    const objects = places.objects(cluster);
    const cronJob = objects?.CronJob.get(uid);
    const job = objects?.Job.get(uid);
    const subject = cronJob ?? job;
    const environment = subject && places.environmentOf(cluster, subject.namespace);
    if (objects === undefined || subject === undefined || environment === undefined) {
      seenRuns.delete(id);
      changesAt.delete(id);
      return null;
    }
    const jobs = cronJob === undefined ? [job].flatMap((one) => one ?? []) : objects.Job.by("owner", uid);
    const runs = runsOf(id, objects, jobs);
    return judgedRow(id, { environment, cronJob, subject, runs });
  }

  function judgedRow(
    id: string,
    seen: { environment: Environment; cronJob: CronJob | undefined; subject: CronJob | Job; runs: readonly Run[] },
  ): ScheduleRow {
    const { environment, cronJob, subject, runs } = seen;
    const nowMs = clock().getTime();
    const judgement = cronJob === undefined ? judgeAlone(runs) : judge(cronJob, runs, nowMs);
    if (judgement.changesAt !== undefined && judgement.changesAt > nowMs) {
      changesAt.set(id, judgement.changesAt);
    } else {
      changesAt.delete(id);
    }
    return {
      id,
      environment: environment.id,
      cluster: environment.clusterId,
      namespace: subject.namespace,
      kind: cronJob === undefined ? "Job" : "CronJob",
      name: subject.name,
      role: subject.labels[roleOf(environment.platformId)] ?? null,
      schedule: cronJob?.schedule ?? null,
      timeZone: cronJob?.timeZone ?? null,
      state: judgement.state,
      message: judgement.message,
      lastSuccess: isoOf(judgement.lastSuccessAt),
      nextDue: isoOf(judgement.nextDueAt),
      usualMs: judgement.usualMs ?? null,
      runs: runs.map(runRowOf),
    };
  }

  return {
    touchedBy: (change) => bothOf(change).flatMap((object) => touchedBy(change.cluster, object)),
    change: (id) => ({ kind: "schedule", id, row: rowOf(id) }),
    timely(nowMs) {
      return [...changesAt].flatMap(([id, at]) => (at <= nowMs ? [id] : []));
    },
  };
}
