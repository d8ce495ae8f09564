import { describe, expect, it } from "vitest";
import type { ResourceQuota, Spreading, Workload } from "#lib/clusters/model.ts";
import { aContainer, aNode, aPod, aWorkload } from "#lib/testing/cluster-objects.ts";
import { roomOf } from "./capacity.ts";
import { type FitFacts, fitOf } from "./fit.ts";

const GIB = 2 ** 30;
const HALF_CORE = aContainer({
  requests: { cpu: "500m", memory: "1Gi" },
  limits: { cpu: "1", memory: "1Gi" },
});

function workload(template: Partial<Workload["template"]> = {}, changes: Partial<Workload> = {}): Workload {
  const made = aWorkload({ podDemand: { pods: 1, cpuCores: 0.5, memoryBytes: GIB }, ...changes });
  return { ...made, template: { ...made.template, containers: [HALF_CORE], ...template } };
}

function quota(hard: Record<string, string>, used: Record<string, string>, changes: Partial<ResourceQuota> = {}) {
  return { uid: "q", namespace: "live", name: "gravv-live", hard, used, scopes: [], ...changes };
}

const nodes = (...names: readonly string[]) => names.map((name) => aNode({ name }));
const empty = (some: ReturnType<typeof nodes>) => roomOf(some, () => []);

/** One pod of half a core on two empty nodes of four cores. */
function facts(changes: Partial<FitFacts> = {}): FitFacts {
  return {
    workload: workload(),
    quotas: [],
    limitRanges: [],
    rooms: empty(nodes("node-1", "node-2")),
    nodes: nodes("node-1", "node-2"),
    neighbours: [],
    ...changes,
  };
}

describe("how many more fit", () => {
  it("is what the quota leaves where that is less, and says what the nodes would take", () => {
    const quotas = [quota({ "requests.cpu": "16", pods: "60" }, { "requests.cpu": "14800m", pods: "10" })];
    expect(fitOf(facts({ quotas }))).toEqual({
      more: 2,
      byQuota: 2,
      byNodes: 16,
      message: "Quota gravv-live leaves 1.2 cores: 2 more; the nodes would take 16 more.",
      notConsidered: [],
    });
  });

  it("is what the nodes take where that is less", () => {
    const quotas = [quota({ "requests.cpu": "16" }, { "requests.cpu": "0" })];
    const fit = fitOf(facts({ quotas }));
    expect(fit.more).toBe(16);
    expect(fit.message).toBe("The nodes would take 16 more; quota gravv-live leaves 16 cores: 32 more.");
  });

  it.each([
    [{ pods: "60" }, { pods: "58" }, 2],
    [{ "count/pods": "60" }, { "count/pods": "57" }, 3],
    [{ "limits.cpu": "10" }, { "limits.cpu": "7500m" }, 2],
    [{ "requests.memory": "10Gi" }, { "requests.memory": "9216Mi" }, 1],
    [{ memory: "10Gi" }, { memory: "10Gi" }, 0],
    [{ cpu: "1" }, { cpu: "3" }, 0],
  ])("is bounded by %o", (hard, used, more) => {
    expect(fitOf(facts({ quotas: [quota(hard, used)] })).byQuota).toBe(more);
  });

  it("is bounded by the tightest of several quotas, and by none that counts other things", () => {
    const quotas = [
      quota({ pods: "60" }, { pods: "50" }),
      quota(
        { "requests.cpu": "2", "count/secrets": "1" },
        { "requests.cpu": "500m", "count/secrets": "1" },
        { name: "tight" },
      ),
    ];
    expect(fitOf(facts({ quotas })).message).toMatch(/^Quota tight leaves 1.5 cores: 3 more; /);
  });

  it("is exact where binary fractions are not", () => {
    const quotas = [quota({ "requests.cpu": "300m" }, { "requests.cpu": "100m" })];
    const container = aContainer({ requests: { cpu: "100m", memory: "1Mi" } });
    const small = workload({ containers: [container] }, { podDemand: { pods: 1, cpuCores: 0.1, memoryBytes: 1 } });
    expect(fitOf(facts({ quotas, workload: small })).byQuota).toBe(2);
  });

  it("is not known, rather than many, while the quota has not been counted", () => {
    expect(fitOf(facts({ quotas: [quota({ "requests.cpu": "16" }, {})] }))).toMatchObject({
      more: null,
      byQuota: null,
      message: expect.stringMatching(/^Not known: quota gravv-live has not been counted yet/),
    });
  });

  it("is none where the quota wants a request that nobody gives, and some where a LimitRange gives it", () => {
    const silent = workload({ containers: [aContainer({ requests: {}, limits: {} })] });
    const quotas = [quota({ "requests.cpu": "16" }, { "requests.cpu": "0" })];
    expect(fitOf(facts({ quotas, workload: silent }))).toMatchObject({
      more: 0,
      message: expect.stringMatching(/^Quota gravv-live lets in no pod that leaves requests.cpu out; /),
    });
    const none = { min: {}, max: {}, default: {}, maxLimitRequestRatio: {} };
    const limits = [{ ...none, type: "Container", defaultRequest: { cpu: "1", memory: "1Gi" } }];
    const limitRanges = [{ uid: "l", namespace: "live", name: "limits", limits }];
    expect(fitOf(facts({ quotas, limitRanges, workload: silent })).byQuota).toBe(16);
  });

  it("is none where the namespace's limits let none in, with the reason", () => {
    const none = { min: {}, default: {}, defaultRequest: {}, maxLimitRequestRatio: {} };
    const limits = [{ ...none, type: "Container", max: { cpu: "250m" } }];
    expect(fitOf(facts({ limitRanges: [{ uid: "l", namespace: "live", name: "limits", limits }] }))).toMatchObject({
      more: 0,
      message: "The limits of live let none in: container main may have 1 core; the most is 0.25 cores.",
    });
  });
});

