import "server-only";
import type { Job, KeptObject } from "#lib/clusters/model.ts";
import type { Environment } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import {
  hasEnded,
  isoOf,
  MISSED_FOR_MS,
  MISSED_ROLES,
  RUNS_SHOWN,
  type Run,
  runRowOf,
  type ScheduleRow,
  scheduleId,
  scheduleOfId,
} from "#lib/schedules/model.ts";
import { judge, judgeAlone, sayGone } from "#lib/schedules/policy.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { type Batch, batchOf } from "./rollouts-seen.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";
import type { KnownRuns, RunsSeen } from "./runs-seen.ts";
import type { SchedulesGone } from "./schedules-gone.ts";

/** One row a CronJob, and one a Job that nobody schedules. Its id is `<cluster>/<uid>`. */
export function scheduleRows(
  places: Places,
  { runsSeen, gone }: Readonly<{ runsSeen: RunsSeen; gone: SchedulesGone }>,
  roleOf: (platformId: string) => string,
  clock: Clock,
): RowMaker {
  const changesAt = new Map<string, number>();

  function touchedBy(cluster: string, { kind, value }: KeptObject): string[] {
    switch (kind) {
      case "CronJob":
        return [scheduleId(cluster, value.uid), ...[gone.idNamed(cluster, value)].flatMap((id) => id ?? [])];
      case "Job":
        return [scheduleId(cluster, value.ownerUid ?? value.uid)];
      case "Pod": {
        // What a job reports is its pod's last word.
        const job = value.ownerUid === undefined ? undefined : places.objects(cluster)?.Job.get(value.ownerUid);
        return job === undefined ? [] : [scheduleId(cluster, job.ownerUid ?? job.uid)];
      }
      default:
        return [];
    }
  }

  function rowOf(id: string): ScheduleRow | null {
    const { cluster, uid } = scheduleOfId(id);
    const objects = places.objects(cluster);
    const batch = objects && batchOf(objects, uid);
    const environment = batch && places.environmentOf(cluster, batch.value.namespace);
    if (objects === undefined || batch === undefined || environment === undefined) {
      runsSeen.forget(id);
      changesAt.delete(id);
      return goneRow(id);
    }
    const role = batch.value.labels[roleOf(environment.platformId)] ?? null;
    const jobs = batch.kind === "Job" ? [batch.value] : objects.Job.by("owner", uid);
    const known = runsSeen.see(
      cluster,
      { ...batch.value, role: batch.kind === "CronJob" ? role : null },
      jobs.map((one) => ({ job: one, lastWords: lastWordsOf(objects, one) })),
    );
    const row = judgedRow(id, { environment, batch, role, known });
    rememberIn(row, known.runs);
    return row;
  }

  /** Only what has run is missed when it is deleted. */
  function rememberIn({ id, kind, cluster, namespace, name, role }: ScheduleRow, runs: readonly Run[]): void {
    const ended = runs.filter(hasEnded);
    const [last] = ended.slice(-1);
    if (kind === "CronJob" && role !== null && MISSED_ROLES.includes(role) && last !== undefined) {
      const { uid: scheduleUid } = scheduleOfId(id);
      const lastSuccessAt = ended.findLast(({ state }) => state === "succeeded")?.endedAt;
      const schedule = { cluster, namespace, scheduleUid, scheduleName: name, scheduleRole: role };
      gone.keep({ ...schedule, lastDueAt: last.dueAt, lastSuccessAt });
    }
  }

  /** The row of a CronJob that was deleted and is missed: nothing of its name has come since. */
  function goneRow(id: string): ScheduleRow | null {
    const one = gone.of(id);
    const environment = one && places.environmentOf(one.cluster, one.namespace);
    const nowMs = clock().getTime();
    if (one === undefined || environment === undefined || one.lastDueAt + MISSED_FOR_MS <= nowMs) {
      return null;
    }
    const { cluster, namespace, scheduleName: name, scheduleRole: role, lastDueAt, lastSuccessAt } = one;
    if (
      places
        .objects(cluster)
        ?.CronJob.by("namespace", namespace)
        .some((other) => other.name === name)
    ) {
      return null;
    }
    changesAt.set(id, lastDueAt + MISSED_FOR_MS);
    return {
      id,
      environment: environment.id,
      cluster,
      namespace,
      kind: "CronJob",
      name,
      role,
      schedule: null,
      timeZone: null,
      state: "gone",
      message: sayGone(lastDueAt, lastSuccessAt),
      lastSuccess: isoOf(lastSuccessAt),
      nextDue: null,
      usualMs: null,
      isPastKnown: false,
      runs: [],
    };
  }

  function judgedRow(
    id: string,
    seen: { environment: Environment; batch: Batch; role: string | null; known: KnownRuns },
  ): ScheduleRow {
    const { environment, batch, role } = seen;
    const { runs, isPastKnown } = seen.known;
    const cronJob = batch.kind === "CronJob" ? batch.value : undefined;
    const nowMs = clock().getTime();
    const judgement = batch.kind === "Job" ? judgeAlone(batch.value, runs, nowMs) : judge(batch.value, runs, nowMs);
    if (judgement.changesAt !== undefined && judgement.changesAt > nowMs) {
      changesAt.set(id, judgement.changesAt);
    } else {
      changesAt.delete(id);
    }
    return {
      id,
      environment: environment.id,
      cluster: environment.clusterId,
      namespace: batch.value.namespace,
      kind: batch.kind,
      name: batch.value.name,
      role,
      schedule: cronJob?.schedule ?? null,
      timeZone: cronJob?.timeZone ?? null,
      state: judgement.state,
      message: judgement.message,
      lastSuccess: isoOf(judgement.lastSuccessAt),
      nextDue: isoOf(judgement.nextDueAt),
      usualMs: judgement.usualMs ?? null,
      isPastKnown,
      runs: runs.slice(-RUNS_SHOWN).map(runRowOf),
    };
  }

  return {
    touchedBy: (change) => bothOf(change).flatMap((object) => touchedBy(change.cluster, object)),
    ofSchedules: (scheduleIds) => scheduleIds,
    change: (id) => ({ kind: "schedule", id, row: rowOf(id) }),
    timely(nowMs) {
      return [...changesAt].flatMap(([id, at]) => (at <= nowMs ? [id] : []));
    },
  };
}

function lastWordsOf(objects: ClusterObjects, { uid }: Job): string | undefined {
  return objects.Pod.by("owner", uid).flatMap(({ lastWords }) => lastWords ?? [])[0];
}
