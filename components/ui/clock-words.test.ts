import { describe, expect, test } from "vitest";
import { localClock, utcClock, utcMoment } from "./clock-words.ts";

const moment = new Date("2026-11-21T02:50:07.412Z");

describe("clock words", () => {
  test("say UTC to the minute and to the second", () => {
    expect(utcClock(moment)).toBe("02:50 UTC");
    expect(utcMoment(moment)).toBe("2026-11-21 02:50:07 UTC");
  });

  test("say the reader's own time with its zone", () => {
    expect(localClock(moment, "Asia/Singapore")).toMatch(/^10:50 \S+$/);
    expect(localClock(moment, "Africa/Lagos")).toMatch(/^03:50 \S+$/);
  });

  test("count midnight as 00", () => {
    expect(localClock(new Date("2026-11-21T16:05:00Z"), "Asia/Singapore")).toMatch(/^00:05 /);
  });

  test("say nothing twice where the reader lives in UTC", () => {
    expect(localClock(moment, "UTC")).toBeUndefined();
  });
});
