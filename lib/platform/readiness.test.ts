import { describe, expect, it } from "vitest";
import type { SourceRow, SourceState } from "#lib/watch/freshness.ts";
import { readinessFrom } from "./readiness.ts";

const START = new Date("2026-11-21T03:00:00.000Z");
const later = (seconds: number) => new Date(START.getTime() + 1000 * seconds);

function tried(states: Readonly<Record<string, SourceState>>): ReadonlyMap<string, SourceRow> {
  return new Map(
    Object.entries(states).map(([id, state]) => [id, { id, state, since: START.toISOString(), message: null }]),
  );
}

const IDS = ["kubernetes:gravv", "kubernetes:gx"];

describe("a process is ready", () => {
  it("once each source has been read, also where it is stale by now", () => {
    const sources = tried({ "kubernetes:gravv": "ok", "kubernetes:gx": "stale" });
    expect(readinessFrom(true, IDS, sources, later(1))).toEqual({ isReady: true, missing: [] });
  });

  it("not as long as a source may still be read, which it names", () => {
    const sources = tried({ "kubernetes:gravv": "ok", "kubernetes:gx": "unreachable" });
    expect(readinessFrom(true, IDS, sources, later(29))).toEqual({ isReady: false, missing: ["kubernetes:gx"] });
    expect(readinessFrom(true, IDS, tried({ "kubernetes:gravv": "ok" }), later(99))).toEqual({
      isReady: false,
      missing: ["kubernetes:gx"],
    });
  });

  it.each(["unreachable", "denied"] as const)("without one that is %s for long, which it goes on to name", (state) => {
    const sources = tried({ "kubernetes:gravv": "ok", "kubernetes:gx": state });
    expect(readinessFrom(true, IDS, sources, later(30))).toEqual({ isReady: true, missing: ["kubernetes:gx"] });
  });

  it("never without its database", () => {
    const sources = tried({ "kubernetes:gravv": "ok", "kubernetes:gx": "ok" });
    expect(readinessFrom(false, IDS, sources, later(99))).toEqual({ isReady: false, missing: ["database"] });
  });
});
