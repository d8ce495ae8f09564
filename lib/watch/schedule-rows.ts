import "server-only";
import type { Job, KeptObject } from "#lib/clusters/model.ts";
import type { Environment } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { isoOf, RUNS_SHOWN, runRowOf, type ScheduleRow, scheduleId, scheduleOfId } from "#lib/schedules/model.ts";
import { judge, judgeAlone } from "#lib/schedules/policy.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { type Batch, batchOf } from "./rollouts-seen.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";
import type { KnownRuns, RunsSeen } from "./runs-seen.ts";

/** One row a CronJob, and one a Job that nobody schedules. Its id is `<cluster>/<uid>`. */
export function scheduleRows(
  places: Places,
  runsSeen: RunsSeen,
  roleOf: (platformId: string) => string,
  clock: Clock,
): RowMaker {
  const changesAt = new Map<string, number>();

  function touchedBy(cluster: string, { kind, value }: KeptObject): string[] {
    switch (kind) {
      case "CronJob":
        return [scheduleId(cluster, value.uid)];
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
      return null;
    }
    const jobs = batch.kind === "Job" ? [batch.value] : objects.Job.by("owner", uid);
    const known = runsSeen.see(
      cluster,
      batch.value,
      jobs.map((one) => ({ job: one, lastWords: lastWordsOf(objects, one) })),
    );
    return judgedRow(id, { environment, batch, known });
  }

  function judgedRow(id: string, seen: { environment: Environment; batch: Batch; known: KnownRuns }): ScheduleRow {
    const { environment, batch } = seen;
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
      role: batch.value.labels[roleOf(environment.platformId)] ?? null,
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
