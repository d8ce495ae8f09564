import { describe, expect, it } from "vitest";
import type { Workload } from "#lib/clusters/model.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import { aWorkload } from "#lib/testing/cluster-objects.ts";
import { readRestartTarget, restartProgress, restartTargetName, whyNotRestarted, whyOutdated } from "./model.ts";

const LEDGER = aWorkload({ uid: "u1" });
const PLAN = {
  workload: { kind: "Deployment", namespace: "live", name: "ledger", uid: "u1", images: LEDGER.images },
} as const;

describe("a plan of a restart holds", () => {
  it("while that very object runs those very images, whatever its replicas and status do", () => {
    expect(whyOutdated(PLAN, LEDGER)).toBeUndefined();
    expect(whyOutdated(PLAN, aWorkload({ uid: "u1", generation: 9, desired: 7, ready: 0 }))).toBeUndefined();
  });

  it.each<[string, Workload | undefined, RegExp]>([
    ["is gone", undefined, /is gone/],
    ["was made anew with the same name", aWorkload({ uid: "u2" }), /deleted and made anew/],
    [
      "runs another image",
      aWorkload({ uid: "u1", images: [{ container: "main", image: "ledger:3" }] }),
      /other images/,
    ],
    ["has been scaled to nothing", aWorkload({ uid: "u1", desired: 0 }), /scaled to 0/],
    ["has been paused", aWorkload({ uid: "u1", paused: true }), /paused/],
  ])("not when the workload %s", (_what, now, why) => {
    expect(whyOutdated(PLAN, now)).toMatch(why);
  });
});

it("what a restart would not change is not restarted", () => {
  expect(whyNotRestarted(LEDGER)).toBeUndefined();
  expect(whyNotRestarted(aWorkload({ updateStrategy: "OnDelete" }))).toMatch(/OnDelete/);
});

describe("a restart", () => {
  const rollout: Rollout = { state: "done", reason: null, desired: 4, updated: 4, ready: 4, available: 4 };
  const at = (workload: Partial<Workload>, seen: Partial<Rollout> = {}) =>
    restartProgress(PLAN, 4, [{ workload: aWorkload({ uid: "u1", ...workload }), rollout: { ...rollout, ...seen } }]);

  it("is not done before the controller has seen its generation, however done the one before is", () => {
    expect(at({ generation: 3, observedGeneration: 3 }).state).toBe("under way");
    expect(at({ generation: 4, observedGeneration: 3 }).state).toBe("under way");
    expect(at({ generation: 4, observedGeneration: 4 })).toEqual({ state: "done" });
    expect(at({ generation: 5, observedGeneration: 5 })).toEqual({ state: "done" });
  });

  it("says how far it is, why it is stuck, and that the workload is gone", () => {
    const seen = { generation: 4, observedGeneration: 4 };
    expect(at(seen, { state: "progressing", updated: 1 })).toEqual({ state: "under way", note: "ledger: 1 of 4 new" });
    const reason = { code: "image" as const, message: "cannot pull" };
    expect(at(seen, { state: "stuck", reason })).toEqual({ state: "stuck", note: "ledger: cannot pull" });
    expect(restartProgress(PLAN, 4, [])).toEqual({ state: "stuck", note: "ledger is gone" });
  });
});

it("a target is read back as it was named, and nothing else is one", () => {
  const target = {
    environment: "gravv/live",
    workload: { kind: "StatefulSet", namespace: "live", name: "db" },
  } as const;
  expect(readRestartTarget(restartTargetName(target))).toEqual(target);
  for (const text of [undefined, "", "gravv/live", "gravv/live/Pod/live/db", "gravv/live/Deployment/live/db/x"]) {
    expect(readRestartTarget(text)).toBeUndefined();
  }
});
