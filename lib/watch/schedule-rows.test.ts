import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import type { ScheduleRow } from "#lib/schedules/model.ts";
import { type SeenGx, seeGx } from "#lib/testing/gx.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const iso = (ms: number) => new Date(ms).toISOString();

let view: SeenGx["view"];
let ring: SeenGx["ring"];
let put: SeenGx["put"];

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  ({ view, ring, put } = seeGx(systemClock));
});

afterEach(() => {
  view.stop();
  vi.useRealTimers();
});

const named = (uid: string, owner?: string) => ({
  uid,
  name: uid,
  namespace: "mainnet",
  creationTimestamp: iso(NOON - 24 * 60 * MINUTE),
  ownerReferences: owner === undefined ? [] : [{ uid: owner, kind: "CronJob", controller: true }],
});

function putCronJob(lastScheduleTime: string): void {
  const metadata = { ...named("backup"), labels: { "gatehouse.dev/role": "backup" } };
  put("CronJob", { metadata, spec: { schedule: "*/10 * * * *" }, status: { lastScheduleTime } });
}

function putJob(uid: string, dueAt: number, status: object, owner?: string): void {
  const annotations = { "batch.kubernetes.io/cronjob-scheduled-timestamp": iso(dueAt) };
  put("Job", { metadata: { ...named(uid, owner), annotations }, status: { startTime: iso(dueAt), ...status } });
}

function putLastWords(job: string, message: string): void {
  const terminated = { exitCode: 0, message };
  const containerStatuses = [{ name: "main", state: { terminated } }];
  put("Pod", { metadata: named(`${job}-pod`, job), spec: {}, status: { phase: "Succeeded", containerStatuses } });
}

const succeeded = (at: number) => ({ completionTime: iso(at), conditions: [{ type: "Complete", status: "True" }] });

function row(id = "gx/backup"): ScheduleRow | undefined {
  view.flush();
  return ring.rows().schedule.get(id);
}

describe("the row of a scheduled job", () => {
  it("has its runs with what they reported, also after Job and pod are gone", () => {
    putCronJob(iso(NOON));
    putJob("backup-1", NOON, succeeded(NOON + MINUTE), "backup");
    putLastWords("backup-1", "size=1Gi");
    const expected = { due: iso(NOON), ended: iso(NOON + MINUTE), state: "succeeded", report: { size: "1Gi" } };
    expect(row()).toMatchObject({ role: "backup", state: "ok", lastSuccess: iso(NOON + MINUTE), runs: [expected] });
    view.removed("gx", "Pod", "backup-1-pod");
    putJob("backup-1", NOON, succeeded(NOON + MINUTE), "backup");
    view.removed("gx", "Job", "backup-1");
    expect(row()?.runs).toMatchObject([expected]);
  });

  it("turns red by itself when the next run does not start", () => {
    putCronJob(iso(NOON));
    putJob("backup-1", NOON, succeeded(NOON + MINUTE), "backup");
    expect(row()?.state).toBe("ok");
    vi.advanceTimersByTime(10 * MINUTE + MINUTE + 3000);
    expect(ring.rows().schedule.get("gx/backup")).toMatchObject({
      state: "missed",
      message: expect.stringContaining("it was due 2026-11-21 12:10 UTC"),
    });
  });

  it("does not show a run for ever that was taken away before it ended", () => {
    putCronJob(iso(NOON));
    putJob("backup-1", NOON, { active: 1 }, "backup");
    expect(row()?.state).toBe("running");
    view.removed("gx", "Job", "backup-1");
    expect(row()?.runs).toEqual([]);
  });

  it("is red, and never fine, where its running Job was taken away", () => {
    putCronJob(iso(NOON));
    putJob("backup-0", NOON - 10 * MINUTE, succeeded(NOON - MINUTE), "backup");
    putJob("backup-1", NOON, { active: 1 }, "backup");
    expect(row()?.state).toBe("running");
    view.removed("gx", "Job", "backup-1");
    expect(row()?.state).toBe("unknown");
    vi.advanceTimersByTime(10 * MINUTE + 3000);
    expect(row()?.state).toBe("lost");
    putCronJob(iso(NOON + 10 * MINUTE));
    putJob("backup-2", NOON + 10 * MINUTE, succeeded(NOON + 10 * MINUTE), "backup");
    expect(row()?.state).toBe("ok");
  });

  it("turns red by itself where a Job that nobody schedules does not end", () => {
    putJob("migrate", NOON, { active: 1 });
    expect(row("gx/migrate")?.state).toBe("running");
    vi.advanceTimersByTime(24 * 60 * MINUTE + 3000);
    expect(ring.rows().schedule.get("gx/migrate")?.state).toBe("overdue");
  });

  it("is there for a Job that nobody schedules, and for none that a CronJob made", () => {
    putCronJob(iso(NOON));
    putJob("migrate", NOON, { active: 1 });
    putJob("backup-1", NOON, { active: 1 }, "backup");
    view.flush();
    expect([...ring.rows().schedule.keys()].sort()).toEqual(["gx/backup", "gx/migrate"]);
    expect(row("gx/migrate")).toMatchObject({ kind: "Job", state: "running", schedule: null });
  });

  it("of a backup that ran and was deleted says so, also where another is there, until one of its name is made anew", () => {
    putCronJob(iso(NOON));
    putJob("backup-1", NOON, succeeded(NOON + MINUTE), "backup");
    expect(row()?.state).toBe("ok");
    view.removed("gx", "CronJob", "backup");
    view.removed("gx", "Job", "backup-1");
    expect(row()).toMatchObject({
      state: "gone",
      role: "backup",
      lastSuccess: iso(NOON + MINUTE),
      message:
        "it was deleted after its run of 2026-11-21 12:00 UTC, and nothing runs in its place; the last success was 2026-11-21 12:01 UTC",
    });
    const metadata = { ...named("anew"), name: "backup", labels: { "gatehouse.dev/role": "backup" } };
    put("CronJob", { metadata, spec: { schedule: "*/10 * * * *" }, status: {} });
    expect(row()).toBeUndefined();
    view.removed("gx", "CronJob", "anew");
    expect(row()?.state).toBe("gone");
    vi.advanceTimersByTime(30 * 24 * 60 * MINUTE + 3000);
    expect(row()).toBeUndefined();
  });

  it("of a job that is for nothing that is missed, or that never ran, goes with it", () => {
    const metadata = { ...named("sweep"), labels: { "gatehouse.dev/role": "sweep" } };
    put("CronJob", { metadata, spec: { schedule: "*/10 * * * *" }, status: { lastScheduleTime: iso(NOON) } });
    putJob("sweep-1", NOON, succeeded(NOON + MINUTE), "sweep");
    expect(row("gx/sweep")?.state).toBe("ok");
    view.removed("gx", "CronJob", "sweep");
    expect(row("gx/sweep")).toBeUndefined();
  });

  it("goes with it", () => {
    putCronJob(iso(NOON));
    expect(row()).toBeDefined();
    view.removed("gx", "CronJob", "backup");
    expect(row()).toBeUndefined();
  });
});
