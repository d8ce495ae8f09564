import { describe, expect, test } from "vitest";
import { ageInWords, ageOf } from "./age-words.ts";

const s = 1000;
const min = 60 * s;
const h = 60 * min;
const d = 24 * h;

describe("an age in words", () => {
  test.each([
    [0, "0 s"],
    [999, "0 s"],
    [59 * s + 999, "59 s"],
    [min, "1 min"],
    [h - 1, "59 min"],
    [h, "1 h"],
    [3 * h + 4 * min, "3 h 4 min"],
    [10 * h + 59 * min, "10 h"],
    [d - 1, "23 h"],
    [d, "1 d"],
    [6 * d + 21 * h, "6 d 21 h"],
    [9 * d + 21 * h, "9 d"],
    [729 * d, "729 d"],
    [730 * d, "2 y"],
  ])("%d ms is %s", (ms, words) => {
    expect(ageInWords(ms)).toBe(words);
  });

  test("ignores the sign, for what is still to come", () => {
    expect(ageInWords(-22 * min)).toBe("22 min");
  });
});

describe("a moment seen from now", () => {
  test("reads as past, as bare and as what is left", () => {
    expect(ageOf(0, 22 * min, "ago")).toBe("22 min ago");
    expect(ageOf(0, 22 * min, "bare")).toBe("22 min");
    expect(ageOf(22 * min, 0, "until")).toBe("in 22 min");
  });

  test("says when a time limit has passed", () => {
    expect(ageOf(0, 22 * min, "until")).toBe("22 min over");
  });

  test("never puts what has happened into the future when clocks differ", () => {
    expect(ageOf(3 * s, 0, "ago")).toBe("just now");
    expect(ageOf(3 * h, 0, "ago")).toBe("just now");
    expect(ageOf(3 * s, 0, "bare")).toBe("now");
  });
});
