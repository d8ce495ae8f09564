import { describe, expect, it } from "vitest";
import { aNode, aPod } from "#lib/testing/cluster-objects.ts";
import { capacityOf, roomOf } from "./capacity.ts";

const GIB = 2 ** 30;
const demand = (cpuCores: number) => ({ pods: 1, cpuCores, memoryBytes: cpuCores * GIB });
const environmentOf = (namespace: string) => ({ live: "gx/mainnet", fabric: "gx/mainnet" })[namespace];

describe("a cluster's capacity", () => {
  it("is what its ready and uncordoned nodes can give, and no more", () => {
    const nodes = [aNode(), aNode({ name: "node-2", isCordoned: true }), aNode({ name: "node-3", isReady: false })];
    expect(capacityOf(nodes, [], environmentOf)).toMatchObject({
      nodes: { usable: 1, all: 3 },
      allocatable: { pods: 110, cpuCores: 4, memoryBytes: 16 * GIB },
      requested: { pods: 0, cpuCores: 0, memoryBytes: 0 },
    });
  });

  it("is taken by each namespace of an environment by itself, and by all the rest together", () => {
    const pods = [
      aPod({ uid: "1", namespace: "live", demand: demand(1) }),
      aPod({ uid: "2", namespace: "live", demand: demand(0.5) }),
      aPod({ uid: "3", namespace: "kube-system", demand: demand(0.1) }),
      aPod({ uid: "4", namespace: "somebody", demand: demand(0.1) }),
    ];
    const { takers, requested } = capacityOf([aNode()], pods, environmentOf);
    expect(takers).toEqual([
      { environment: "gx/mainnet", namespace: "live", requested: { pods: 2, cpuCores: 1.5, memoryBytes: 1.5 * GIB } },
      { environment: null, namespace: null, requested: { pods: 2, cpuCores: 0.2, memoryBytes: 0.2 * GIB } },
    ]);
    expect(requested.cpuCores).toBe(1.7);
  });

  it("is not held by pods that have ended, and those elsewhere or without a node are told apart", () => {
    const nodes = [aNode(), aNode({ name: "node-2", isCordoned: true })];
    const pods = [
      aPod({ uid: "1", phase: "Succeeded" }),
      aPod({ uid: "2", node: "node-2", demand: demand(2) }),
      aPod({ uid: "3", node: undefined, phase: "Pending", demand: demand(3) }),
    ];
    const seen = capacityOf(nodes, pods, environmentOf);
    expect(seen).toMatchObject({ requested: { pods: 0 }, elsewhere: { cpuCores: 2 }, waiting: { cpuCores: 3 } });
  });
});

it("what a node has left is what it can give less what its pods hold", () => {
  const pods = [aPod({ demand: demand(1.5) }), aPod({ uid: "p2", phase: "Failed", demand: demand(2) })];
  expect(roomOf([aNode(), aNode({ name: "n2", isCordoned: true })], () => pods).map(({ free }) => free)).toEqual([
    { pods: 109, cpuCores: 2.5, memoryBytes: 14.5 * GIB },
  ]);
});
