import type { CronJob, Job } from "#lib/clusters/model.ts";
import { hasEnded, type Report, type Run, type ScheduleState } from "./model.ts";
import { type Timetable, timetableOf } from "./timetable.ts";

/** What a schedule is judged by. */
export type Schedule = Pick<
  CronJob,
  | "schedule"
  | "timeZone"
  | "isSuspended"
  | "createdAt"
  | "lastScheduledAt"
  | "startingDeadlineMs"
  | "activeDeadlineMs"
  | "lastSucceededAt"
  | "concurrency"
  | "annotations"
>;

/** What a Job that nobody schedules is judged by. */
export type LoneJob = Pick<Job, "state" | "activeDeadlineMs" | "annotations">;

export type Judgement = Readonly<{
  state: ScheduleState;
  /** In a sentence, for everything but what is fine. */
  message: string | null;
  nextDueAt: number | undefined;
  /** When a run last succeeded; undefined where none is known to have. */
  lastSuccessAt: number | undefined;
  /** What a run usually takes; undefined before three have succeeded. */
  usualMs: number | undefined;
  /** When time alone makes another judgement of it. */
  changesAt: number | undefined;
}>;

/** How long after it was due a run may begin, and how long it may take: `gatehouse.dev/start-within`, `gatehouse.dev/finish-within`. */
const START_WITHIN = "gatehouse.dev/start-within";
const FINISH_WITHIN = "gatehouse.dev/finish-within";
const REPORT_PREFIX = "report.gatehouse.dev/";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A run that may begin later than this says so itself. */
const MOST_START_MS = 15 * MINUTE_MS;
const RUNS_FOR_USUAL = 3;
/** A run that takes this many times what it usually takes has not finished in its window. */
const UNUSUAL = 3;

/**
 * Whether a scheduled job does what its schedule says: the dead man's switch. A run that did not start, did not finish or failed
 * is named; silence is never fine.
 */
export function judge(schedule: Schedule, runs: readonly Run[], nowMs: number): Judgement {
  const timetable = timetableOf(schedule);
  const usualMs = usualOf(runs);
  const lastSuccessAt = lastSuccessOf(schedule, runs);
  const nextDueAt = timetable?.dueAfter(nowMs);
  if (timetable === undefined || nextDueAt === undefined) {
    const message =
      timetable === undefined
        ? `${schedule.schedule} is no schedule that can be read, so nobody knows when it is due`
        : `${schedule.schedule} names no time that ever comes, so it is never due`;
    const known = { lastSuccessAt, usualMs, nextDueAt: undefined, changesAt: undefined };
    return { state: "unreadable", message, ...known };
  }
  if (schedule.isSuspended) {
    const message = `it is suspended: nothing runs${sayLastSuccess(lastSuccessAt)}`;
    return { state: "suspended", message, nextDueAt: undefined, lastSuccessAt, usualMs, changesAt: undefined };
  }
  const windows = windowsOf(schedule, timetable, usualMs, nowMs);
  const startsBy = startsByOf(schedule, timetable, runs, windows);
  const unended = runs.find((run) => !hasEnded(run));
  const missed = judgeStart(lastSuccessAt, startsBy, nowMs);
  const found =
    (missed?.state === "missed" && schedule.concurrency !== "Forbid" ? missed : undefined) ??
    (unended && judgeUnended(unended, windows, nowMs)) ??
    missed ??
    judgeLast(latestRun(runs), lastSuccessAt, hasSucceededUnseen(schedule, runs)) ??
    judgeUnseen({ schedule, runs, lastSuccessAt }, windows, nowMs) ??
    FINE;
  const changesAt = earliest(found.changesAt, startsBy !== undefined && startsBy.at > nowMs ? startsBy.at : undefined);
  return { ...found, nextDueAt, lastSuccessAt, usualMs, changesAt };
}

/** A Job that nobody schedules: it runs once, and has to start and to end as others do. */
export function judgeAlone(job: LoneJob, runs: readonly Run[], nowMs: number): Judgement {
  const lastSuccessAt = lastSuccessOf({ lastSucceededAt: undefined }, runs);
  const found = judgeOnly(job, latestRun(runs), lastSuccessAt, nowMs);
  return { nextDueAt: undefined, lastSuccessAt, usualMs: undefined, ...found, changesAt: found.changesAt };
}

function judgeOnly(job: LoneJob, run: Run | undefined, lastSuccessAt: number | undefined, nowMs: number): Found {
  if (run === undefined) {
    return { state: "unknown", message: "nothing says when it was made" };
  }
  if (job.state === "suspended") {
    return { state: "suspended", message: "it is suspended: nothing of it runs" };
  }
  const { annotations, activeDeadlineMs } = job;
  const windows = {
    startMs: durationOf(annotations[START_WITHIN]) ?? MOST_START_MS,
    finishMs: durationOf(annotations[FINISH_WITHIN]) ?? activeDeadlineMs ?? DAY_MS,
  };
  return hasEnded(run) ? (judgeLast(run, lastSuccessAt, false) ?? FINE) : judgeUnended(run, windows, nowMs);
}

