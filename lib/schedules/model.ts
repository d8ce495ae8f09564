export const SCHEDULE_STATES = [
  "missed",
  "failed",
  "overdue",
  "running",
  "suspended",
  "waiting",
  "ok",
  "unreadable",
] as const;
/**
 * `missed`: it did not start when it was due. `overdue`: it runs longer than it may. `failed`: its last run failed.
 * `waiting`: it has not been due yet. `unreadable`: its schedule is none that can be read. The first three are for a person to act on.
 */
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

export type RunState = "running" | "succeeded" | "failed";

/** One run of a job. Times in ms since the epoch. */
export type Run = Readonly<{
  jobUid: string;
  /** When it was due; for a Job that nobody schedules, when it was made. */
  dueAt: number;
  startedAt: number | undefined;
  endedAt: number | undefined;
  state: RunState;
  failure: string | undefined;
  /** What the job says of itself, such as `{ size: "1.2Gi" }`. */
  report: Report;
}>;

export type Report = Readonly<Record<string, string>>;

/** Where a schedule stands and what its last runs were. */
export type ScheduleRow = Readonly<{
  /** `<cluster>/<uid>` of the CronJob, or of a Job that nobody schedules. */
  id: string;
  environment: string;
  cluster: string;
  namespace: string;
  kind: "CronJob" | "Job";
  name: string;
  /** What it is for, by the platform's own label, such as `backup`; null where it has none. */
  role: string | null;
  schedule: string | null;
  timeZone: string | null;
  state: ScheduleState;
  message: string | null;
  /** ISO 8601 in UTC. */
  lastSuccess: string | null;
  nextDue: string | null;
  usualMs: number | null;
  /** Oldest first. */
  runs: readonly RunRow[];
}>;

/** One run as it is shown; times are ISO 8601 in UTC. */
export type RunRow = Readonly<{
  due: string;
  started: string | null;
  ended: string | null;
  state: RunState;
  failure: string | null;
  report: Report;
}>;

/** A run as it is shown. */
export function runRowOf(run: Run): RunRow {
  return {
    due: new Date(run.dueAt).toISOString(),
    started: isoOf(run.startedAt),
    ended: isoOf(run.endedAt),
    state: run.state,
    failure: run.failure ?? null,
    report: run.report,
  };
}

export function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** What schedules are read of. */
export const SCHEDULE_KINDS = ["CronJob", "Job"] as const;

/** Roles of jobs, as the platform's own label names them, by the page on which they stand. */
export const RECONCILIATION_ROLES: readonly string[] = ["reconciliation"];
export const BACKUP_ROLE = "backup";
export const RECOVERY_ROLES: readonly string[] = [BACKUP_ROLE, "restore-test"];

/** A schedule whose silence or failure asks for a person. */
export function isBroken({ state }: Pick<ScheduleRow, "state">): boolean {
  return state === "missed" || state === "failed" || state === "overdue" || state === "unreadable";
}
