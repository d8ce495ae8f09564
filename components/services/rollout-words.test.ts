import { expect, test } from "vitest";
import type { Rollout } from "#lib/rollouts/model.ts";
import { movingWords, shortReason, stuckWords } from "./rollout-words.ts";

const MOVING: Rollout = { state: "progressing", reason: null, desired: 4, updated: 2, ready: 3, available: 3 };

test("a stuck rollout is named by what holds it", () => {
  expect(stuckWords({ reason: { code: "quota", message: "quota q leaves no room" } })).toBe("stuck on quota");
  expect(stuckWords({ reason: null })).toBe("stuck");
});

test("a rollout counts new pods first, then available ones, then waits for the old ones to go", () => {
  expect(movingWords(MOVING)).toBe("2 of 4 new");
  expect(movingWords({ ...MOVING, updated: 4 })).toBe("3 of 4 available");
  expect(movingWords({ ...MOVING, updated: 4, available: 4 })).toBe("old pods are ending");
});

test("a reason is short for a headline, but a quota's keeps its numbers", () => {
  const message = "webhooks-7bdb cannot pull the image of webhooks (ImagePullBackOff): Back-off pulling image";
  expect(shortReason({ reason: { code: "image", message } })).toBe(
    "webhooks-7bdb cannot pull the image of webhooks (ImagePullBackOff)",
  );
  const quota = "quota q leaves no room: needs requests.cpu=1, in use requests.cpu=8, limit requests.cpu=8";
  expect(shortReason({ reason: { code: "quota", message: quota } })).toBe(quota);
  expect(shortReason({ reason: null })).toBeUndefined();
});
