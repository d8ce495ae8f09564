import { describe, expect, it } from "vitest";
import type { Pod, Spreading, Workload } from "#lib/clusters/model.ts";
import { aBudget, aNode, aPod, aWorkload } from "#lib/testing/cluster-objects.ts";
import type { PlacedPod } from "./model.ts";
import { type ClusterStanding, parseLoss, whatIf } from "./what-if.ts";

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

function node(name: string, zone: string, changes: Partial<ReturnType<typeof aNode>> = {}) {
  return aNode({ name, zone, region: "eu", labels: { [HOST]: name, [ZONE]: zone }, ...changes });
}
const NODES = [node("n1", "a"), node("n2", "b"), node("n3", "c")];

/** One ready pod of half a core on each of the named nodes. */
function podsOn(workload: Workload, nodes: readonly string[], changes: Partial<Pod> = {}): PlacedPod[] {
  return nodes.map((name, at) => ({
    workload,
    pod: aPod({
      uid: `${workload.uid}-${at}`,
      name: `${workload.name}-${at}`,
      namespace: workload.namespace,
      node: name,
      isReady: true,
      ...changes,
    }),
  }));
}

function workload(name: string, changes: Partial<Workload> = {}, spreading: readonly Spreading[] = []): Workload {
  const made = aWorkload({ uid: name, name, service: name, desired: 3, ...changes });
  return { ...made, template: { ...made.template, labels: { app: name }, spreading, ...changes.template } };
}

const FULL = { pods: 1, cpuCores: 3.8, memoryBytes: 2 ** 28 };
const away = (app: string, topologyKey = HOST): Spreading => ({
  topologyKey,
  isRequired: true,
  maxSkew: undefined,
  awayFrom: { matchLabels: { app }, matchExpressions: [] },
});
const even = (maxSkew: number, topologyKey = ZONE): Spreading => ({
  topologyKey,
  isRequired: true,
  maxSkew,
  awayFrom: undefined,
});

function ask(pods: readonly PlacedPod[], changes: Partial<ClusterStanding> = {}, text = "node:n1") {
  const loss = parseLoss(text);
  return loss && whatIf({ nodes: NODES, pods, budgets: [], ...changes }, loss);
}

