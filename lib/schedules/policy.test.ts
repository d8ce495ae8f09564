import { describe, expect, it } from "vitest";
import type { Job } from "#lib/clusters/model.ts";
import { aJob } from "#lib/testing/cluster-objects.ts";
import type { Run } from "./model.ts";
import { durationOf, judge, judgeAlone, reportIn, runOf, type Schedule } from "./policy.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Saturday, 12:00 UTC. */
const NOON = Date.UTC(2026, 10, 21, 12);

function schedule(changes: Partial<Schedule> = {}): Schedule {
  return {
    schedule: "0 */6 * * *",
    timeZone: undefined,
    isSuspended: false,
    createdAt: NOON - 48 * HOUR,
    lastScheduledAt: NOON,
    lastSucceededAt: undefined,
    startingDeadlineMs: undefined,
    activeDeadlineMs: undefined,
    concurrency: "Allow",
    annotations: {},
    ...changes,
  };
}

function run(dueAt: number, changes: Partial<Run> = {}): Run {
  return {
    jobUid: `job-${dueAt}`,
    dueAt,
    startedAt: dueAt,
    endedAt: dueAt + 5 * MINUTE,
    state: "succeeded",
    failure: undefined,
    report: {},
    ...changes,
  };
}

const state = (at: Schedule, runs: readonly Run[], nowMs: number) => judge(at, runs, nowMs).state;

