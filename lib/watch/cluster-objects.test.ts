import { expect, it } from "vitest";
import { aPod } from "#lib/testing/cluster-objects.ts";
import { holdClusterObjects, keep } from "./cluster-objects.ts";

it("an object that is told again as it is says nothing new, and the one that is held stays", () => {
  const objects = holdClusterObjects();
  const pod = aPod();
  expect(keep(objects, { kind: "Pod", value: pod })).toEqual({ before: undefined });
  expect(keep(objects, { kind: "Pod", value: aPod() })).toBeUndefined();
  expect(objects.Pod.get(pod.uid)).toBe(pod);
});

it("an object of which anything has changed answers with what it was, and is found by what it is now", () => {
  const objects = holdClusterObjects();
  const pod = aPod({ node: "one" });
  keep(objects, { kind: "Pod", value: pod });
  const moved = aPod({ node: "two" });
  expect(keep(objects, { kind: "Pod", value: moved })).toEqual({ before: { kind: "Pod", value: pod } });
  expect(objects.Pod.by("node", "one")).toEqual([]);
  expect(objects.Pod.by("node", "two")).toEqual([moved]);
});
