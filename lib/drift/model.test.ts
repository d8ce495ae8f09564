import { describe, expect, it } from "vitest";
import type { Container, Setting, Workload } from "#lib/clusters/model.ts";
import { aReplicaSet, aWorkload } from "#lib/testing/cluster-objects.ts";
import { COMPARED_KINDS, type DriftSide, driftBetween as driftOf } from "./model.ts";

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

const EMPTY: DriftSide = { workloads: [], replicaSets: [], configMaps: [], networkPolicies: [], disruptionBudgets: [] };

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
    const there = side({ uid: "b", namespace: "sandbox", generation: 1, ready: 0 });
    expect(driftBetween(here, there)).toEqual([]);
  });

  it("in an image, since the later of both has run", () => {
    const set = (uid: string, createdAt: number) =>
      aReplicaSet({ uid: `${uid}-rs`, ownerUid: uid, rolloutRevision: "7", createdAt });
    const here = side({ uid: "a", rolloutRevision: "7" }, {}, { replicaSets: [set("a", 1000)] });
    const there = side({ uid: "b", rolloutRevision: "7" }, { image: "ledger:3" }, { replicaSets: [set("b", 5000)] });
    expect(driftBetween(here, there)).toEqual([
      { subject: "ledger", aspect: "image", name: "main", here: "ledger:2", there: "ledger:3", since: 5000 },
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
    const map = (name: string, ...entries: Setting[]) => ({ uid: name, namespace: "live", name, entries });
    const budget = { uid: "b", namespace: "live", name: "ledger", selector: undefined, maxUnavailable: undefined };
    const counts = { disruptionsAllowed: 1, currentHealthy: 4, desiredHealthy: 3, expectedPods: 4 };
    const here: DriftSide = {
      ...side({}),
      configMaps: [map("settings", setting("A", "1")), map("only")],
      disruptionBudgets: [{ ...budget, ...counts, minAvailable: 3 }],
    };
    const there: DriftSide = {
      ...EMPTY,
      configMaps: [map("settings", setting("A", "2"))],
      disruptionBudgets: [{ ...budget, ...counts, disruptionsAllowed: 0, minAvailable: 2 }],
    };
    expect(driftBetween(here, there)).toMatchObject([
      { subject: "ledger", aspect: "presence", name: "Deployment ledger", here: "there", there: "not there" },
      { subject: "ConfigMap only", aspect: "presence", here: "there", there: "not there" },
      { subject: "ConfigMap settings", aspect: "setting", name: "A" },
      { subject: "PodDisruptionBudget ledger", aspect: "policy" },
    ]);
  });

  it("in nothing of a kind that is not seen whole on both sides: what is not seen is not a thing that is not there", () => {
    const here = side({}, {}, { configMaps: [{ uid: "m", namespace: "live", name: "only", entries: [] }] });
    const [, ...rest] = COMPARED_KINDS;
    expect(driftOf(here, EMPTY, COMPARED_KINDS)).toHaveLength(2);
    expect(driftOf(here, EMPTY, rest)).toMatchObject([{ subject: "ConfigMap only", aspect: "presence" }]);
    expect(driftOf(here, EMPTY, [])).toEqual([]);
  });
});
