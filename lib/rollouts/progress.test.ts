import { expect, it } from "vitest";
import type { PlannedWorkload } from "#lib/promotions/model.ts";
import type { Rollout } from "./model.ts";
import { progressOf } from "./progress.ts";

const ledger: PlannedWorkload = { kind: "Deployment", name: "ledger", isTouched: true };
const sweeps: PlannedWorkload = { kind: "Deployment", name: "sweeps", isTouched: false };

function seen(name: string, revision: string | undefined, state: Rollout["state"] = "done", message?: string) {
  const reason = message === undefined ? null : { code: "quota" as const, message };
  return {
    workload: { kind: "Deployment" as const, name, revision },
    rollout: { state, reason, desired: 4, updated: 2, ready: 4, available: 4 },
  };
}

const isReached = (revision: string) => revision === "new" || revision === "newer";
const progress = (...all: ReturnType<typeof seen>[]) => progressOf([ledger, sweeps], all, isReached);

it("a change is rolled out when every workload carries it, or one after it, and what it touches is done", () => {
  expect(progress(seen("ledger", "new"), seen("sweeps", "newer"))).toEqual({ state: "done" });
});

it("a workload that still carries the revision before is waited for, even when its rollout is done", () => {
  expect(progress(seen("ledger", "new"), seen("sweeps", "old"))).toEqual({
    state: "under way",
    note: "waiting for the deployment to reach sweeps",
  });
});

it("a workload that is not there, or carries no revision, is never taken for rolled out", () => {
  expect(progress(seen("sweeps", undefined))).toEqual({
    state: "under way",
    note: "waiting for the deployment to reach ledger, sweeps",
  });
});

it("a touched workload that is under way says how far it is", () => {
  expect(progress(seen("ledger", "new", "progressing"), seen("sweeps", "new"))).toEqual({
    state: "under way",
    note: "rolling out: ledger 2 of 4 new",
  });
});

it.each(["progressing", "paused", "unknown"] as const)("a touched workload that is %s is not done", (state) => {
  expect(progress(seen("ledger", "new", state), seen("sweeps", "new")).state).toBe("under way");
});

it("a touched workload that is stuck says why, before anything that is merely waited for", () => {
  expect(progress(seen("ledger", "new", "stuck", "quota q leaves no room"), seen("sweeps", "old"))).toEqual({
    state: "stuck",
    note: "ledger: quota q leaves no room",
  });
});

it("a workload stuck on the revision before is not the new revision's fault", () => {
  expect(progress(seen("ledger", "old", "stuck", "crashes"), seen("sweeps", "new")).state).toBe("under way");
});

it("the trouble of a workload that the change does not touch holds nothing up", () => {
  expect(progress(seen("ledger", "new"), seen("sweeps", "new", "stuck", "crashes"))).toEqual({ state: "done" });
});

it("another kind of the same name is another workload", () => {
  const other = seen("ledger", "new");
  const stateful = { ...other, workload: { ...other.workload, kind: "StatefulSet" as const } };
  expect(progressOf([ledger], [stateful], isReached).state).toBe("under way");
});
