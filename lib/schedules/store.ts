import "server-only";
import type { Db } from "#lib/platform/db.ts";
import { type EndedRun, type RememberedSchedule, type Run, scheduleId, scheduleOfId } from "./model.ts";
import { StoredRun, StoredSchedule } from "./schema.ts";

/** Adds runs; one that is there already stays as it is, and one with a time that no calendar has is left out. Answers how many were new. */
export async function insertRuns(db: Db, runs: readonly EndedRun[]): Promise<number> {
  return db.$executeRaw`
    INSERT INTO "JobRun" ("cluster", "jobUid", "jobName", "namespace", "scheduleUid", "scheduleName",
      "dueAt", "startedAt", "endedAt", "isSucceeded", "failure", "report", "scheduleRole")
    SELECT "cluster", "jobUid", "jobName", "namespace", "scheduleUid", "scheduleName", to_timestamp("dueAt" / 1000),
      to_timestamp("startedAt" / 1000), to_timestamp("endedAt" / 1000), "isSucceeded", "failure", "report",
      "scheduleRole"
    FROM jsonb_to_recordset(${JSON.stringify(runs.filter(hasSoundTimes).map(toRow))}::jsonb) AS run(
      "cluster" text, "jobUid" text, "jobName" text, "namespace" text, "scheduleUid" text, "scheduleName" text,
      "dueAt" float8, "startedAt" float8, "endedAt" float8, "isSucceeded" boolean, "failure" text, "report" jsonb, "scheduleRole" text)
    ON CONFLICT DO NOTHING`;
}

/** Anybody who may make a Job may annotate it with a time that PostgreSQL and JavaScript do not write alike. */
function hasSoundTimes({ run: { dueAt, startedAt, endedAt } }: EndedRun): boolean {
  return [dueAt, startedAt, endedAt].every((at) => at === undefined || (at >= 0 && at < YEAR_10000));
}

const YEAR_10000 = Date.UTC(10_000, 0);

function toRow({ run, ...of }: EndedRun) {
  const { jobUid, dueAt, startedAt, endedAt, state, failure, report } = run;
  return {
    ...of,
    jobUid,
    dueAt,
    startedAt,
    endedAt,
    isSucceeded: state === "succeeded",
    failure: failure === undefined ? null : storable(failure),
    report: Object.fromEntries(Object.entries(report).map(([name, value]) => [name, storable(value)])),
  };
}

/** PostgreSQL's text has no NUL and no half of a surrogate pair, which a container's last words may have. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** The newest runs of each of these schedules, by the ids of their rows; none of one that has none. */
export async function listRuns(
  db: Db,
  scheduleIds: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const wanted = scheduleIds.map(scheduleOfId);
  const rows = await db.$queryRaw<unknown[]>`
    SELECT run.* FROM unnest(${wanted.map(({ cluster }) => cluster)}::text[], ${wanted.map(({ uid }) => uid)}::text[])
        AS wanted("cluster", "scheduleUid")
      CROSS JOIN LATERAL (
        SELECT * FROM "JobRun" AS one
        WHERE one."cluster" = wanted."cluster" AND one."scheduleUid" = wanted."scheduleUid"
        ORDER BY one."dueAt" DESC LIMIT ${most}) AS run`;
  const runs = Map.groupBy(
    rows.map((row) => StoredRun.parse(row)),
    ({ cluster, scheduleUid }) => scheduleId(cluster, scheduleUid),
  );
  return new Map(scheduleIds.map((id) => [id, (runs.get(id) ?? []).map(toRun)]));
}

/** The CronJobs of these roles that had a run since then, by what their newest one says of them. */
export async function listSchedules(db: Db, roles: readonly string[], since: Date): Promise<RememberedSchedule[]> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT "cluster", "scheduleUid", (array_agg("namespace" ORDER BY "dueAt" DESC))[1] AS "namespace",
      (array_agg("scheduleName" ORDER BY "dueAt" DESC))[1] AS "scheduleName",
      (array_agg("scheduleRole" ORDER BY "dueAt" DESC))[1] AS "scheduleRole",
      max("dueAt") AS "lastDueAt", max("endedAt") FILTER (WHERE "isSucceeded") AS "lastSuccessAt"
    FROM "JobRun" WHERE "scheduleRole" = ANY(${roles}) AND "dueAt" >= ${since}
    GROUP BY "cluster", "scheduleUid"`;
  return rows.map((row) => {
    const { lastDueAt, lastSuccessAt, ...schedule } = StoredSchedule.parse(row);
    return { ...schedule, lastDueAt: lastDueAt.getTime(), lastSuccessAt: lastSuccessAt?.getTime() };
  });
}

function toRun({ jobUid, dueAt, startedAt, endedAt, isSucceeded, failure, report }: StoredRun): Run {
  return {
    jobUid,
    dueAt: dueAt.getTime(),
    startedAt: startedAt?.getTime(),
    endedAt: endedAt?.getTime(),
    state: isSucceeded ? "succeeded" : "failed",
    failure: failure ?? undefined,
    report,
  };
}

/** Deletes what is older than a schedule's newest `kept` runs, of the given schedules, at most `most` of each. */
export async function deleteRunsBeyond(
  db: Db,
  scheduleIds: readonly string[],
  { kept, most }: Readonly<{ kept: number; most: number }>,
): Promise<void> {
  const wanted = scheduleIds.map(scheduleOfId);
  await db.$executeRaw`
    DELETE FROM "JobRun" USING (
      SELECT run."cluster", run."jobUid"
      FROM unnest(${wanted.map(({ cluster }) => cluster)}::text[], ${wanted.map(({ uid }) => uid)}::text[])
          AS wanted("cluster", "scheduleUid")
        CROSS JOIN LATERAL (
          SELECT one."cluster", one."jobUid" FROM "JobRun" AS one
          WHERE one."cluster" = wanted."cluster" AND one."scheduleUid" = wanted."scheduleUid"
          ORDER BY one."dueAt" DESC OFFSET ${kept} LIMIT ${most}) AS run) AS old
    WHERE "JobRun"."cluster" = old."cluster" AND "JobRun"."jobUid" = old."jobUid"`;
}

/** Deletes at most `most` of the runs that were due before then, oldest first; answers how many there were. */
export async function deleteRunsBefore(db: Db, time: Date, most: number): Promise<number> {
  return db.$executeRaw`
    DELETE FROM "JobRun" USING (
      SELECT "cluster", "jobUid" FROM "JobRun" WHERE "dueAt" < ${time} ORDER BY "dueAt" LIMIT ${most}) AS old
    WHERE "JobRun"."cluster" = old."cluster" AND "JobRun"."jobUid" = old."jobUid"`;
}
