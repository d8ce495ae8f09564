import { describe, expect, test } from "vitest";
import { freshnessOf, type Source, type SourceState } from "./freshness-words.ts";

function sources(...states: readonly SourceState[]): readonly Source[] {
  return states.map((state, index) => ({ name: `source ${index}`, state, since: "2026-11-21T02:41:00Z" }));
}

describe("freshness in the bar", () => {
  test("is green only when every source answers and the line is up", () => {
    expect(freshnessOf(sources("ok", "ok"), "live")).toEqual({ tone: "fine", word: "Live", detail: "2 of 2 sources" });
    expect(freshnessOf(sources("ok", "denied"), "live").tone).toBe("look");
    expect(freshnessOf(sources("ok", "ok"), "connecting").tone).toBe("unknown");
    expect(freshnessOf(sources("ok", "ok"), "lost").tone).toBe("broken");
    expect(freshnessOf(sources(), "live").tone).toBe("unknown");
  });

  test("counts a source that is stale, denied or gone as not answering", () => {
    expect(freshnessOf(sources("ok", "stale", "denied", "unreachable"), "live").detail).toBe("1 of 4 sources");
  });

  test("is broken when none answers", () => {
    expect(freshnessOf(sources("stale", "unreachable"), "live").tone).toBe("broken");
  });

  test("does not say live while the line is down", () => {
    expect(freshnessOf(sources("ok"), "lost").word).toBe("Not live");
  });
});
