import { describe, expect, it } from "vitest";
import type { Container, Setting, Workload } from "#lib/clusters/model.ts";
import { aBudget, aConfigMap, aPolicy, aReplicaSet, aWorkload } from "#lib/testing/cluster-objects.ts";
import { COMPARED_KINDS, type DriftSide, driftBetween as driftOf, namesakesOf } from "./model.ts";

const driftBetween = (here: DriftSide, there: DriftSide) => driftOf(here, there, COMPARED_KINDS);

const setting = (name: string, digest: string | undefined, from?: string): Setting => ({
  name,
  digest,
  from,
  hosts: [],
});

function container(changes: Partial<Container> = {}): Container {
  return {
    name: "main",
    image: "ledger:2",
    requests: { cpu: "100m" },
    limits: {},
    ports: [],
    hasReadinessProbe: true,
    hasLivenessProbe: false,
    settings: [],
    configMaps: [],
    ...changes,
  };
}

const EMPTY: DriftSide = {
  name: "live",
  namespaces: ["live"],
  workloads: [],
  replicaSets: [],
  controllerRevisions: [],
  configMaps: [],
  networkPolicies: [],
  disruptionBudgets: [],
};

function side(changes: Partial<Workload>, main: Partial<Container> = {}, rest: Partial<DriftSide> = {}): DriftSide {
  const template = {
    labels: {},
    containers: [container(main)],
    nodeSelector: {},
    tolerations: [],
    spreading: [],
    hasNodeAffinity: false,
  };
  return { ...EMPTY, workloads: [aWorkload({ template, ...changes })], ...rest };
}

describe("two environments differ", () => {
  it("in nothing where only what differs by nature does: uids, namespaces, generations, what runs right now", () => {
    const here = side({ uid: "a", namespace: "live", generation: 9, ready: 4 });
    const there = {
      ...side({ uid: "b", namespace: "sandbox", generation: 1, ready: 0 }),
      name: "sandbox",
      namespaces: ["sandbox"],
    };
    expect(driftBetween(here, there)).toEqual([]);
  });

  it("in an image, since the later of both has run", () => {
    const set = (uid: string, createdAt: number) =>
      aReplicaSet({ uid: `${uid}-rs`, ownerUid: uid, rolloutRevision: "7", createdAt });
    const here = side({ uid: "a", rolloutRevision: "7" }, {}, { replicaSets: [set("a", 1000)] });
    const there = side({ uid: "b", rolloutRevision: "7" }, { image: "ledger:3" }, { replicaSets: [set("b", 5000)] });
    expect(driftBetween(here, there)).toEqual([
      {
        namespace: "live",
        subject: "ledger",
        aspect: "image",
        name: "main",
        here: "ledger:2",
        there: "ledger:3",
        since: { at: 5000, by: "rollout" },
      },
    ]);
    expect(driftBetween({ ...here, replicaSets: [] }, there)).toMatchObject([{ since: null }]);
  });

  it("in how many there are, what they request, and which probes they have", () => {
    const there = side({ desired: 1 }, { requests: { memory: "1Gi", cpu: "1" }, hasReadinessProbe: false });
    expect(driftBetween(side({}), there)).toMatchObject([
      { aspect: "replicas", here: "4", there: "1" },
      { aspect: "resources", name: "requests of main", here: "cpu 100m", there: "cpu 1, memory 1Gi" },
      { aspect: "probes", here: "readiness", there: "none" },
    ]);
  });

  it("not in how many pods a DaemonSet has, which is how many nodes there are", () => {
    expect(driftBetween(side({ kind: "DaemonSet" }), side({ kind: "DaemonSet", desired: 1 }))).toEqual([]);
  });

  it("in settings, of which no digest is said: that one is missing, comes from elsewhere, or has another value", () => {
    const here = side({}, { settings: [setting("LEVEL", "x"), setting("KEY", undefined, "Secret keys/api")] });
    const there = side({}, { settings: [setting("LEVEL", "y"), setting("NEW", "z")] });
    const drift = driftBetween(here, there);
    expect(drift.map(({ name, here: a, there: b }) => [name, a, b])).toEqual([
      ["KEY", "from Secret keys/api", "not set"],
      ["LEVEL", "a value of its own", "a value of its own"],
      ["NEW", "not set", "a value of its own"],
    ]);
    expect(JSON.stringify(drift)).not.toMatch(/"[xyz]"/);
  });

  it("in what is in one of them alone: a workload, a ConfigMap, an entry of one, a policy", () => {
    const map = (name: string, ...entries: Setting[]) => aConfigMap({ uid: name, name, entries });
    const here: DriftSide = {
      ...side({}),
      configMaps: [map("settings", setting("A", "1")), map("only")],
      disruptionBudgets: [aBudget({ maxUnavailable: undefined, minAvailable: 3 })],
    };
    const there: DriftSide = {
      ...EMPTY,
      configMaps: [map("settings", setting("A", "2"))],
      disruptionBudgets: [aBudget({ maxUnavailable: undefined, disruptionsAllowed: 0, minAvailable: 2 })],
    };
    expect(driftBetween(here, there)).toMatchObject([
      { subject: "ledger", aspect: "presence", name: "Deployment ledger", here: "there", there: "not there" },
      { subject: "ConfigMap only", aspect: "presence", here: "there", there: "not there" },
      { subject: "ConfigMap settings", aspect: "setting", name: "A" },
      { subject: "PodDisruptionBudget ledger", aspect: "policy" },
    ]);
  });

  it("in nothing of a kind that is not seen whole on both sides: what is not seen is not a thing that is not there", () => {
    const here = side({}, {}, { configMaps: [aConfigMap({ name: "only" })] });
    const [, ...rest] = COMPARED_KINDS;
    expect(driftOf(here, EMPTY, COMPARED_KINDS)).toHaveLength(2);
    expect(driftOf(here, EMPTY, rest)).toMatchObject([{ subject: "ConfigMap only", aspect: "presence" }]);
    expect(driftOf(here, EMPTY, [])).toEqual([]);
  });
});