describe("when a node goes, a workload", () => {
  it("keeps its ready pods elsewhere, and its lost ones find a place where their requests fit", () => {
    const wallet = workload("wallet");
    expect(ask(podsOn(wallet, ["n1", "n1", "n2"]))?.workloads).toEqual([
      {
        namespace: "live",
        service: "wallet",
        kind: "Deployment",
        name: "wallet",
        desired: 3,
        readyNow: 3,
        kept: 1,
        movable: 2,
        stranded: 0,
        majority: null,
      },
    ]);
  });

  it("keeps no pod that is elsewhere without being ready", () => {
    const wallet = workload("wallet");
    const pods = [...podsOn(wallet, ["n1"]), ...podsOn(wallet, ["n2"], { uid: "x", isReady: false })];
    expect(ask(pods)?.workloads).toMatchObject([{ readyNow: 1, kept: 0 }]);
  });

  it("is not told of where it has no pod there, nor where it is a DaemonSet", () => {
    const agent = workload("agent", { kind: "DaemonSet" });
    expect(ask([...podsOn(workload("wallet"), ["n2"]), ...podsOn(agent, ["n1", "n2"])])?.workloads).toEqual([]);
  });

  it("has as many stranded as do not fit on what is left, whatever they all ask for together", () => {
    const big = workload("big");
    const others = ["n2", "n3"].flatMap((name) =>
      podsOn(workload(`on-${name}`), [name], { demand: { ...FULL, cpuCores: 2 } }),
    );
    const pods = [...podsOn(big, ["n1", "n1", "n1"], { demand: { ...FULL, cpuCores: 1.5 } }), ...others];
    expect(ask(pods)?.workloads).toMatchObject([{ movable: 2, stranded: 1 }]);
  });

  it("finds no place on nodes that are cordoned, not ready, tainted, or not what it selects", () => {
    const wallet = workload("wallet");
    const stranded = (...nodes: typeof NODES) =>
      ask(podsOn(wallet, ["n1"]), { nodes: [node("n1", "a"), ...nodes] })?.workloads[0]?.stranded;
    expect(stranded(node("n2", "b"))).toBe(0);
    expect(stranded(node("n2", "b", { isCordoned: true }))).toBe(1);
    expect(stranded(node("n2", "b", { isReady: false }))).toBe(1);
    expect(stranded(node("n2", "b", { taints: [{ key: "for", value: "", effect: "NoSchedule" }] }))).toBe(1);
    const picky = workload("picky", { template: { ...wallet.template, nodeSelector: { disk: "ssd" } } });
    expect(ask(podsOn(picky, ["n1"]))?.workloads).toMatchObject([{ stranded: 1 }]);
  });

  it("finds no place beside a pod that it must stand apart from, nor beside one that must stand apart from it", () => {
    const apart = workload("apart", {}, [away("apart")]);
    expect(ask(podsOn(apart, ["n1", "n2", "n3"]))?.workloads).toMatchObject([{ movable: 0, stranded: 1 }]);
    const shy = ["n2", "n3"].flatMap((name) => podsOn(workload(`shy-${name}`, {}, [away("wallet")]), [name]));
    expect(ask([...podsOn(workload("wallet"), ["n1"]), ...shy])?.workloads).toMatchObject([{ stranded: 1 }]);
    const preferred = workload("apart", {}, [{ ...away("apart"), isRequired: false }]);
    expect(ask(podsOn(preferred, ["n1", "n2", "n3"]))?.workloads).toMatchObject([{ movable: 1 }]);
  });

  it("stays as evenly spread as it must", () => {
    const pods = (skew: number) => podsOn(workload("even", { desired: 4 }, [even(skew)]), ["n1", "n2", "n2", "n3"]);
    const only2 = [
      node("n1", "a"),
      node("n2", "b"),
      node("n3", "c", { allocatable: { cpu: "500m", memory: "1Gi", pods: "9" } }),
    ];
    expect(ask(pods(1), { nodes: only2 })?.workloads).toMatchObject([{ movable: 0 }]);
    expect(ask(pods(2), { nodes: only2 })?.workloads).toMatchObject([{ movable: 1 }]);
  });
});

describe("when a zone goes", () => {
  it("all its nodes go, and none of them takes what was on another", () => {
    const nodes = [node("n1", "a"), node("n1b", "a"), node("n2", "b")];
    const outcome = ask(podsOn(workload("wallet"), ["n1", "n1b", "n2"]), { nodes }, "zone:a");
    expect(outcome).toMatchObject({ nodes: ["n1", "n1b"], workloads: [{ kept: 1, movable: 2 }] });
  });

  it("or a region, whose only one leaves nothing", () => {
    expect(ask(podsOn(workload("wallet"), ["n1", "n2", "n3"]), {}, "region:eu")?.workloads).toMatchObject([
      { kept: 0, movable: 0, stranded: 3 },
    ]);
  });
});

describe("a StatefulSet", () => {
  const outcome = (desired: number, nodes: readonly string[], kind: Workload["kind"] = "StatefulSet") =>
    ask(podsOn(workload("postgres", { kind, desired }), nodes))?.workloads[0]?.majority;

  it.each([
    [3, ["n1", "n2", "n3"], "kept"],
    [3, ["n1", "n1", "n3"], "lost"],
    [5, ["n1", "n1", "n2", "n2", "n3"], "kept"],
    [5, ["n1", "n1", "n1", "n2", "n3"], "lost"],
    [4, ["n1", "n2", "n3", "n3"], "kept"],
    [4, ["n1", "n1", "n3", "n3"], "lost"],
    [2, ["n1", "n2"], "lost"],
  ])("of %i on %j has its majority %s: more than half", (desired, nodes, majority) => {
    expect(outcome(desired, nodes)).toBe(majority);
  });

  it("of one has none to lose, as has one that has lost it already, and a Deployment", () => {
    expect(outcome(1, ["n1"])).toBeNull();
    expect(outcome(3, ["n1"])).toBeNull();
    expect(outcome(3, ["n1", "n1", "n2"], "Deployment")).toBeNull();
  });
});