type Found = Readonly<{ state: ScheduleState; message: string | null; changesAt?: number | undefined }>;
type Windows = Readonly<{ startMs: number; finishMs: number }>;
/** The next run that has to start, and by when. */
type StartsBy = Readonly<{ dueAt: number; at: number; isFirst: boolean }>;

const FINE: Found = { state: "ok", message: null };

/** A run that goes on, or that waits for its first pod. */
function judgeUnended(run: Run, { startMs, finishMs }: Windows, nowMs: number): Found {
  if (run.state === "waiting") {
    const message = `its run, due ${sayTime(run.dueAt)}, waits: no pod of it has run`;
    const startsBy = run.dueAt + startMs;
    return nowMs < startsBy ? { state: "pending", message, changesAt: startsBy } : { state: "missed", message };
  }
  const beganAt = run.startedAt ?? run.dueAt;
  if (nowMs < beganAt + finishMs) {
    return { state: "running", message: null, changesAt: beganAt + finishMs };
  }
  return { state: "overdue", message: `it has run for ${sayMs(nowMs - beganAt)}, and may take ${sayMs(finishMs)}` };
}

function startsByOf(
  schedule: Schedule,
  timetable: Timetable,
  runs: readonly Run[],
  { startMs }: Windows,
): StartsBy | undefined {
  const begunAt = Math.max(schedule.lastScheduledAt ?? 0, ...runs.map(({ dueAt }) => dueAt));
  const since = begunAt > 0 ? begunAt : schedule.createdAt;
  const dueAt = since === undefined ? undefined : timetable.dueAfter(since);
  return dueAt === undefined ? undefined : { dueAt, at: dueAt + startMs, isFirst: begunAt === 0 };
}

function judgeStart(
  lastSuccessAt: number | undefined,
  startsBy: StartsBy | undefined,
  nowMs: number,
): Found | undefined {
  if (startsBy === undefined) {
    return undefined;
  }
  if (nowMs >= startsBy.at) {
    const message = `it was due ${sayTime(startsBy.dueAt)} and has not started since${sayLastSuccess(lastSuccessAt)}`;
    return { state: "missed", message };
  }
  return startsBy.isFirst ? { state: "waiting", message: "it has not been due yet" } : undefined;
}

/** Whether the controller tells of a success later than every run that is known: one whose Job nobody saw. */
function hasSucceededUnseen({ lastSucceededAt }: Schedule, runs: readonly Run[]): boolean {
  return lastSucceededAt !== undefined && runs.every(({ dueAt, endedAt }) => (endedAt ?? dueAt) < lastSucceededAt);
}

function judgeLast(last: Run | undefined, lastSuccessAt: number | undefined, isOutlived: boolean): Found | undefined {
  if (last?.state !== "failed" || isOutlived) {
    return undefined;
  }
  const why = last.failure === undefined ? "" : ` (${last.failure})`;
  const message = `its last run, due ${sayTime(last.dueAt)}, failed${why}${sayLastSuccess(lastSuccessAt)}`;
  return { state: "failed", message };
}

type Unseen = Readonly<{ schedule: Schedule; runs: readonly Run[]; lastSuccessAt: number | undefined }>;

/** A run that the controller has started, of which there is neither a Job nor a success: nobody knows what became of it. */
function judgeUnseen(
  { schedule, runs, lastSuccessAt }: Unseen,
  { finishMs }: Windows,
  nowMs: number,
): Found | undefined {
  const { lastScheduledAt } = schedule;
  if (lastScheduledAt === undefined) {
    return runs.length > 0 ? undefined : { state: "unknown", message: "nothing says when it was made or has run" };
  }
  if (isRunKnown(schedule, lastScheduledAt, runs)) {
    return undefined;
  }
  const gone = `the Job of its last run, due ${sayTime(lastScheduledAt)}, is gone, and nothing says that it succeeded`;
  const message = `${gone}${sayLastSuccess(lastSuccessAt)}`;
  const endsBy = lastScheduledAt + finishMs;
  return nowMs < endsBy ? { state: "unknown", message, changesAt: endsBy } : { state: "lost", message };
}

