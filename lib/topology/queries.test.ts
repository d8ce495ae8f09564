import { beforeEach, describe, expect, it } from "vitest";
import type { Person } from "#lib/access/model.ts";
import { listPlacement } from "#lib/placement/queries.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { denied, EVERYTHING, type SeenGx, seeGx, TESTNET, unreadable } from "#lib/testing/gx.ts";
import { drawTopology, listTopology } from "./queries.ts";

const NOON = new Date("2026-11-21T12:00:00.000Z");

let view: SeenGx["view"];
let runtime: SeenGx["runtime"];
let put: SeenGx["put"];
let putSource: SeenGx["putSource"];
let ring: SeenGx["ring"];
let now: Date;

beforeEach(() => {
  now = NOON;
  ({ view, runtime, put, putSource, ring } = seeGx(() => now));
  view.stop();
  putSource("ok");
  put("Node", {
    metadata: { uid: "n1", name: "node-1", labels: { "topology.kubernetes.io/zone": "a" } },
    status: { conditions: [{ type: "Ready", status: "True" }], allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  });
  for (const namespace of ["mainnet", "testnet"]) {
    put("Namespace", { metadata: { uid: namespace, name: namespace } });
    putService(namespace, "ledger", {});
    putService(namespace, "wallet", { LEDGER_URL: "http://ledger:80" });
  }
  putService("testnet", "tester", { WALLET_URL: "http://wallet.mainnet.svc.cluster.local:80/v1" });
  view.flush();
});

/** A Deployment of one ready pod, with its Service. */
function putService(namespace: string, name: string, variables: Readonly<Record<string, string>>): void {
  const metadata = { uid: `${namespace}-${name}`, namespace, name, generation: 1 };
  const env = Object.entries(variables).map(([variable, value]) => ({ name: variable, value }));
  const containers = [{ name: "main", env, resources: { requests: { cpu: "500m", memory: "1Gi" } } }];
  put("Deployment", {
    metadata,
    spec: { replicas: 1, template: { metadata: { labels: { app: name } }, spec: { containers } } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
  });
  put("ReplicaSet", { metadata: { ...metadata, uid: `${metadata.uid}-rs`, ...ownedBy(metadata.uid) }, spec: {} });
  put("Pod", {
    metadata: { ...metadata, uid: `${metadata.uid}-pod`, ...ownedBy(`${metadata.uid}-rs`) },
    spec: { nodeName: "node-1", containers },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  });
  put("Service", {
    metadata: { ...metadata, uid: `${metadata.uid}-svc` },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });
}

const ownedBy = (uid: string) => ({ ownerReferences: [{ uid, controller: true }] });
const topologyAs = (person: Person, environment: string) => listTopology(runtime, person, environment).items[0];

describe("the topology", () => {
  it("of an environment is one item with what the contract names, each node in its place and as it stands", () => {
    const { items, sources } = drawTopology(runtime, EVERYTHING, { environment: "gx/mainnet" });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      environment: "gx/mainnet",
      nodes: [
        { id: "mainnet/ledger", health: { state: "ok" }, x: expect.any(Number), y: expect.any(Number) },
        { id: "mainnet/wallet", health: { state: "ok" } },
        { id: "testnet/tester", kind: "elsewhere", environment: "gx/testnet", health: null },
      ],
      edges: [
        { from: "mainnet/wallet", to: "mainnet/ledger", port: 80 },
        { from: "testnet/tester", to: "mainnet/wallet", port: 80 },
      ],
      reachability: expect.any(Array),
      findings: [{ code: "crosses_tiers", severity: "crit" }],
      hidden: { nodes: [], edges: 0 },
      unknown: [],
    });
    expect(sources.map(({ id }) => id)).toEqual(["kubernetes:gx"]);
  });

  it("is read whole, and drawn as far as there is room, with what is left out named", () => {
    for (let at = 0; at < 70; at += 1) {
      putService("mainnet", `many-${at}`, {});
    }
    view.flush();
    expect(topologyAs(EVERYTHING, "gx/mainnet")?.nodes).toHaveLength(73);
    const [drawn] = drawTopology(runtime, EVERYTHING, { environment: "gx/mainnet", focus: "mainnet/many-69" }).items;
    expect(drawn?.nodes).toHaveLength(60);
    expect(drawn?.hidden.nodes).toHaveLength(13);
    expect(drawn?.nodes.map(({ id }) => id)).toContain("mainnet/many-69");
  });

  it("of another's environment is as if it were not there, and nothing of it is in one's own but what one's settings say", () => {
    expect(() => topologyAs(TESTNET, "gx/mainnet")).toThrow(GatehouseError);
    const own = topologyAs(TESTNET, "gx/testnet");
    expect(own?.edges.map(({ to }) => to)).toContain("mainnet/wallet");
    expect(JSON.stringify(own)).not.toMatch(/gx\/mainnet|mainnet-wallet|mainnet\/ledger/);
    expect(listTopology(runtime, TESTNET).items.map(({ environment }) => environment)).toEqual(["gx/testnet"]);
  });

  it("says what may not be read instead of finding fault by it, and that no service is fine where nothing is seen", () => {
    for (const uid of ["mainnet-ledger-svc", "mainnet-wallet-svc"]) {
      view.removed("gx", "Service", uid);
    }
    expect(topologyAs(EVERYTHING, "gx/mainnet")?.findings.map(({ code }) => code)).toContain("unresolved_host");
    putSource("ok", [denied("Service")]);
    expect(topologyAs(EVERYTHING, "gx/mainnet")).toMatchObject({
      findings: [],
      unknown: ["Cluster gx does not let Gatehouse read Service since 11:00 UTC: which names lead where is not known."],
    });
    putSource("stale");
    const stale = topologyAs(EVERYTHING, "gx/mainnet");
    expect(stale?.unknown).toEqual(["Cluster gx has not answered since 11:00 UTC: this is what was last seen."]);
    expect(stale?.nodes[0]?.health?.state).toBe("unknown");
  });
});