describe("of nodes", () => {
  it("each is filled by itself: room that is left over on two makes none together", () => {
    const rooms = roomOf(nodes("node-1", "node-2"), () => [
      aPod({ demand: { pods: 1, cpuCores: 3.2, memoryBytes: GIB } }),
    ]);
    expect(fitOf(facts({ rooms })).byNodes).toBe(2);
  });

  it("the scarcest of CPU, memory and places for pods counts", () => {
    const cramped = aNode({ allocatable: { cpu: "64", memory: "3Gi", pods: "110" } });
    expect(fitOf(facts({ rooms: empty([cramped]) })).byNodes).toBe(3);
    const few = aNode({ allocatable: { cpu: "64", memory: "64Gi", pods: "2" } });
    expect(fitOf(facts({ rooms: empty([few]) })).byNodes).toBe(2);
  });

  it("only those count that the nodeSelector names and whose taints are borne", () => {
    const some = [
      aNode({ name: "plain" }),
      aNode({ name: "ssd", labels: { disk: "ssd" } }),
      aNode({ name: "kept", labels: { disk: "ssd" }, taints: [{ key: "for", value: "db", effect: "NoSchedule" }] }),
    ];
    const rooms = empty(some);
    const onSsd = { nodeSelector: { disk: "ssd" } };
    expect(fitOf(facts({ rooms, workload: workload(onSsd) })).byNodes).toBe(8);
    const tolerations = [{ key: "for", operator: "Equal", value: "db", effect: "NoSchedule" }];
    expect(fitOf(facts({ rooms, workload: workload({ ...onSsd, tolerations }) })).byNodes).toBe(16);
    const all = [{ key: undefined, operator: "Exists", value: "", effect: undefined }];
    expect(fitOf(facts({ rooms, workload: workload({ tolerations: all }) })).byNodes).toBe(24);
  });

  it("one a host where it keeps away from itself, and none where one stands already", () => {
    const away: Spreading = {
      topologyKey: "kubernetes.io/hostname",
      isRequired: true,
      maxSkew: undefined,
      awayFrom: { matchLabels: { app: "ledger" }, matchExpressions: [] },
    };
    const apart = workload({ spreading: [away] });
    expect(fitOf(facts({ workload: apart })).byNodes).toBe(2);
    const neighbours = [{ workload: apart, nodes: ["node-1"] }];
    expect(fitOf(facts({ workload: apart, neighbours })).byNodes).toBe(1);
    const preferred = workload({ spreading: [{ ...away, isRequired: false }] });
    const alike = [{ workload: preferred, nodes: ["node-1"] }];
    expect(fitOf(facts({ workload: preferred, neighbours: alike })).byNodes).toBe(16);
  });

  it("one a zone where it keeps away from itself by zones", () => {
    const inZone = (name: string, zone: string) => aNode({ name, labels: { zone } });
    const rooms = empty([inZone("a1", "a"), inZone("a2", "a"), inZone("b1", "b")]);
    const awayFrom = { matchLabels: { app: "ledger" }, matchExpressions: [] };
    const apart = workload({ spreading: [{ topologyKey: "zone", isRequired: true, maxSkew: undefined, awayFrom }] });
    expect(fitOf(facts({ rooms, workload: apart })).byNodes).toBe(2);
  });

  it("none beside pods that keep away from it, though it keeps away from none", () => {
    const awayFrom = { matchLabels: { app: "ledger" }, matchExpressions: [] };
    const term = { topologyKey: "kubernetes.io/hostname", isRequired: true, maxSkew: undefined, awayFrom };
    const shy = workload({ labels: { app: "vault" }, spreading: [term] }, { uid: "v", name: "vault" });
    expect(fitOf(facts({ neighbours: [{ workload: shy, nodes: ["node-1"] }] })).byNodes).toBe(8);
  });

  it("none in a zone where it keeps away from what stands on a node there that takes no pods itself", () => {
    const inZone = (name: string, zone: string, isCordoned = false) => aNode({ name, labels: { zone }, isCordoned });
    const all = [inZone("a1", "a", true), inZone("a2", "a"), inZone("b1", "b")];
    const awayFrom = { matchLabels: { app: "ledger" }, matchExpressions: [] };
    const apart = workload({ spreading: [{ topologyKey: "zone", isRequired: true, maxSkew: undefined, awayFrom }] });
    const neighbours = [{ workload: apart, nodes: ["a1"] }];
    expect(fitOf(facts({ rooms: empty(all), nodes: all, workload: apart, neighbours })).byNodes).toBe(1);
  });

  it("none is said as none", () => {
    expect(fitOf(facts({ rooms: [] })).message).toBe("No quota bounds it; no node is ready for pods.");
  });
});

it("what was not looked at is named", () => {
  const spread = { topologyKey: "zone", isRequired: true, maxSkew: 1, awayFrom: undefined };
  const scoped = quota({ pods: "1" }, { pods: "1" }, { name: "best-effort", scopes: ["BestEffort"] });
  const fit = fitOf(
    facts({
      workload: workload({ spreading: [spread], hasNodeAffinity: true }, { kind: "StatefulSet" }),
      quotas: [scoped],
    }),
  );
  expect(fit.notConsidered).toEqual([
    "its node affinity",
    "its spread constraints",
    "its volumes",
    "quota best-effort, which counts only pods of BestEffort",
  ]);
  expect(fit.byQuota).toBeNull();
});
