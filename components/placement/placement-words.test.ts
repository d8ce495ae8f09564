import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { PlacedNode } from "#lib/placement/model.ts";
import type { Outcome, WorkloadOutcome } from "#lib/placement/what-if.ts";
import {
  budgetWords,
  fateWords,
  nodeState,
  outcomeTone,
  outcomeWords,
  placementWords,
  sitesOf,
} from "./placement-words.ts";

function node(name: string, changes: Partial<PlacedNode> = {}): PlacedNode {
  const nothing = { pods: 0, cpuCores: 0, memoryBytes: 0 };
  return {
    name,
    roles: [],
    zone: "a",
    region: "eu",
    isReady: true,
    isCordoned: false,
    pressures: [],
    taints: [],
    allocatable: nothing,
    load: { requested: nothing, services: [], others: 0 },
    ...changes,
  };
}

function workload(name: string, changes: Partial<WorkloadOutcome> = {}): WorkloadOutcome {
  return {
    namespace: "live",
    service: name,
    kind: "Deployment",
    name,
    desired: 3,
    readyNow: 3,
    kept: 2,
    movable: 1,
    stranded: 0,
    majority: null,
    ...changes,
  };
}

const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  loss: { kind: "node", name: "worker-2" },
  nodes: ["worker-2"],
  workloads: [],
  budgets: [],
  ...changes,
});

describe("what becomes of an environment is said", () => {
  it("worst first, in one sentence, with what would stop a drain", () => {
    const postgres = workload("postgres", { kind: "StatefulSet", kept: 1, movable: 0, stranded: 2, majority: "lost" });
    const budgets = [
      { namespace: "live", name: "wallet", pods: 1, allowed: 0, verdict: "blocked", clashesWith: null } as const,
      { namespace: "live", name: "other", pods: 1, allowed: 1, verdict: "free", clashesWith: null } as const,
    ];
    const workloads = [workload("rates", { kept: 0, desired: 1 }), postgres, workload("svc-wallet")];
    expect(plainWords(outcomeWords(outcome({ workloads, budgets }), "bank/live"))).toBe(
      "If node worker-2 goes: rates has no ready pod left; postgres loses its majority (1 of 3 stay); svc-wallet keeps 2 of 3; a drain would be blocked by wallet.",
    );
  });

  it("with how many more are touched, and with what would fit nowhere", () => {
    const workloads = ["a", "b", "c", "d"].map((name) => workload(name, { movable: 0, stranded: 1 }));
    expect(plainWords(outcomeWords(outcome({ workloads }), "bank/live"))).toMatch(
      /a keeps 2 of 3, and 1 would fit nowhere else; .*; 1 more workload is touched\.$/,
    );
  });

  it("without a word of a drain's freedom where the budgets are not known", () => {
    expect(plainWords(outcomeWords(outcome({ workloads: [workload("a")], budgets: null }), "bank/live"))).toBe(
      "If node worker-2 goes: a keeps 2 of 3; whether a drain would be blocked is not known.",
    );
  });

  it("also where nothing is lost", () => {
    expect(plainWords(outcomeWords(outcome(), "bank/live"))).toBe(
      "If node worker-2 goes: nothing of bank/live is lost.",
    );
  });
});

it.each([
  [{}, "1 pod would fit elsewhere", "look"],
  [{ stranded: 1, movable: 0 }, "1 pod would fit nowhere else", "look"],
  [{ stranded: 1, movable: 2 }, "2 would fit elsewhere, 1 nowhere", "look"],
  [{ majority: "lost" }, "no majority; 1 pod would fit elsewhere", "broken"],
  [{ kept: 0 }, "1 pod would fit elsewhere", "broken"],
  [{ kept: 3 }, "1 pod would fit elsewhere", "fine"],
] as const)("of a workload with %j: %s (%s)", (changes, words, tone) => {
  expect(fateWords(workload("a", changes))).toBe(words);
  expect(outcomeTone(workload("a", changes))).toBe(tone);
});

it.each([
  ["free", 1, 1, null, "lets the 1 pod go"],
  ["waits", 2, 1, null, "lets 1 of 2 pods go now, the others as replacements come up"],
  ["blocked", 2, 0, null, "blocks a drain: it lets none of 2 pods go now"],
  ["blocked", 2, 1, null, "blocks a drain after 1 of 2 pods: replacements would find no place"],
  ["blocked", 2, 2, "twin", "blocks a drain: twin counts the same pods, and eviction refuses two budgets"],
] as const)("a budget that is %s with %i pods and %i allowed %s", (verdict, pods, allowed, clashesWith, words) => {
  expect(budgetWords({ namespace: "live", name: "b", verdict, pods, allowed, clashesWith })).toBe(words);
});

it.each([
  [{}, "fine", "ready"],
  [{ isCordoned: true }, "look", "cordoned"],
  [{ pressures: ["MemoryPressure", "PIDPressure"] }, "look", "short of memory and short of process ids"],
  [{ pressures: ["NetworkUnavailable"] }, "look", "NetworkUnavailable"],
  [{ isReady: false, isCordoned: true }, "broken", "not ready"],
] as const)("a node with %j is %s: %s", (changes, tone, word) => {
  expect(nodeState(node("n", changes))).toEqual({ tone, word });
});

it("nodes stand by zone, by region where they say no zone, and in one place where they say neither", () => {
  const nodes = [node("n1"), node("n2", { zone: null }), node("n3", { zone: null, region: null })];
  expect(sitesOf(nodes).map(({ name, kind }) => [name, kind])).toEqual([
    ["a", "zone"],
    ["eu", "region"],
    ["", undefined],
  ]);
});

it("the page begins with the nodes that need a look, then pods without a node in the scheduler's reason", () => {
  const requested = { pods: 2, cpuCores: 1, memoryBytes: 1 };
  const load = { requested, services: [{ namespace: "live", service: "ledger", pods: 2, ready: 2 }], others: 0 };
  const said = "0/2 nodes are available: 2 Insufficient cpu.";
  const words = placementWords({
    environment: "bank/live",
    cluster: "c",
    nodes: [node("n1"), node("n2", { isReady: false, load })],
    pending: [{ name: "ledger-1", namespace: "live", service: "ledger", said }],
    areNodesKnown: true,
    unknown: [],
  });
  expect([words.title, plainWords(words.lead)]).toEqual([
    "1 of 2 nodes of cluster c needs a look.",
    "n2 is not ready: 2 pods of bank/live there. 1 pod of bank/live has no node: none of 2 nodes takes ledger-1: too little CPU free on 2.",
  ]);
});

it("nodes that are not known are not said to be none", () => {
  const facts = {
    environment: "bank/live",
    cluster: "c",
    nodes: [],
    pending: [],
    areNodesKnown: false,
    unknown: ["Cluster c does not let Gatehouse read Node since 11:00 UTC: which nodes there are is not known."],
  };
  expect(placementWords(facts).title).toBe("Which nodes cluster c has is not known.");
  expect(placementWords({ ...facts, nodes: [node("n1")] }).title).toBe("Which nodes cluster c has is not known.");
});
