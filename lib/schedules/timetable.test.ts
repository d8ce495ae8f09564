import { describe, expect, it } from "vitest";
import { type Timed, timetableOf } from "./timetable.ts";

/** A Saturday, 12:00 UTC. */
const NOON = Date.UTC(2026, 10, 21, 12);

function nextRuns(schedule: string, changes: Partial<Timed> = {}): string[] | undefined {
  const timetable = timetableOf({
    schedule,
    timeZone: undefined,
    createdAt: undefined,
    lastScheduledAt: undefined,
    ...changes,
  });
  if (timetable === undefined) {
    return undefined;
  }
  const first = timetable.dueAfter(NOON);
  const second = first === undefined ? undefined : timetable.dueAfter(first);
  return [first, second].map((at) => (at === undefined ? "never" : new Date(at).toISOString().slice(0, 16)));
}

// What robfig/cron v3 makes of them, by which the CronJob controller goes.
it.each([
  ["5/15 * * * *", "2026-11-21T12:05", "2026-11-21T12:20"],
  ["50/15 * * * *", "2026-11-21T12:50", "2026-11-21T13:50"],
  ["*/20 * * * *", "2026-11-21T12:20", "2026-11-21T12:40"],
  ["?/20 * * * *", "2026-11-21T12:20", "2026-11-21T12:40"],
  ["10-40/15 * * * *", "2026-11-21T12:10", "2026-11-21T12:25"],
  ["7,,9 * * * *", "2026-11-21T12:07", "2026-11-21T12:09"],
  ["  0   14/4  *  *  * ", "2026-11-21T14:00", "2026-11-21T18:00"],
  ["0 0 ? * MON-FRI", "2026-11-23T00:00", "2026-11-24T00:00"],
  ["0 0 * * Tue/2", "2026-11-24T00:00", "2026-11-26T00:00"],
  ["0 0 1 jan,Jul ?", "2027-01-01T00:00", "2027-07-01T00:00"],
  // A day of the month or a day of the week, unless one of them is any day; a star with a step is not.
  ["0 0 25 * sun", "2026-11-22T00:00", "2026-11-25T00:00"],
  ["0 0 */28 * mon", "2026-11-23T00:00", "2026-11-29T00:00"],
  ["0 0 */1 * mon", "2026-11-23T00:00", "2026-11-30T00:00"],
  ["@hourly", "2026-11-21T13:00", "2026-11-21T14:00"],
  ["@midnight", "2026-11-22T00:00", "2026-11-23T00:00"],
  ["@weekly", "2026-11-22T00:00", "2026-11-29T00:00"],
  ["@monthly", "2026-12-01T00:00", "2027-01-01T00:00"],
  ["@annually", "2027-01-01T00:00", "2028-01-01T00:00"],
  ["CRON_TZ=Africa/Lagos 0 2 * * *", "2026-11-22T01:00", "2026-11-23T01:00"],
  ["TZ=Africa/Lagos @daily", "2026-11-21T23:00", "2026-11-22T23:00"],
  ["0 0 30 2 *", "never", "never"],
])("%j is due as its controller takes it", (schedule, first, second) => {
  expect(nextRuns(schedule)).toEqual([first, second]);
});

it.each([
  "",
  "* * * *",
  "* * * * * *",
  "0 0 * * 7",
  "60 * * * *",
  "0 24 * * *",
  "0 0 0 * *",
  "40-10 * * * *",
  "*/0 * * * *",
  "1-2-3 * * * *",
  "1/2/3 * * * *",
  ", * * * *",
  "0 0 L * *",
  "0 0 15W * *",
  "0 0 * * 5#2",
  "0 0 * * monday",
  "@reboot",
  "@Hourly",
  "@every",
  "@every 5",
  "@every 1d",
  "TZ=Nowhere/At-All 0 0 * * *",
])("%j, which its controller refuses, is no schedule", (schedule) => {
  expect(nextRuns(schedule, { createdAt: NOON })).toBeUndefined();
});

describe("@every", () => {
  const ANCHOR = { createdAt: NOON - 7 * 60_000 - 400 };

  it.each([
    ["@every 1h", "2026-11-21T12:52", "2026-11-21T13:52"],
    ["@every 1h30m", "2026-11-21T13:22", "2026-11-21T14:52"],
    ["@every 0.5h", "2026-11-21T12:22", "2026-11-21T12:52"],
    ["@every 90500ms", "2026-11-21T12:00", "2026-11-21T12:01"],
    ["@every 1ms", "2026-11-21T12:00", "2026-11-21T12:00"],
  ])("%j counts in whole seconds from when it was made", (schedule, first, second) => {
    expect(nextRuns(schedule, ANCHOR)).toEqual([first, second]);
  });

  it("counts from its last run once there is one, and is not known where neither is", () => {
    const lastScheduledAt = NOON - 50 * 60_000;
    expect(nextRuns("@every 1h", { ...ANCHOR, lastScheduledAt })?.[0]).toBe("2026-11-21T12:10");
    expect(nextRuns("@every 1h")).toBeUndefined();
  });
});
