import { expect, it } from "vitest";
import { standingOf } from "./model.ts";

it.each([
  ["Running", true, "fine"],
  ["Running", false, "look"],
  ["Succeeded", false, "fine"],
  ["Pending", false, "look"],
  ["ContainerCreating", false, "look"],
  ["PodInitializing", false, "look"],
  ["Terminating", true, "look"],
  ["CrashLoopBackOff", false, "broken"],
  ["ImagePullBackOff", false, "broken"],
  ["ErrImagePull", false, "broken"],
  ["Init:CrashLoopBackOff", false, "broken"],
  ["CreateContainerConfigError", false, "broken"],
  ["InvalidImageName", false, "broken"],
  ["OOMKilled", false, "broken"],
  ["Failed", false, "broken"],
  ["Error", false, "broken"],
  ["Evicted", false, "broken"],
  ["Unschedulable", false, "broken"],
  ["Unknown", false, "broken"],
] as const)("a pod in state %s (ready: %s) is %s", (state, isReady, standing) => {
  expect(standingOf({ state, isReady })).toBe(standing);
});