it("the worst is told first: gone, then without majority, then stranded, then less", () => {
  const pods = [
    ...podsOn(workload("d-less"), ["n1", "n2", "n3"]),
    ...podsOn(workload("c-stranded", {}, [away("c-stranded")]), ["n1", "n2", "n3"]),
    ...podsOn(workload("b-postgres", { kind: "StatefulSet" }), ["n1", "n1", "n3"]),
    ...podsOn(workload("a-gone"), ["n1"]),
  ];
  expect(ask(pods)?.workloads.map(({ name }) => name)).toEqual(["a-gone", "b-postgres", "c-stranded", "d-less"]);
});

describe("a drain", () => {
  const wallet = workload("wallet");
  const budget = (changes: Parameters<typeof aBudget>[0]) =>
    aBudget({ name: "wallet", selector: { matchLabels: { app: "wallet" }, matchExpressions: [] }, ...changes });
  const verdict = (budgets: ClusterStanding["budgets"], pods = podsOn(wallet, ["n1", "n1", "n2"])) =>
    ask(pods, { budgets })?.budgets?.map(({ verdict, pods: count, allowed }) => `${verdict} ${count} of ${allowed}`);

  it("is free where the budget lets as many go as stand there", () => {
    expect(verdict([budget({ disruptionsAllowed: 2 })])).toEqual(["free 2 of 2"]);
  });

  it("waits where it lets fewer go and the others' replacements find a place", () => {
    expect(verdict([budget({ disruptionsAllowed: 1 })])).toEqual(["waits 2 of 1"]);
  });

  it("is blocked where it lets none go, or where replacements find no place", () => {
    expect(verdict([budget({ disruptionsAllowed: 0 })])).toEqual(["blocked 2 of 0"]);
    const apart = workload("wallet", {}, [away("wallet")]);
    expect(verdict([budget({ disruptionsAllowed: 1 })], podsOn(apart, ["n1", "n1", "n2", "n3"]))).toEqual([
      "blocked 2 of 1",
    ]);
  });

  it("is counted as the controller would where that has not counted yet", () => {
    const uncounted = budget({ disruptionsAllowed: undefined, maxUnavailable: undefined, minAvailable: "50%" });
    expect(verdict([uncounted])).toEqual(["waits 2 of 1"]);
  });

  it("is blocked by two budgets over one pod, which the eviction API refuses", () => {
    const budgets = [budget({ disruptionsAllowed: 2 }), budget({ uid: "b2", name: "twin", disruptionsAllowed: 2 })];
    expect(ask(podsOn(wallet, ["n1"]), { budgets })?.budgets).toMatchObject([
      { name: "twin", verdict: "blocked", clashesWith: "wallet" },
      { name: "wallet", verdict: "blocked", clashesWith: "twin" },
    ]);
  });

  it("is not stopped by budgets of other namespaces or of pods elsewhere", () => {
    expect(verdict([budget({ namespace: "other" })])).toEqual([]);
    expect(verdict([budget({})], podsOn(wallet, ["n2"]))).toEqual([]);
  });
});

it.each(["node:n9", "zone:z", "region:us"])("of %s, which is not there, nothing is said", (text) => {
  expect(ask([], {}, text)).toBeUndefined();
});

it.each(["", "node", "node:", "rack:1", "n1", "zone"])("%j names no loss", (text) => {
  expect(parseLoss(text)).toBeUndefined();
});
