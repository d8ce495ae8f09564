import { expect, test } from "vitest";
import type { Rollout } from "#lib/rollouts/model.ts";
import { movingWords, stuckWords } from "./rollout-words.ts";

const MOVING: Rollout = { state: "progressing", reason: null, desired: 4, updated: 2, ready: 3, available: 3 };

test("a stuck rollout is named by what holds it", () => {
  expect(stuckWords({ reason: { code: "quota", message: "quota q leaves no room" } })).toBe("stuck on quota");
  expect(stuckWords({ reason: null })).toBe("stuck");
});

test("a rollout counts new pods first, and available ones once all are new", () => {
  expect(movingWords(MOVING)).toBe("2 of 4 new");
  expect(movingWords({ ...MOVING, updated: 4 })).toBe("3 of 4 available");
});
