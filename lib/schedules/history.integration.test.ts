import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDb } from "#lib/platform/db.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { type SeenGx, seeGx } from "#lib/testing/gx.ts";
import { forgetRuns, keepRunHistory, keepRuns, recallRuns, rememberSchedules } from "./history.ts";
import { RUNS_KNOWN, type ScheduleRow } from "./model.ts";
import { listRuns } from "./store.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOON = Date.UTC(2026, 10, 21, 12);
const SETTLED_MS = 10_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** One process that watches the cluster, with a clock of its own. */
type Console = Readonly<{
  parts: { db: TestDatabase["db"]; view: SeenGx["view"]; clock: () => Date };
  tick(ms: number): void;
  row(): ScheduleRow | undefined;
}>;

let database: TestDatabase;
const consoles: Console[] = [];

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.$executeRaw`DELETE FROM "JobRun"`;
});
afterEach(() => {
  for (const { parts } of consoles.splice(0)) {
    parts.view.stop();
  }
});

function startConsole(db = database.db): Console {
  let nowMs = NOON;
  const clock = () => new Date(nowMs);
  const { view, ring } = seeGx(clock);
  const started: Console = {
    parts: { db, view, clock },
    tick: (ms) => {
      nowMs += ms;
    },
    row() {
      view.flush();
      return ring.rows().schedule.get("gx/backup");
    },
  };
  consoles.push(started);
  putCronJob(started);
  return started;
}

const named = (uid: string) => ({ uid, name: uid, namespace: "mainnet", creationTimestamp: iso(NOON - DAY) });

function putCronJob({ parts }: Console, status: object = { lastScheduleTime: iso(NOON) }): void {
  parts.view.changed("gx", "CronJob", { metadata: named("backup"), spec: { schedule: "0 * * * *" }, status });
}

/** A Job of the CronJob that was due so many hours ago and took so many minutes. */
function putRun(console: Console, hoursAgo: number, minutes: number, lastWords = "size=1Gi", type = "Complete"): void {
  const { view } = console.parts;
  const uid = `backup-${hoursAgo}`;
  const dueAt = NOON - hoursAgo * 60 * MINUTE;
  const annotations = { "batch.kubernetes.io/cronjob-scheduled-timestamp": iso(dueAt) };
  const ended = iso(dueAt + minutes * MINUTE);
  const end = type === "Complete" ? { completionTime: ended } : {};
  const conditions = [{ type, status: "True", reason: "BackoffLimitExceeded", lastTransitionTime: ended }];
  const terminated = { exitCode: 0, message: lastWords };
  view.changed("gx", "Pod", {
    metadata: { ...named(`${uid}-pod`), ownerReferences: [{ uid, kind: "Job", controller: true }] },
    spec: {},
    status: { phase: "Succeeded", containerStatuses: [{ name: "main", state: { terminated } }] },
  });
  view.changed("gx", "Job", {
    metadata: { ...named(uid), annotations, ownerReferences: [{ uid: "backup", kind: "CronJob", controller: true }] },
    status: { startTime: iso(dueAt), ...end, conditions },
  });
}

async function keepAll(console: Console): Promise<number> {
  console.parts.view.flush();
  console.tick(SETTLED_MS);
  return keepRuns(console.parts);
}