describe("who may reach whom", () => {
  const codes = () => topologyAs(EVERYTHING, "gx/mainnet")?.findings.map(({ code }) => code);

  it.each([
    denied("NetworkPolicy"),
    unreadable("NetworkPolicy", "testnet/odd"),
    denied("Namespace"),
    unreadable("Namespace", "testnet"),
  ])("is not known, rather than open or closed, where not all policies or namespaces are: %j", (gap) => {
    expect(topologyAs(EVERYTHING, "gx/mainnet")?.reachability).not.toEqual([]);
    putSource("ok", [gap]);
    expect(topologyAs(EVERYTHING, "gx/mainnet")).toMatchObject({
      reachability: [],
      unknown: [expect.stringMatching(/^Cluster gx .*who may reach whom is not known\.$/)],
    });
  });

  it.each([
    denied("Deployment"),
    denied("StatefulSet"),
    denied("DaemonSet"),
    denied("Job"),
    denied("CronJob"),
    unreadable("Deployment", "mainnet/x"),
  ])("is not said to be all, and no policy to be idle, where not all that makes pods is known: %j", (gap) => {
    const spec = { podSelector: { matchLabels: { app: "none" } }, ingress: [] };
    put("NetworkPolicy", { metadata: { uid: "np", namespace: "mainnet", name: "odd" }, spec });
    expect(codes()).toContain("policy_selects_nothing");
    putSource("ok", [gap]);
    expect(codes()).not.toContain("policy_selects_nothing");
    expect(topologyAs(EVERYTHING, "gx/mainnet")?.unknown).toEqual([expect.stringContaining(gap.kind)]);
  });
});

