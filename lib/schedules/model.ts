export const SCHEDULE_STATES = [
  "missed",
  "failed",
  "lost",
  "overdue",
  "running",
  "pending",
  "suspended",
  "waiting",
  "ok",
  "unreadable",
  "gone",
  "unknown",
] as const;
/**
 * `missed`: it did not start when it was due. `overdue`: it runs longer than it may. `failed`: its last run failed. `lost`: its last
 * run is gone, and nothing says that it succeeded. `pending`: its run waits for its first pod. `waiting`: it has not been due yet.
 * `unreadable`: its schedule is none that can be read. `gone`: somebody deleted it, and its runs are still known. `unknown`: nothing says how its last run went.
 */
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** `waiting`: no pod of it has run. */
export type RunState = "waiting" | "running" | "succeeded" | "failed";

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

/** Whether a run has come to its end, well or not. */
export function hasEnded({ state }: Pick<Run, "state">): boolean {
  return state === "succeeded" || state === "failed";
}

export type Report = Readonly<Record<string, string>>;

/** So many of a schedule's newest runs are known: what one usually takes is worked out from them. */
export const RUNS_KNOWN = 60;
/** So many of them stand on its row. */
export const RUNS_SHOWN = 20;

/** A run that has ended, with what it was a run of: what is kept of it when Kubernetes has let go of its Job. */
export type EndedRun = Readonly<{
  cluster: string;
  namespace: string;
  /** Of the CronJob, or of the Job itself where nobody schedules it. */
  scheduleUid: string;
  scheduleName: string;
  /** What the CronJob is for; null where no label says, and for a Job that nobody schedules. */
  scheduleRole: string | null;
  jobName: string;
  run: Run;
}>;

/** A CronJob as its runs remember it. */
export type RememberedSchedule = Readonly<
  Pick<EndedRun, "cluster" | "namespace" | "scheduleUid" | "scheduleName"> & {
    scheduleRole: string;
    lastDueAt: number;
    lastSuccessAt: number | undefined;
  }
>;

/** So long after its last run a CronJob that was deleted is missed: by then everybody knows, or nobody wants it back. */
export const MISSED_FOR_MS = 30 * 86_400_000;

/** The id of a schedule's row. A uid is told from what stands before it by the slash, which no cluster's id has. */
export function scheduleId(cluster: string, uid: string): string {
  return `${cluster}/${uid}`;
}

/** What `scheduleId` has put together. */
export function scheduleOfId(id: string): { cluster: string; uid: string } {
  const [cluster = "", uid = ""] = id.split("/");
  return { cluster, uid };
}

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
  /** Whether the runs of before this console began to watch have been read back; without them the line of runs may lack some. */
  isPastKnown: boolean;
  /** The newest of them, oldest first. */
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

/** What the last run that succeeded reported, such as its size; null where none is known. */
export function lastReportOf({ runs }: Pick<ScheduleRow, "runs">): Report | null {
  return runs.findLast(({ state }) => state === "succeeded")?.report ?? null;
}

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
/** Roles of jobs that are missed when somebody deletes them. */
export const MISSED_ROLES: readonly string[] = [...RECONCILIATION_ROLES, ...RECOVERY_ROLES];

const BROKEN: readonly ScheduleState[] = ["missed", "failed", "lost", "overdue", "unreadable", "gone"];

/** A schedule whose silence or failure asks for a person. */
export function isBroken({ state }: Pick<ScheduleRow, "state">): boolean {
  return BROKEN.includes(state);
}
