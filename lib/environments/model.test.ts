import { describe, expect, it } from "vitest";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { whyUnseen } from "./model.ts";

const LIVE = { cluster: "gravv", platform: "gravv" };

function sources(cluster: SourceRow["state"], git: SourceRow["state"]): ReadonlyMap<string, SourceRow> {
  const row = (id: string, state: SourceRow["state"]): [string, SourceRow] => [
    id,
    { id, state, since: "2026-11-21T12:34:56.000Z", message: null },
  ];
  return new Map([row("kubernetes:gravv", cluster), row("git:gravv", git)]);
}

describe("an environment", () => {
  it("is seen when its cluster and its repository answer", () => {
    expect(whyUnseen(LIVE, sources("ok", "ok"))).toBeUndefined();
  });

  it("is not seen when either does not, and says which and since when", () => {
    expect(whyUnseen(LIVE, sources("stale", "ok"))).toContain("Cluster gravv has not answered since 12:34 UTC.");
    expect(whyUnseen(LIVE, sources("ok", "unreachable"))).toContain(
      "The Git repository of gravv has not been reached since 12:34 UTC.",
    );
  });

  it("is not seen before its sources have been asked", () => {
    expect(whyUnseen(LIVE, new Map())).toContain("Cluster gravv has not been asked yet.");
  });
});