describe("who may reach whom by address", () => {
  const metadata = { uid: "np", namespace: "mainnet", name: "block" };
  const node = { metadata: { uid: "n1", name: "node-1" }, status: {} };
  const pod = (podIP: string) => ({
    metadata: { uid: "testnet-tester-pod", namespace: "testnet", name: "tester-pod", ...ownedBy("testnet-tester-rs") },
    spec: { nodeName: "node-1" },
    status: { phase: "Running", podIP },
  });
  const isOpen = () =>
    topologyAs(EVERYTHING, "gx/mainnet")?.reachability.find(
      ({ from, to }) => from === "testnet/tester" && to === "mainnet/ledger",
    )?.open;

  beforeEach(() => {
    put("Service", {
      metadata: { uid: "s", namespace: "mainnet", name: "ledger-http" },
      spec: { selector: { app: "ledger" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const ingress = [{ from: [{ ipBlock: { cidr: "10.244.0.0/16" } }] }];
    put("NetworkPolicy", { metadata, spec: { podSelector: {}, ingress } });
    for (const name of ["ledger", "wallet"]) {
      view.removed("gx", "Deployment", `testnet-${name}`);
    }
  });

  it("is told by the addresses of the pods, and where they have none by the blocks of the nodes", () => {
    expect(isOpen()).toBe(null);
    put("Node", { ...node, spec: { podCIDR: "10.244.1.0/24" } });
    expect(isOpen()).toBe(true);
    put("Pod", pod("192.168.0.9"));
    expect(isOpen()).toBe(false);
    put("Pod", pod("10.244.1.9"));
    expect(isOpen()).toBe(true);
  });

  it("is not told by pods or nodes that are not all known", () => {
    put("Pod", pod("192.168.0.9"));
    putSource("ok", [denied("Pod")]);
    expect(isOpen()).toBe(null);
    put("Node", { ...node, spec: { podCIDR: "192.168.0.0/24" } });
    expect(isOpen()).toBe(false);
    putSource("ok", [denied("Pod"), unreadable("Node", "node-2")]);
    expect(isOpen()).toBe(null);
  });

  it("is asked for again when a pod gets another address, as long as a policy names any", () => {
    const movedAt = () => view.flush() ?? ring.rows().shape.get("gx/testnet")?.movedAt;
    const before = movedAt();
    now = new Date(NOON.getTime() + 1000);
    put("Pod", pod("10.244.1.9"));
    expect(movedAt()).toBe(now.getTime());
    expect(before).toBe(NOON.getTime());
    view.removed("gx", "NetworkPolicy", "np");
    now = new Date(NOON.getTime() + 2000);
    put("Pod", pod("10.244.1.10"));
    expect(movedAt()).toBe(NOON.getTime() + 1000);
  });
});

it("a Service is not said to lead nowhere where the workloads are not known", () => {
  put("Service", {
    metadata: { uid: "lone", namespace: "mainnet", name: "lone" },
    spec: { selector: { app: "lone" }, ports: [{ port: 80 }] },
  });
  const codes = () => topologyAs(EVERYTHING, "gx/mainnet")?.findings.map(({ code }) => code);
  expect(codes()).toContain("service_without_pods");
  putSource("ok", [denied("StatefulSet")]);
  expect(codes()).not.toContain("service_without_pods");
});

describe("the placement", () => {
  const placementAs = (person: Person, whatIf?: string) =>
    listPlacement(runtime, person, { environment: "gx/testnet", whatIf }).items[0];

  it("tells what runs on a node by service, and counts what others request of it", () => {
    expect(placementAs(TESTNET)?.nodes).toMatchObject([
      {
        name: "node-1",
        zone: "a",
        load: {
          requested: { pods: 5, cpuCores: 2.5 },
          services: [{ service: "ledger" }, { service: "tester" }, { service: "wallet" }],
          others: 2,
        },
      },
    ]);
  });

  it.each(["node:node-1", "zone:a"])(
    "tells what becomes of one's own when %s goes, and of others' only how many",
    (whatIf) => {
      const item = placementAs(TESTNET, whatIf);
      expect(item?.outcome).toMatchObject({
        workloads: ["ledger", "tester", "wallet"].map((name) => ({ name, kept: 0 })),
      });
      expect(item?.others).toBe(2);
      expect(JSON.stringify(item)).not.toContain("mainnet");
    },
  );

  it.each(["node:node-9", "rack:1", "nonsense"])("has no outcome for %s, which is not there", (whatIf) => {
    expect(placementAs(TESTNET, whatIf)?.outcome).toBeNull();
  });

  it("says which kinds may not be read", () => {
    putSource("ok", [denied("Node")]);
    expect(placementAs(TESTNET)?.unknown).toEqual([
      "Cluster gx does not let Gatehouse read Node since 11:00 UTC: which nodes there are is not known.",
    ]);
  });

  it.each([
    denied("Pod"),
    denied("StatefulSet"),
    denied("DaemonSet"),
    unreadable("Pod", "elsewhere/p"),
    unreadable("Node", "node-2"),
    unreadable("Deployment", "mainnet/x"),
  ])("tells of no outcome, and why, where not all that it is drawn from is known: %j", (gap) => {
    expect(placementAs(TESTNET, "node:node-1")?.outcome).toMatchObject({ workloads: [{}, {}, {}] });
    putSource("ok", [gap]);
    expect(placementAs(TESTNET, "node:node-1")).toMatchObject({
      outcome: "unknown",
      unknown: [expect.stringMatching(/^Cluster gx .* is not known\.$/)],
    });
    expect(placementAs(TESTNET)).toMatchObject({ areNodesKnown: gap.kind !== "Node" });
  });

  it("tells of no outcome, and that its nodes are those of before, while the cluster is silent", () => {
    putSource("stale");
    expect(placementAs(TESTNET, "node:node-1")).toMatchObject({ outcome: "unknown", areNodesKnown: false });
  });

  it("tells nothing of what a drain may do where the budgets are not known, and nothing of a node's load where the pods are not", () => {
    putSource("ok", [denied("PodDisruptionBudget")]);
    expect(placementAs(TESTNET, "node:node-1")?.outcome).toMatchObject({ budgets: null, workloads: [{}, {}, {}] });
    putSource("ok", [denied("Pod")]);
    expect(placementAs(TESTNET)?.nodes).toMatchObject([{ name: "node-1", load: null }]);
  });
});
