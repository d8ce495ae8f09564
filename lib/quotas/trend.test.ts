import { describe, expect, it } from "vitest";
import { type Sample, trendOf } from "./trend.ts";

const DAY_MS = 86_400_000;
const START = Date.parse("2026-11-01T00:00:00.000Z");
const SINCE = "2026-11-01T00:00:00.000Z";

/** One sample each six hours over so many days. */
function samples(days: number, requestedAt: (day: number) => number): Sample[] {
  return Array.from({ length: days * 4 + 1 }, (_, index) => ({
    at: START + (index * DAY_MS) / 4,
    requested: requestedAt(index / 4),
  }));
}

describe("the pace of a quota", () => {
  it("tells in how many days it is full", () => {
    const grown = samples(9, (day) => 10 + day / 3);
    expect(trendOf(grown, { hard: 15, requested: 13 })).toEqual({
      state: "growing",
      since: SINCE,
      perDay: expect.closeTo(1 / 3, 9),
      overDays: 9,
      fullInDays: expect.closeTo(6, 9),
    });
  });

  it("is that of most days, whatever one deployment's surge or one outage did", () => {
    const grown = samples(9, (day) => (day === 4 ? 40 : day === 6 ? 0 : 10 + day / 3));
    expect(trendOf(grown, { hard: 15, requested: 13 })).toMatchObject({ fullInDays: expect.closeTo(6, 1) });
  });

  it("is none where nothing moves but for a surge", () => {
    expect(
      trendOf(
        samples(9, (day) => (day === 4 ? 40 : 10)),
        { hard: 15, requested: 10 },
      ),
    ).toEqual({
      state: "steady",
      since: SINCE,
    });
  });

  it("falls where less is requested from day to day", () => {
    expect(
      trendOf(
        samples(9, (day) => 10 - day / 2),
        { hard: 15, requested: 5 },
      ),
    ).toMatchObject({
      state: "falling",
      perDay: expect.closeTo(-0.5, 9),
    });
  });

  it("leaves no day where it is full already", () => {
    expect(
      trendOf(
        samples(9, (day) => 10 + day),
        { hard: 15, requested: 19 },
      ),
    ).toMatchObject({ fullInDays: 0 });
  });

  it("holds for a history of a month by the hour as well", () => {
    const month = Array.from({ length: 720 }, (_, hour) => ({ at: START + hour * 3_600_000, requested: hour / 24 }));
    expect(trendOf(month, { hard: 40, requested: 30 })).toMatchObject({ fullInDays: expect.closeTo(10, 6) });
  });
});

describe("nothing is foretold", () => {
  it("without any sample", () => {
    expect(trendOf([], { hard: 1, requested: 1 })).toEqual({ state: "short", since: null });
  });

  it("from less than three days", () => {
    expect(
      trendOf(
        samples(2, (day) => day),
        { hard: 15, requested: 2 },
      ),
    ).toEqual({ state: "short", since: SINCE });
  });

  it("from a handful of samples, however far apart", () => {
    const few = samples(9, (day) => day).filter((_, index) => index % 6 === 0);
    expect(few.length).toBeLessThan(8);
    expect(trendOf(few, { hard: 15, requested: 9 })).toEqual({ state: "short", since: SINCE });
  });
});