const countKept = async () => {
  const [row] = await database.db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM "JobRun"`;
  return row?.count;
};

describe("the runs of a scheduled job", () => {
  it("are there after a restart, with what they reported and what one usually takes, though their Jobs are gone", async () => {
    const first = startConsole();
    putRun(first, 3, 4);
    putRun(first, 2, 5, "size=2Gi\nrows=7");
    putRun(first, 1, 6, "", "Failed");
    putRun(first, 0, 5);
    expect(await keepAll(first)).toBe(4);
    const before = first.row();
    expect(before).toMatchObject({ usualMs: 5 * MINUTE, lastSuccess: iso(NOON + 5 * MINUTE) });

    const restarted = startConsole();
    expect(restarted.row()).toMatchObject({ runs: [], usualMs: null, lastSuccess: null, isPastKnown: false });
    await recallRuns(restarted.parts);
    expect(restarted.row()).toEqual({ ...before, isPastKnown: true });
    expect(before?.runs.map(({ report, failure }) => [report, failure])).toEqual([
      [{ size: "1Gi" }, null],
      [{ size: "2Gi", rows: "7" }, null],
      [{}, "BackoffLimitExceeded"],
      [{ size: "1Gi" }, null],
    ]);
  });

  it("are there once, however many consoles wrote them and however often", async () => {
    const replicas = [startConsole(), startConsole(), startConsole()];
    for (const replica of replicas) {
      putRun(replica, 1, 5);
      putRun(replica, 0, 5);
    }
    const written = await Promise.all(replicas.map(keepAll));
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await countKept()).toBe(2);
    expect(await Promise.all(replicas.map(keepAll))).toEqual([0, 0, 0]);
    const restarted = startConsole();
    putRun(restarted, 1, 5);
    putRun(restarted, 0, 5);
    restarted.row();
    await recallRuns(restarted.parts);
    expect(await keepAll(restarted)).toBe(0);
    expect(restarted.row()?.runs).toHaveLength(2);
    expect(await countKept()).toBe(2);
  });

  it("are not written while they run, nor before their last words can have come", async () => {
    const console = startConsole();
    const keepAfter = (ms: number) => {
      console.tick(ms);
      return keepRuns(console.parts);
    };
    putRun(console, 0, 5, "");
    console.row();
    expect(await keepAfter(SETTLED_MS - 1)).toBe(0);
    putRun(console, 0, 5, "size=3Gi");
    console.row();
    expect(await keepAfter(SETTLED_MS - 1)).toBe(0);
    expect(await keepAfter(1)).toBe(1);
    const [kept] = await database.db.$queryRaw<{ report: unknown }[]>`SELECT report FROM "JobRun"`;
    expect(kept?.report).toEqual({ size: "3Gi" });
  });

  it("are kept of a Job that nobody schedules and that vanished as soon as it had ended", async () => {
    const { parts, tick } = startConsole();
    const status = { startTime: iso(NOON), completionTime: iso(NOON + MINUTE) };
    const conditions = [{ type: "Complete", status: "True" }];
    parts.view.changed("gx", "Job", { metadata: named("migrate"), status: { ...status, conditions } });
    parts.view.flush();
    parts.view.removed("gx", "Job", "migrate");
    parts.view.flush();
    tick(SETTLED_MS);
    expect(await keepRuns(parts)).toBe(1);
    const [kept] = await database.db.$queryRaw<unknown[]>`SELECT * FROM "JobRun"`;
    expect(kept).toMatchObject({ cluster: "gx", namespace: "mainnet", jobName: "migrate", scheduleName: "migrate" });
  });

  it("are kept whatever their containers said", async () => {
    const console = startConsole();
    const said = `nul=\u0000\nhalf=\ud83d\nlong=${"\u{1f4be}".repeat(60)}\nquote="'; DROP TABLE "JobRun"; --`;
    putRun(console, 0, 5, said);
    expect(await keepAll(console)).toBe(1);
    const restarted = startConsole();
    restarted.row();
    await recallRuns(restarted.parts);
    expect(restarted.row()?.runs[0]?.report).toMatchObject({
      nul: "\uFFFD",
      half: "\uFFFD",
      quote: `"'; DROP TABLE "JobRun"; --`,
    });
  });

  it("with a time that no calendar has are left out, and the others kept", async () => {
    const console = startConsole();
    const hours = (Date.UTC(275_760, 0) - NOON) / (60 * MINUTE);
    putRun(console, -hours, 5);
    putRun(console, 0, 5);
    expect(await keepAll(console)).toBe(1);
    expect(await keepAll(console)).toBe(0);
    expect(await countKept()).toBe(1);
  });
});