/** Whether the run that was due then is known, or has succeeded by the controller's word, which may be of a longer run of before. */
function isRunKnown({ lastSucceededAt }: Schedule, dueAt: number, runs: readonly Run[]): boolean {
  return (
    runs.some((run) => run.dueAt >= dueAt) ||
    (lastSucceededAt !== undefined &&
      lastSucceededAt >= dueAt &&
      runs.every(({ endedAt }) => endedAt !== lastSucceededAt))
  );
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.flatMap((at) => at ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

function latestRun(runs: readonly Run[]): Run | undefined {
  return runs.reduce<Run | undefined>(
    (latest, run) => (latest !== undefined && latest.dueAt >= run.dueAt ? latest : run),
    undefined,
  );
}

function lastSuccessOf(
  { lastSucceededAt }: Pick<Schedule, "lastSucceededAt">,
  runs: readonly Run[],
): number | undefined {
  const ends = runs.flatMap(({ state, endedAt }) => (state === "succeeded" && endedAt !== undefined ? [endedAt] : []));
  const known = lastSucceededAt === undefined ? ends : [...ends, lastSucceededAt];
  return known.length === 0 ? undefined : Math.max(...known);
}

function windowsOf(schedule: Schedule, timetable: Timetable, usualMs: number | undefined, nowMs: number): Windows {
  const everyMs = intervalOf(timetable, nowMs);
  const { annotations } = schedule;
  return {
    // A controller begins within seconds; a tenth of the interval leaves room for one that is being replaced.
    startMs:
      durationOf(annotations[START_WITHIN]) ??
      schedule.startingDeadlineMs ??
      Math.min(MOST_START_MS, Math.max(MINUTE_MS, everyMs / 10)),
    finishMs:
      durationOf(annotations[FINISH_WITHIN]) ??
      schedule.activeDeadlineMs ??
      (usualMs === undefined ? everyMs : Math.max(UNUSUAL * usualMs, MINUTE_MS)),
  };
}

function usualOf(runs: readonly Run[]): number | undefined {
  const took = runs
    .flatMap(({ state, startedAt, endedAt }) =>
      state === "succeeded" && startedAt !== undefined && endedAt !== undefined ? [endedAt - startedAt] : [],
    )
    .sort((a, b) => a - b);
  return took.length < RUNS_FOR_USUAL ? undefined : took[Math.floor(took.length / 2)];
}

function intervalOf({ dueAfter }: Timetable, nowMs: number): number {
  const first = dueAfter(nowMs);
  const second = first === undefined ? undefined : dueAfter(first);
  return first === undefined || second === undefined ? DAY_MS : second - first;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS };

/** `90s`, `5m`, `2h`, `1d` in ms; undefined for anything else. */
export function durationOf(text: string | undefined): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text ?? "");
  const unit = UNIT_MS[match?.[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** What is said of a CronJob that somebody deleted. */
export function sayGone(lastDueAt: number, lastSuccessAt: number | undefined): string {
  return `it was deleted after its run of ${sayTime(lastDueAt)}, and nothing runs in its place${sayLastSuccess(lastSuccessAt)}`;
}

function sayMs(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) {
    return `${seconds} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function sayTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function sayLastSuccess(at: number | undefined): string {
  return at === undefined ? "; no run is known to have succeeded" : `; the last success was ${sayTime(at)}`;
}

/** A Job as a run. Undefined where nothing says when it was due or made. */
export function runOf(job: Job, lastWords: string | undefined): Run | undefined {
  const dueAt = job.scheduledAt ?? job.createdAt;
  if (dueAt === undefined) {
    return undefined;
  }
  return {
    jobUid: job.uid,
    dueAt,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    state: runStateOf(job),
    failure: job.failure?.reason,
    report: { ...reportIn(lastWords), ...reportOn(job.annotations) },
  };
}

/** Between its tries a Job has no pod either, and runs. */
function runStateOf({ state, succeeded, failed }: Job): Run["state"] {
  if (state === "suspended") {
    return "waiting";
  }
  return state === "waiting" && succeeded + failed > 0 ? "running" : state;
}

/** What a job reports in annotations `report.gatehouse.dev/<name>`. */
function reportOn(annotations: Readonly<Record<string, string>>): Report {
  const entries = Object.entries(annotations).filter(([name]) => name.startsWith(REPORT_PREFIX));
  return asReport(entries.map(([name, value]) => [name.slice(REPORT_PREFIX.length), value]));
}

/** What a container's last words report: a JSON object, or lines `name=value`. Anything else is no report. */
export function reportIn(lastWords: string | undefined): Report {
  if (lastWords === undefined) {
    return {};
  }
  return asReport(
    lastWords.trim().startsWith("{")
      ? jsonEntries(lastWords)
      : lastWords.split("\n").map((line) => line.split(/=(.*)/s)),
  );
}

function jsonEntries(text: string): [string, unknown][] {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? Object.entries(json) : [];
  } catch {
    // A report that cannot be read is none; the run itself is judged by its state.
    return [];
  }
}

const REPORT_SIZE = 8;
const REPORT_NAME = /^[a-z][a-z0-9_.-]{0,40}$/i;

function asReport(entries: readonly (readonly unknown[])[]): Report {
  const said = entries.flatMap(([name, value]) =>
    typeof name === "string" && REPORT_NAME.test(name) && (typeof value === "string" || typeof value === "number")
      ? [[name, String(value).trim().slice(0, 80)] as const]
      : [],
  );
  return Object.fromEntries(said.slice(0, REPORT_SIZE));
}