describe("a scheduled job", () => {
  it("is fine after a run that succeeded, until the next should have begun", () => {
    const runs = [run(NOON)];
    expect(judge(schedule(), runs, NOON + HOUR)).toEqual({
      state: "ok",
      message: null,
      nextDueAt: NOON + 6 * HOUR,
      lastSuccessAt: NOON + 5 * MINUTE,
      usualMs: undefined,
      changesAt: NOON + 6 * HOUR + 15 * MINUTE,
    });
    expect(state(schedule(), runs, NOON + 6 * HOUR + 15 * MINUTE - 1)).toBe("ok");
    expect(state(schedule(), runs, NOON + 6 * HOUR + 15 * MINUTE)).toBe("missed");
  });

  it("that did not start says when it was due and when one last succeeded", () => {
    expect(judge(schedule(), [run(NOON)], NOON + 7 * HOUR).message).toBe(
      "it was due 2026-11-21 18:00 UTC and has not started since; the last success was 2026-11-21 12:05 UTC",
    );
    const silent = schedule({ lastScheduledAt: undefined });
    expect(judge(silent, [], NOON)).toMatchObject({
      state: "missed",
      message: expect.stringContaining("no run is known to have succeeded"),
    });
  });

  it("that has not been due yet waits, and is not fine", () => {
    const young = schedule({ createdAt: NOON, lastScheduledAt: undefined });
    expect(state(young, [], NOON + HOUR)).toBe("waiting");
    expect(state(young, [], NOON + 7 * HOUR)).toBe("missed");
  });

  it("is judged by the controller's own word of its last start and success where its Jobs are gone", () => {
    expect(judge(schedule({ lastSucceededAt: NOON + MINUTE }), [], NOON + HOUR)).toMatchObject({
      state: "ok",
      lastSuccessAt: NOON + MINUTE,
    });
  });

  it("whose last run is gone without an end is red once its window is over, and not known to be fine before", () => {
    const gone = schedule({ activeDeadlineMs: HOUR, lastSucceededAt: NOON - 6 * HOUR });
    const before = run(NOON - 6 * HOUR, { endedAt: NOON - 6 * HOUR });
    expect(judge(gone, [before], NOON + HOUR - 1)).toMatchObject({ state: "unknown", changesAt: NOON + HOUR });
    expect(judge(gone, [before], NOON + HOUR)).toMatchObject({
      state: "lost",
      message:
        "the Job of its last run, due 2026-11-21 12:00 UTC, is gone, and nothing says that it succeeded; the last success was 2026-11-21 06:00 UTC",
    });
    expect(state(schedule({ activeDeadlineMs: HOUR }), [], NOON + HOUR)).toBe("lost");
    expect(state(gone, [before, run(NOON, { state: "failed" })], NOON + HOUR)).toBe("failed");
  });

  it("is not cleared by a longer run of before that ended after the one that is gone had begun", () => {
    const longer = run(NOON - 6 * HOUR, { endedAt: NOON + 10 * MINUTE });
    const gone = schedule({ activeDeadlineMs: HOUR, lastSucceededAt: NOON + 10 * MINUTE });
    expect(state(gone, [longer], NOON + HOUR)).toBe("lost");
    expect(state(gone, [], NOON + HOUR)).toBe("ok");
  });

  it("of which nothing says when it was made or ran is not known to be fine", () => {
    expect(state(schedule({ createdAt: undefined, lastScheduledAt: undefined }), [], NOON)).toBe("unknown");
  });

  it("whose run has no pod waits, and has not started once it should have", () => {
    const waits = run(NOON, { state: "waiting", startedAt: undefined, endedAt: undefined });
    expect(judge(schedule(), [waits], NOON + MINUTE)).toMatchObject({
      state: "pending",
      message: "its run, due 2026-11-21 12:00 UTC, waits: no pod of it has run",
      changesAt: NOON + 15 * MINUTE,
    });
    expect(judge(schedule(), [waits], NOON + 15 * MINUTE)).toMatchObject({
      state: "missed",
      message: expect.stringContaining("its run, due 2026-11-21 12:00 UTC, waits: no pod of it has run"),
    });
  });

  it("that did not start is red though an earlier run goes on, but where its runs wait for one another", () => {
    const limits = { activeDeadlineMs: 24 * HOUR };
    const running = run(NOON, { state: "running", endedAt: undefined });
    expect(state(schedule(limits), [running], NOON + 7 * HOUR)).toBe("missed");
    expect(state(schedule({ ...limits, concurrency: "Forbid" }), [running], NOON + 7 * HOUR)).toBe("running");
  });

  it("has failed until a later run succeeds, also in the time in which the next may begin", () => {
    const failed = run(NOON, { state: "failed", failure: "BackoffLimitExceeded" });
    expect(judge(schedule(), [run(NOON - 6 * HOUR), failed], NOON + HOUR)).toMatchObject({
      state: "failed",
      message:
        "its last run, due 2026-11-21 12:00 UTC, failed (BackoffLimitExceeded); the last success was 2026-11-21 06:05 UTC",
    });
    expect(state(schedule(), [failed], NOON + 6 * HOUR + MINUTE)).toBe("failed");
    expect(state(schedule({ lastScheduledAt: NOON + 6 * HOUR }), [failed, run(NOON + 6 * HOUR)], NOON + 7 * HOUR)).toBe(
      "ok",
    );
  });

  it("has not failed any more where the controller tells of a success later than every run that is known", () => {
    const failed = run(NOON, { state: "failed" });
    const state = (lastSucceededAt: number, runs = [failed]) =>
      judge(schedule({ lastSucceededAt, lastScheduledAt: NOON + 6 * HOUR }), runs, NOON + 7 * HOUR).state;
    expect(state(NOON + 6 * HOUR)).toBe("ok");
    expect(state(NOON)).toBe("failed");
    // A longer run of before may end after the one that failed.
    expect(state(NOON + 6 * HOUR, [run(NOON - HOUR, { endedAt: NOON + 6 * HOUR }), failed])).toBe("failed");
  });

  it("runs until its window is over, and is overdue from then on", () => {
    const running = run(NOON, { state: "running", endedAt: undefined });
    const limited = schedule({ activeDeadlineMs: 30 * MINUTE });
    expect(judge(limited, [running], NOON + MINUTE)).toMatchObject({ state: "running", changesAt: NOON + 30 * MINUTE });
    expect(judge(limited, [running], NOON + 30 * MINUTE)).toMatchObject({
      state: "overdue",
      message: "it has run for 30 min, and may take 30 min",
    });
  });

  it("may take three times what it usually takes, which is known from three runs on", () => {
    const runs = [1, 2, 3].map((n) => run(NOON - n * 6 * HOUR));
    const running = run(NOON, { state: "running", endedAt: undefined });
    expect(judge(schedule(), [...runs, running], NOON + 14 * MINUTE)).toMatchObject({
      state: "running",
      usualMs: 5 * MINUTE,
    });
    expect(state(schedule(), [...runs, running], NOON + 15 * MINUTE)).toBe("overdue");
    expect(state(schedule(), [...runs.slice(1), running], NOON + 15 * MINUTE)).toBe("running");
  });

  it("keeps the windows that its annotations name", () => {
    const annotations = { "gatehouse.dev/start-within": "2m", "gatehouse.dev/finish-within": "10m" };
    const at = schedule({ annotations, activeDeadlineMs: HOUR, startingDeadlineMs: HOUR });
    expect(state(at, [run(NOON)], NOON + 6 * HOUR + 2 * MINUTE)).toBe("missed");
    expect(state(at, [run(NOON, { state: "running", endedAt: undefined })], NOON + 10 * MINUTE)).toBe("overdue");
  });

  it("that is suspended is not fine, and is due at no time", () => {
    expect(judge(schedule({ isSuspended: true }), [run(NOON)], NOON + 30 * HOUR)).toMatchObject({
      state: "suspended",
      nextDueAt: undefined,
    });
  });

  it("in a time zone that is none is unreadable, not fine", () => {
    expect(state(schedule({ timeZone: "Nowhere/At-All" }), [run(NOON)], NOON)).toBe("unreadable");
  });

  it.each(["every now and then", "0 0 30 2 *", "61 * * * *", "* * * * * *", ""])(
    "with the schedule %j is unreadable, not fine",
    (text) => {
      expect(state(schedule({ schedule: text }), [run(NOON)], NOON)).toBe("unreadable");
    },
  );

  it("is due in its own time zone", () => {
    const nightly = schedule({ schedule: "0 2 * * *", timeZone: "Africa/Lagos" });
    expect(judge(nightly, [run(NOON)], NOON).nextDueAt).toBe(Date.UTC(2026, 10, 22, 1));
  });

  it.each([
    ["@hourly", NOON + HOUR],
    ["5/15 * * * *", NOON + 5 * MINUTE],
    ["@every 90m", NOON + 90 * MINUTE],
    ["0 0 1 * 1", Date.UTC(2026, 10, 23)],
  ])("reads %s as cron does", (text, nextDueAt) => {
    expect(judge(schedule({ schedule: text }), [run(NOON)], NOON)).toMatchObject({ nextDueAt });
  });
});

