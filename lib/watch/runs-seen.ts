import "server-only";
import { isDeepStrictEqual } from "node:util";
import type { Job } from "#lib/clusters/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { type EndedRun, hasEnded, RUNS_KNOWN, type Run, scheduleId, scheduleOfId } from "#lib/schedules/model.ts";
import { runOf } from "#lib/schedules/policy.ts";

/** What passes between the runs that are seen and those that the database keeps. Schedules are named by the ids of their rows. */
export type PastRuns = Readonly<{
  /** The schedules whose earlier runs have not been read back. */
  unread(): string[];
  /** The earlier runs of these schedules, all that are kept. */
  recalled(past: ReadonlyMap<string, readonly Run[]>): void;
  /** The runs that have ended, have not changed since, and are not kept yet, oldest change first. */
  unkept(since: Date): EndedRun[];
  kept(runs: readonly EndedRun[]): void;
}>;

/** The runs that are known of a schedule, oldest first, and whether those of before are among them. */
export type KnownRuns = Readonly<{ runs: readonly Run[]; isPastKnown: boolean }>;

/** The runs of all schedules, as they are seen and as they were read back. */
export type RunsSeen = PastRuns &
  Readonly<{
    /** Takes what the Jobs of a schedule say now. */
    see(cluster: string, schedule: Subject, jobs: readonly SeenJob[]): KnownRuns;
    /** The schedule is gone; what of it has ended is kept all the same. */
    forget(id: string): void;
  }>;

type Subject = Pick<Job, "uid" | "namespace" | "name"> & Readonly<{ role: string | null }>;
type SeenJob = Readonly<{ job: Job; lastWords: string | undefined }>;

/** By the uid of its Job. */
type OfSchedule = { runs: Map<string, Run>; keptUids: Set<string>; isPastKnown: boolean };
type Waiting = Readonly<{ ended: EndedRun; changedAt: number }>;

/** While the database cannot be reached, as many wait to be kept; then the oldest is let go. */
const MOST_WAITING = 10_000;

export function createRunsSeen(clock: Clock): RunsSeen {
  const schedules = new Map<string, OfSchedule>();
  const waiting = new Map<string, Waiting>();

  function scheduleOf(id: string): OfSchedule {
    const known = schedules.get(id) ?? { runs: new Map(), keptUids: new Set(), isPastKnown: false };
    schedules.set(id, known);
    return known;
  }

  function awaitKeeping(ended: EndedRun): void {
    const key = keyOf(ended.cluster, ended.run);
    if (isDeepStrictEqual(waiting.get(key)?.ended, ended)) {
      return;
    }
    // A changed one goes to the end, so that they stay in the order of their changes.
    waiting.delete(key);
    waiting.set(key, { ended, changedAt: clock().getTime() });
    const [oldest] = waiting.keys();
    if (waiting.size > MOST_WAITING && oldest !== undefined) {
      waiting.delete(oldest);
    }
  }

  return {
    see(cluster, { uid, namespace, name, role }, jobs) {
      const known = scheduleOf(scheduleId(cluster, uid));
      forgetVanished(known, new Set(jobs.map(({ job }) => job.uid)));
      for (const { job, lastWords } of jobs) {
        const run = runOf(job, lastWords);
        if (run !== undefined) {
          known.runs.set(job.uid, joined(known.runs.get(job.uid), run));
        }
      }
      const runs = newest(known);
      for (const { job } of jobs) {
        const run = known.runs.get(job.uid);
        if (run !== undefined && hasEnded(run) && !known.keptUids.has(job.uid)) {
          const schedule = { cluster, namespace, scheduleUid: uid, scheduleName: name, scheduleRole: role };
          awaitKeeping({ ...schedule, jobName: job.name, run });
        }
      }
      return { runs, isPastKnown: known.isPastKnown };
    },
    forget: (id) => schedules.delete(id),
    unread: () => [...schedules].flatMap(([id, { isPastKnown }]) => (isPastKnown ? [] : [id])),
    recalled(past) {
      for (const [id, runs] of past) {
        const known = schedules.get(id);
        if (known === undefined) {
          continue;
        }
        for (const run of runs) {
          const seen = known.runs.get(run.jobUid);
          known.runs.set(run.jobUid, seen === undefined ? run : joined(run, seen));
          known.keptUids.add(run.jobUid);
          waiting.delete(keyOf(scheduleOfId(id).cluster, run));
        }
        known.isPastKnown = true;
      }
    },
    unkept: (since) =>
      [...waiting.values()].flatMap(({ ended, changedAt }) => (changedAt <= since.getTime() ? [ended] : [])),
    kept(runs) {
      for (const ended of runs) {
        waiting.delete(keyOf(ended.cluster, ended.run));
        schedules.get(scheduleId(ended.cluster, ended.scheduleUid))?.keptUids.add(ended.run.jobUid);
      }
    },
  };
}

function keyOf(cluster: string, { jobUid }: Run): string {
  return `${cluster}/${jobUid}`;
}

/** A run as it is seen now, with what it reported before: the pod, and its last words with it, may be gone before the Job is. */
function joined(before: Run | undefined, now: Run): Run {
  return before === undefined ? now : { ...now, report: { ...before.report, ...now.report } };
}

/** Drops the runs that vanished before they ended: their Jobs were taken away, and nobody knows how they would have ended. */
function forgetVanished({ runs }: OfSchedule, held: ReadonlySet<string>): void {
  for (const [uid, run] of runs) {
    if (!hasEnded(run) && !held.has(uid)) {
      runs.delete(uid);
    }
  }
}

/** The newest runs, oldest first; lets go of the others. */
function newest({ runs, keptUids }: OfSchedule): Run[] {
  const sorted = [...runs.values()].sort((a, b) => a.dueAt - b.dueAt);
  for (const { jobUid } of sorted.splice(0, Math.max(0, sorted.length - RUNS_KNOWN))) {
    runs.delete(jobUid);
    keptUids.delete(jobUid);
  }
  return sorted;
}
