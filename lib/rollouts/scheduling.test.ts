import { describe, expect, it } from "vitest";
import { unschedulableReason } from "./scheduling.ts";

describe("what the scheduler says becomes plain words:", () => {
  it.each([
    [
      "0/6 nodes are available: 1 node(s) had untolerated taint {dedicated: fabric}, 2 Insufficient memory, 3 Insufficient cpu. no new claims to deallocate, preemption: 0/6 nodes are available: 1 Preemption is not helpful for scheduling, 5 No preemption victims found for incoming pod.",
      "none of 6 nodes takes a: a taint that it does not tolerate (dedicated) on 1, too little memory free on 2, too little CPU free on 3",
    ],
    [
      "0/4 nodes are available: 1 node(s) were unschedulable, 3 node(s) didn't match pod anti-affinity rules. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
      "none of 4 nodes takes a: cordoned on 1, a pod already there that it must stand apart from on 3",
    ],
    [
      "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
      "none of 2 nodes takes a: not what its node selector or affinity asks for on 2",
    ],
    [
      "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label).",
      "none of 2 nodes takes a: its spread over zones or nodes would be broken on 2",
    ],
    ["0/1 nodes are available: 1 Too many pods.", "the only node does not take a: no room for one more pod on 1"],
    [
      "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
      "the only node does not take a: too little nvidia.com/gpu free on 1",
    ],
    [
      "0/3 nodes are available: 3 node(s) had untolerated taint(s).",
      "none of 3 nodes takes a: a taint that it does not tolerate on 3",
    ],
    [
      "0/3 nodes are available: 3 of a reason yet to be made.",
      "none of 3 nodes takes a: of a reason yet to be made on 3",
    ],
    ["no nodes available to schedule pods", "no node takes a: the cluster has none"],
    ["running PreBind plugin failed", "no node takes a: running PreBind plugin failed"],
  ])("%s", (said, message) => {
    expect(unschedulableReason("a", said)).toEqual({ code: "unschedulable", message });
  });

  it.each([
    [
      "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
      "a does not get its volume: its claim is not bound to a volume yet",
    ],
    [
      '0/4 nodes are available: persistentvolumeclaim "data-a" not found.',
      "a does not get its volume: claim data-a does not exist",
    ],
  ])("a volume's lack is one of volumes: %s", (said, message) => {
    expect(unschedulableReason("a", said)).toEqual({ code: "volume", message });
  });
});