describe("a Job that nobody schedules", () => {
  const alone = (runs: readonly Run[], nowMs = NOON, changes: Partial<Job> = {}) =>
    judgeAlone(aJob({ createdAt: NOON, ...changes }), runs, nowMs);
  const running = run(NOON, { state: "running", endedAt: undefined });

  it("is fine once it has succeeded, and failed or running before", () => {
    expect(alone([running])).toMatchObject({ state: "running" });
    expect(alone([run(NOON, { state: "failed" })])).toMatchObject({ state: "failed" });
    expect(alone([run(NOON)])).toMatchObject({ state: "ok", lastSuccessAt: NOON + 5 * MINUTE });
    expect(alone([])).toMatchObject({ state: "unknown" });
  });

  it("is overdue once it has run for longer than it may, which is a day where nothing says", () => {
    expect(alone([running], NOON + 24 * HOUR - 1)).toMatchObject({ state: "running", changesAt: NOON + 24 * HOUR });
    expect(alone([running], NOON + 24 * HOUR)).toMatchObject({
      state: "overdue",
      message: "it has run for 24 h, and may take 24 h",
    });
    expect(alone([running], NOON + HOUR, { activeDeadlineMs: HOUR }).state).toBe("overdue");
    const annotations = { "gatehouse.dev/finish-within": "10m" };
    expect(alone([running], NOON + 10 * MINUTE, { annotations }).state).toBe("overdue");
  });

  it("that has no pod waits, is said not to have started after a while, and is suspended where it is", () => {
    const waits = run(NOON, { state: "waiting", endedAt: undefined });
    expect(alone([waits])).toMatchObject({ state: "pending", changesAt: NOON + 15 * MINUTE });
    expect(alone([waits], NOON + 15 * MINUTE).state).toBe("missed");
    expect(alone([waits], NOON + HOUR, { state: "suspended" }).state).toBe("suspended");
  });
});

describe("a report of a job", () => {
  it("is read from JSON or from lines, and is nothing where it is neither", () => {
    expect(reportIn('{"size":"1.2Gi","rows":42,"deep":{}}')).toEqual({ size: "1.2Gi", rows: "42" });
    expect(reportIn("checked=100\nbreaks=0\n\nno report")).toEqual({ checked: "100", breaks: "0" });
    expect([reportIn(undefined), reportIn("{broken"), reportIn("[1]"), reportIn("done")]).toEqual([{}, {}, {}, {}]);
  });

  it("has few and short entries, whatever a container says", () => {
    const long = Array.from({ length: 50 }, (_, at) => `n${at}=${"x".repeat(500)}`).join("\n");
    const report = reportIn(long);
    expect(Object.keys(report)).toHaveLength(8);
    expect(report.n0).toHaveLength(80);
    expect(reportIn("<b>=1\n__proto__=2")).toEqual({});
  });

  it("in annotations wins over last words", () => {
    const job = aJob({
      annotations: { "report.gatehouse.dev/size": "2Gi", other: "x" },
      state: "succeeded",
      scheduledAt: NOON - 1000,
    });
    expect(runOf(job, "size=1Gi\nresult=ok")).toMatchObject({
      dueAt: NOON - 1000,
      report: { size: "2Gi", result: "ok" },
    });
    expect(runOf({ ...job, scheduledAt: undefined }, undefined)).toBeUndefined();
  });
});

describe("a run of a Job", () => {
  const stateOf = (changes: Partial<Job>) => runOf(aJob({ createdAt: NOON, ...changes }), undefined)?.state;

  it("waits while no pod of it has run, and runs between the tries of one that fails", () => {
    const none = { active: 0, succeeded: 0, failed: 0 };
    expect(stateOf({ ...none, state: "waiting" })).toBe("waiting");
    expect(stateOf({ ...none, state: "suspended" })).toBe("waiting");
    expect(stateOf({ ...none, state: "waiting", failed: 1 })).toBe("running");
    expect(stateOf({ state: "running" })).toBe("running");
  });
});

it.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["1d", 86_400_000],
  ["5", undefined],
  ["-5m", undefined],
  [undefined, undefined],
])("%j is %s ms", (text, ms) => {
  expect(durationOf(text)).toBe(ms);
});