describe("of a schedule", () => {
  it("the newest 60 runs are known, the newest 200 kept, and none for longer than 400 days", async () => {
    await database.db.$executeRaw`
      INSERT INTO "JobRun" SELECT 'gx', 'old-' || n, 'old-' || n, 'mainnet', 'backup', 'backup',
        ${new Date(NOON)}::timestamptz - n * interval '2 days', NULL, NULL, true, NULL, '{}'
      FROM generate_series(1, 250) AS n`;
    const console = startConsole();
    putRun(console, 0, 5);
    console.row();
    expect(console.parts.view.past.unread()).toEqual(["gx/backup"]);
    await recallRuns(console.parts);
    expect(console.parts.view.past.unread()).toEqual([]);
    expect(console.row()?.runs).toHaveLength(20);
    const read = await listRuns(database.db, ["gx/backup", "gx/none"], RUNS_KNOWN);
    expect([...read].map(([id, runs]) => [id, runs.length])).toEqual([
      ["gx/backup", 60],
      ["gx/none", 0],
    ]);
    await keepAll(console);
    await keepAll(console);
    expect(await countKept()).toBe(200);
    await database.db.$executeRaw`UPDATE "JobRun" SET "scheduleUid" = "jobUid"`;
    await database.db
      .$executeRaw`UPDATE "JobRun" SET "dueAt" = "dueAt" - interval '300 days' WHERE "jobName" <> 'backup-0'`;
    await forgetRuns(console.parts);
    const [oldest] = await database.db.$queryRaw<{ at: Date }[]>`SELECT min("dueAt") AS at FROM "JobRun"`;
    expect(oldest?.at.getTime()).toBeGreaterThanOrEqual(console.parts.clock().getTime() - 400 * DAY);
    expect(await countKept()).toBe(50);
  });

  it("an old failure is not its state where the controller tells of a later success that nobody saw", async () => {
    const first = startConsole();
    putRun(first, 2, 5, "", "Failed");
    await keepAll(first);
    expect(first.row()?.state).toBe("failed");
    const restarted = startConsole();
    putCronJob(restarted, { lastScheduleTime: iso(NOON), lastSuccessfulTime: iso(NOON) });
    restarted.row();
    await recallRuns(restarted.parts);
    expect(restarted.row()).toMatchObject({ state: "ok", runs: [{ state: "failed" }], lastSuccess: iso(NOON) });
  });
});

it("a backup that was deleted while no console looked is missed by the next one, and none that is there", async () => {
  const first = startConsole();
  for (const name of ["backup", "other"]) {
    first.parts.view.changed("gx", "CronJob", {
      metadata: { ...named(name), labels: { "gatehouse.dev/role": "backup" } },
      spec: { schedule: "0 * * * *" },
      status: { lastScheduleTime: iso(NOON) },
    });
  }
  putRun(first, 1, 5);
  putRun(first, 0, 5, "", "Failed");
  expect(await keepAll(first)).toBe(2);

  const restarted = startConsole();
  restarted.parts.view.removed("gx", "CronJob", "backup");
  await rememberSchedules(restarted.parts);
  expect(restarted.row()).toMatchObject({ state: "gone", role: "backup", lastSuccess: iso(NOON - 55 * MINUTE) });
  putCronJob(restarted);
  expect(restarted.row()?.state).not.toBe("gone");
  await rememberSchedules(restarted.parts);
  expect(restarted.row()?.state).not.toBe("gone");
});

it("a database that cannot be reached leaves the past unknown and the watching as it is, and gets the runs when it answers", async () => {
  const gone = openDb("postgresql://nobody@127.0.0.1:1/none");
  const console = startConsole(gone);
  putRun(console, 1, 5);
  expect(console.row()).toMatchObject({ isPastKnown: false, runs: [{ state: "succeeded" }] });
  await expect(recallRuns(console.parts)).rejects.toThrow();
  await expect(keepAll(console)).rejects.toThrow();
  putRun(console, 0, 5, "", "Failed");
  expect(console.row()).toMatchObject({ state: "failed", isPastKnown: false, runs: [{}, { state: "failed" }] });
  const back = { ...console.parts, db: database.db };
  await recallRuns(back);
  console.tick(SETTLED_MS);
  expect(await keepRuns(back)).toBe(2);
  expect(console.row()).toMatchObject({ isPastKnown: true });
  await gone.$disconnect();
});

it("the keeper reads and writes by itself, and ends with its signal", async () => {
  const console = startConsole();
  putRun(console, 0, 5);
  console.row();
  console.tick(SETTLED_MS);
  const ending = new AbortController();
  const keeping = keepRunHistory({ ...console.parts, log: pino({ level: "silent" }) }, ending.signal);
  await expect.poll(countKept, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => console.row()?.isPastKnown).toBe(true);
  ending.abort();
  await keeping;
});