describe("namespaces of two environments are the same part of their platform", () => {
  const ground = (name: string, ...namespaces: string[]) => ({ name, namespaces });
  const pairsOf = (here: ReturnType<typeof ground>, there: ReturnType<typeof ground>) =>
    [...namesakesOf(here, there)].map(([theirs, ours]) => `${ours}=${theirs}`);

  it("by their names without the environment's own, whatever their order", () => {
    const mainnet = ground("mainnet", "backend-mainnet", "fabric");
    expect(pairsOf(mainnet, ground("testnet", "fabric-testnet", "backend-testnet"))).toEqual([
      "backend-mainnet=backend-testnet",
      "fabric=fabric-testnet",
    ]);
    expect(pairsOf(ground("pre-prod", "app-pre-prod-jobs"), ground("live", "other-live", "app-live-jobs"))).toEqual([
      "app-pre-prod-jobs=app-live-jobs",
    ]);
    expect(pairsOf(ground("live", "live"), ground("sandbox", "sandbox"))).toEqual(["live=sandbox"]);
  });

  it("not by a name that merely stands in a longer word", () => {
    expect(pairsOf(ground("live", "alive", "x"), ground("dev", "adev"))).toEqual([]);
  });

  it("in the order of gatehouse.yaml where as many are left on both sides, and not where more are on one", () => {
    expect(pairsOf(ground("live", "core-prd", "jobs-prd"), ground("dev", "core-d", "jobs-d"))).toEqual([
      "core-prd=core-d",
      "jobs-prd=jobs-d",
    ]);
    const staging = ground("staging", "airpay-staging");
    expect(pairsOf(ground("production", "airpay-production", "airpay-platform"), staging)).toEqual([
      "airpay-production=airpay-staging",
    ]);
  });
});

