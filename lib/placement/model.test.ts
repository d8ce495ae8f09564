import { expect, it } from "vitest";
import { aNode, aPod, aWorkload } from "#lib/testing/cluster-objects.ts";
import { type PlacedPod, placementOf } from "./model.ts";

const ledger = aWorkload();
const placed = (changes: Parameters<typeof aPod>[0], workload: PlacedPod["workload"] = ledger): PlacedPod => ({
  pod: aPod(changes),
  workload,
});
const NODES = [
  aNode({ name: "n2", zone: "b" }),
  aNode({ name: "n1", zone: "b", roles: ["control-plane"] }),
  aNode({ name: "n3", zone: "a", taints: [{ key: "for", value: "db", effect: "NoSchedule" }] }),
];

it("nodes are told by site, then role, then name", () => {
  expect(placementOf(NODES, [], ["live"]).nodes.map(({ name }) => name)).toEqual(["n3", "n2", "n1"]);
});

it("what is requested of a node counts everybody's pods that have not ended; what runs there names only the environment's", () => {
  const pods = [
    placed({ uid: "1", node: "n1", isReady: true }),
    placed({ uid: "2", node: "n1" }),
    placed({ uid: "3", node: "n1", namespace: "other" }),
    placed({ uid: "4", node: "n1", phase: "Succeeded" }, undefined),
  ];
  const node = placementOf(NODES, pods, ["live"]).nodes.find(({ name }) => name === "n1");
  expect(node).toMatchObject({
    allocatable: { pods: 110, cpuCores: 4 },
    load: {
      requested: { pods: 3, cpuCores: 1.5, memoryBytes: 3 * 2 ** 28 },
      services: [{ namespace: "live", service: "ledger", pods: 2, ready: 1 }],
      others: 1,
    },
  });
});

it("pods of the environment that have no node are told with the scheduler's words, others' are not", () => {
  const pods = [
    placed({ uid: "1", name: "ledger-1", node: undefined, phase: "Pending", unschedulable: "0/3 nodes are available" }),
    placed({ uid: "2", name: "other-1", namespace: "other", node: undefined, phase: "Pending" }),
  ];
  expect(placementOf(NODES, pods, ["live"]).pending).toEqual([
    { name: "ledger-1", namespace: "live", service: "ledger", said: "0/3 nodes are available" },
  ]);
});

it("taints are told as kubectl writes them", () => {
  expect(placementOf(NODES, [], ["live"]).nodes[0]?.taints).toEqual(["for=db:NoSchedule"]);
});

it("a node on which nobody knows what runs is not said to be empty", () => {
  expect(placementOf(NODES, null, ["live"]).nodes.map(({ load }) => load)).toEqual([null, null, null]);
});
