import { Cron } from "croner";
import type { CronJob, Job } from "#lib/clusters/model.ts";
import type { Report, Run, ScheduleState } from "./model.ts";

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
  | "annotations"
>;

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
const RUNS_FOR_USUAL = 3;
/** A run that takes this many times what it usually takes has not finished in its window. */
const UNUSUAL = 3;

/**
 * Whether a scheduled job does what its schedule says: the dead man's switch. A run that did not start, did not finish or failed
 * is named; silence is never fine.
 */
export function judge(schedule: Schedule, runs: readonly Run[], nowMs: number): Judgement {
  const cron = readCron(schedule);
  const usualMs = usualOf(runs);
  const lastSuccessAt = lastSuccessOf(schedule, runs);
  if (cron === undefined) {
    const message = `${schedule.schedule} is no schedule that can be read, so nobody knows when it is due`;
    const known = { lastSuccessAt, usualMs, nextDueAt: undefined, changesAt: undefined };
    return { state: "unreadable", message, ...known };
  }
  const nextDueAt = dueAfter(cron, nowMs);
  if (schedule.isSuspended) {
    const message = `it is suspended: nothing runs${sayLastSuccess(lastSuccessAt)}`;
    return { state: "suspended", message, nextDueAt: undefined, lastSuccessAt, usualMs, changesAt: undefined };
  }
  const windows = windowsOf(schedule, cron, usualMs, nowMs);
  const startsBy = startsByOf(schedule, cron, runs, windows);
  const running = runs.find(({ state }) => state === "running");
  const found =
    (running && judgeRunning(running, windows, nowMs)) ??
    judgeStart(lastSuccessAt, startsBy, nowMs) ??
    judgeLast(latestRun(runs), lastSuccessAt, hasSucceededUnseen(schedule, runs));
  return { ...found, nextDueAt, lastSuccessAt, usualMs, changesAt: found.changesAt ?? startsBy?.at };
}

/** A Job that nobody schedules: it runs once, and is not missed by anybody. */
export function judgeAlone(runs: readonly Run[]): Judgement {
  const lastSuccessAt = lastSuccessOf({ lastSucceededAt: undefined }, runs);
  const last = latestRun(runs);
  const known = { lastSuccessAt, usualMs: undefined, nextDueAt: undefined, changesAt: undefined };
  if (last === undefined) {
    return { state: "waiting", message: "it has not begun", ...known };
  }
  const found: Found =
    last.state === "running" ? { state: "running", message: null } : judgeLast(last, lastSuccessAt, false);
  return { ...known, state: found.state, message: found.message };
}

type Found = Readonly<{ state: ScheduleState; message: string | null; changesAt?: number | undefined }>;
type Windows = Readonly<{ startMs: number; finishMs: number }>;
/** The next run that has to start, and by when. */
type StartsBy = Readonly<{ dueAt: number; at: number; isFirst: boolean }>;

function judgeRunning(running: Run, { finishMs }: Windows, nowMs: number): Found {
  const beganAt = running.startedAt ?? running.dueAt;
  if (nowMs < beganAt + finishMs) {
    return { state: "running", message: null, changesAt: beganAt + finishMs };
  }
  return { state: "overdue", message: `it has run for ${sayMs(nowMs - beganAt)}, and may take ${sayMs(finishMs)}` };
}

function startsByOf(schedule: Schedule, cron: Cron, runs: readonly Run[], { startMs }: Windows): StartsBy | undefined {
  const begunAt = Math.max(schedule.lastScheduledAt ?? 0, ...runs.map(({ dueAt }) => dueAt));
  const since = begunAt > 0 ? begunAt : schedule.createdAt;
  const dueAt = since === undefined ? undefined : dueAfter(cron, since);
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

function judgeLast(last: Run | undefined, lastSuccessAt: number | undefined, isOutlived: boolean): Found {
  if (last?.state === "failed" && !isOutlived) {
    const why = last.failure === undefined ? "" : ` (${last.failure})`;
    const message = `its last run, due ${sayTime(last.dueAt)}, failed${why}${sayLastSuccess(lastSuccessAt)}`;
    return { state: "failed", message };
  }
  return { state: "ok", message: null };
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

function windowsOf(schedule: Schedule, cron: Cron, usualMs: number | undefined, nowMs: number): Windows {
  const everyMs = intervalOf(cron, nowMs);
  const { annotations } = schedule;
  return {
    // A controller begins within seconds; a tenth of the interval leaves room for one that is being replaced.
    startMs:
      durationOf(annotations[START_WITHIN]) ??
      schedule.startingDeadlineMs ??
      Math.min(15 * MINUTE_MS, Math.max(MINUTE_MS, everyMs / 10)),
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

function readCron({ schedule, timeZone }: Pick<Schedule, "schedule" | "timeZone">): Cron | undefined {
  try {
    return new Cron(schedule, {
      paused: true,
      timezone: timeZone ?? "UTC",
      mode: schedule.startsWith("@") ? "auto" : "5-part",
    });
  } catch {
    // Whatever is wrong with it, nobody can say when it is due, and that is what is said.
    return undefined;
  }
}

function dueAfter(cron: Cron, ms: number): number | undefined {
  return cron.nextRun(new Date(ms))?.getTime();
}

function intervalOf(cron: Cron, nowMs: number): number {
  const [first, second] = cron.nextRuns(2, new Date(nowMs));
  return first === undefined || second === undefined ? 24 * 60 * MINUTE_MS : second.getTime() - first.getTime();
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS };

/** `90s`, `5m`, `2h`, `1d` in ms; undefined for anything else. */
export function durationOf(text: string | undefined): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text ?? "");
  const unit = UNIT_MS[match?.[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
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

/** A Job as a run. Undefined for one that is suspended or has not been given a start yet. */
export function runOf(job: Job, lastWords: string | undefined): Run | undefined {
  const dueAt = job.scheduledAt ?? job.createdAt;
  if (dueAt === undefined || job.state === "suspended") {
    return undefined;
  }
  return {
    jobUid: job.uid,
    dueAt,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    state: job.state === "waiting" ? "running" : job.state,
    failure: job.failure?.reason,
    report: { ...reportIn(lastWords), ...reportOn(job.annotations) },
  };
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