describe("what has the same name in two namespaces", () => {
  const mainnet = { ...EMPTY, name: "mainnet", namespaces: ["backend-mainnet", "fabric"] };
  const testnet = { ...EMPTY, name: "testnet", namespaces: ["backend-testnet", "fabric-testnet"] };

  it("is compared in each of them, so that none hides another", () => {
    const open = { ingress: [{ peers: [], ports: [] }] };
    const found = driftBetween(
      {
        ...mainnet,
        networkPolicies: [aPolicy({ namespace: "backend-mainnet", ...open }), aPolicy({ namespace: "fabric" })],
        workloads: [
          aWorkload({ uid: "a", namespace: "backend-mainnet", name: "postgres", desired: 3 }),
          aWorkload({ uid: "b", namespace: "fabric", name: "postgres", desired: 1 }),
        ],
      },
      {
        ...testnet,
        networkPolicies: [aPolicy({ namespace: "backend-testnet" }), aPolicy({ namespace: "fabric-testnet" })],
        workloads: [aWorkload({ uid: "c", namespace: "fabric-testnet", name: "postgres", desired: 1 })],
      },
    );
    expect(found.map(({ namespace, subject, aspect }) => `${namespace} ${subject} ${aspect}`)).toEqual([
      "backend-mainnet ledger presence",
      "backend-mainnet NetworkPolicy default-deny policy",
    ]);
  });

  it("is there alone where its namespace has none that is the same part", () => {
    const lone = { ...testnet, namespaces: ["backend-testnet"] };
    const found = driftBetween(
      { ...mainnet, networkPolicies: [aPolicy({ namespace: "fabric" })] },
      { ...lone, networkPolicies: [aPolicy({ namespace: "backend-testnet" })] },
    );
    expect(found).toMatchObject(
      [
        { namespace: "fabric", here: "there", there: "not there" },
        { namespace: "backend-testnet", here: "not there", there: "there" },
      ].toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1)),
    );
  });
});

describe("how old a difference is, at least, is told", () => {
  const at = (changedAt: number) => ({ createdAt: 1, changedAt });
  const sinceOf = (here: DriftSide, there: DriftSide) => driftBetween(here, there).map(({ since }) => since);

  it("of replicas, entries and policies by the later of both last writes", () => {
    const sides = (desired: number, minAvailable: number, digest: string, changedAt: number) => ({
      ...side({ desired, ...at(changedAt) }),
      configMaps: [aConfigMap({ ...at(changedAt + 1), entries: [setting("A", digest)] })],
      networkPolicies: [aPolicy({ ...at(changedAt + 2), egress: desired === 1 ? [] : undefined })],
      disruptionBudgets: [aBudget({ ...at(changedAt + 3), maxUnavailable: undefined, minAvailable })],
    });
    expect(sinceOf(sides(1, 1, "x", 100), sides(2, 2, "y", 200))).toEqual(
      [200, 201, 202, 203].map((when) => ({ at: when, by: "write" })),
    );
  });

  it("of what is on one side alone by its making", () => {
    expect(sinceOf({ ...EMPTY, networkPolicies: [aPolicy(at(9))] }, EMPTY)).toEqual([{ at: 1, by: "creation" }]);
  });

  it.each([
    ["resources", { requests: { cpu: "1" } }],
    ["probes", { hasLivenessProbe: true }],
    ["setting", { settings: [setting("A", "x")] }],
    ["image", { image: "ledger:9" }],
  ] as const)("of %s by the rollout of the template, of a StatefulSet too", (aspect, main) => {
    const revision = (uid: string, number: number, createdAt: number) => ({
      ...{ uid: `${uid}-${number}`, namespace: "live", name: `${uid}-${number}`, ownerUid: uid, number, createdAt },
      ...{ changeCause: undefined, images: [], revision: undefined },
    });
    const of = (uid: string, changes: Partial<Container>, createdAt: number) => ({
      ...side({ uid, kind: "StatefulSet", ...at(9000) }, changes),
      controllerRevisions: [revision(uid, 1, 10), revision(uid, 2, createdAt)],
    });
    expect(driftBetween(of("a", main, 500), of("b", {}, 600))).toMatchObject([
      { aspect, since: { at: 600, by: "rollout" } },
    ]);
  });

  it("of a template that somebody has gone back to by the last write, since its revision is older than that", () => {
    const set = (uid: string, rolloutRevision: string, createdAt: number) =>
      aReplicaSet({ uid: `${uid}-${rolloutRevision}`, ownerUid: uid, rolloutRevision, createdAt });
    const here = side(
      { uid: "a", rolloutRevision: "3", ...at(700) },
      {},
      { replicaSets: [set("a", "3", 100), set("a", "2", 200)] },
    );
    const there = side(
      { uid: "b", rolloutRevision: "1" },
      { image: "ledger:3" },
      { replicaSets: [set("b", "1", 300)] },
    );
    expect(sinceOf(here, there)).toEqual([{ at: 700, by: "write" }]);
  });

  it("as not known where one of the two does not tell", () => {
    expect(sinceOf(side({ desired: 1, ...at(100) }), side({ desired: 2 }))).toEqual([null]);
  });
});
