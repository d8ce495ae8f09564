import { expect, it } from "vitest";
import type { BranchCommit } from "#lib/systems/git/port.ts";
import { evidenceOfReturn, lastInEffect } from "./model.ts";

const ours = new Set(["m1", "m2", "m3"]);
const one = (revision: string, reverts?: string): BranchCommit => ({ revision, parents: ["before"], reverts });

it.each<[string, BranchCommit[], string | undefined]>([
  ["the newest promotion", [one("m2"), one("m1")], "m2"],
  ["the newest promotion below commits of others", [one("hotfix"), one("m2"), one("m1")], "m2"],
  ["the one before, after the newest was taken back", [one("r2", "m2"), one("m2"), one("m1")], "m1"],
  ["none, after all were taken back", [one("r1", "m1"), one("r2", "m2"), one("m2"), one("m1")], undefined],
  ["the promotion made anew", [one("m3"), one("r2", "m2"), one("m2"), one("m1")], "m3"],
  [
    "the oldest, after both that followed were",
    [one("r3", "m3"), one("m3"), one("r2", "m2"), one("m2"), one("m1")],
    "m1",
  ],
  ["none where no promotion of ours is on the branch", [one("x"), one("y")], undefined],
  ["none in an empty history", [], undefined],
])("the promotion in effect is %s", (_which, history, expected) => {
  expect(lastInEffect(history, ours)).toBe(expected);
});

it("a revert of somebody else's merge takes nothing of ours back", () => {
  expect(lastInEffect([one("r", "x"), one("m1"), one("x")], ours)).toBe("m1");
});

it.each([
  ["whole and brought by an operation that succeeded", true, "succeeded", "passed"],
  ["whole and brought by one that failed", true, "failed", "failed"],
  ["whole and nobody is known to have brought it", true, undefined, "unknown"],
  ["mixed with later commits", false, "succeeded", "failed"],
] as const)("a release that comes back %s: %s %s is %s", (_how, isWhole, state, found) => {
  const broughtBy = state === undefined ? undefined : { requestId: "req_1", state };
  expect(evidenceOfReturn("r1", "gravv/live", { isWhole, broughtBy })).toEqual([
    { item: "ran-before", state: found, source: state === undefined ? "gravv/live" : "req_1", subject: "r1" },
  ]);
});
