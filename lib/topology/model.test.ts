import { describe, expect, it } from "vitest";
import type { NamedHost, Route, Setting } from "#lib/clusters/model.ts";
import { aConfigMap, aContainer, aService, aWorkload } from "#lib/testing/cluster-objects.ts";
import { needsOf, type TopologyFacts, topologyOf, withinBudget } from "./model.ts";

function setting(name: string, host: string, port?: number, changes: Partial<Setting> = {}): Setting {
  const named: NamedHost = { host, port, isUrl: true };
  return { name, digest: "d", from: undefined, hosts: [named], ...changes };
}

function workload(namespace: string, service: string, settings: readonly Setting[] = []) {
  return aWorkload({
    uid: `${namespace}-${service}`,
    namespace,
    name: service,
    service,
    template: {
      ...aWorkload().template,
      labels: { app: service, tier: "backend" },
      containers: [
        aContainer({ settings, configMaps: ["shared"], ports: [{ name: "http", port: 8080, protocol: "TCP" }] }),
      ],
    },
  });
}

const service = (namespace: string, name: string, port = 80) =>
  aService({
    uid: `${namespace}-${name}`,
    namespace,
    name,
    selector: { app: name },
    ports: [{ name: "http", port, targetPort: "http", protocol: "TCP" }],
  });

const route = (changes: Partial<Route> = {}): Route => ({
  uid: "r",
  namespace: "live",
  name: "api",
  kind: "Ingress",
  hosts: ["api.example"],
  parents: [],
  backends: [{ namespace: "live", service: "gateway", port: "http" }],
  ...changes,
});

function facts(changes: Partial<TopologyFacts> = {}): TopologyFacts {
  return {
    environment: "bank/live",
    tier: "live",
    cluster: "c",
    workloads: [
      workload("live", "gateway", [setting("LEDGER_URL", "ledger", 80)]),
      workload("live", "ledger"),
      workload("sandbox", "ledger"),
    ],
    services: [service("live", "gateway"), service("live", "ledger"), service("sandbox", "ledger")],
    routes: [],
    configMaps: [],
    namespaces: ["live", "sandbox", "system"],
    dependencies: [],
    groundOf: (namespace) =>
      namespace === "live"
        ? { environment: "bank/live", tier: "live" }
        : namespace === "sandbox"
          ? { environment: "bank/sandbox", tier: "sandbox" }
          : undefined,
    areServicesKnown: true,
    areWorkloadsKnown: true,
    ...changes,
  };
}

const edges = (of: TopologyFacts) =>
  topologyOf(of).edges.map(({ from, to, port }) => `${from} → ${to}:${port ?? "any"}`);
const codes = (of: TopologyFacts) => topologyOf(of).findings.map(({ code, subject }) => `${code} ${subject}`);

describe("a service calls another", () => {
  it("where a variable names its Service, which the evidence says", () => {
    expect(topologyOf(facts()).edges).toEqual([
      {
        from: "live/gateway",
        to: "live/ledger",
        port: 80,
        evidence: [
          { kind: "setting", name: "LEDGER_URL", workload: "Deployment gateway", container: "main", configMap: null },
        ],
      },
    ]);
  });

  it("where a ConfigMap that it takes whole does, unless a variable of its own goes before that entry", () => {
    const configMaps = [aConfigMap({ name: "shared", entries: [setting("LEDGER_URL", "ledger", 80)] })];
    const of = (own: readonly Setting[]) =>
      edges(facts({ workloads: [workload("live", "gateway", own), workload("live", "ledger")], configMaps }));
    expect(of([])).toEqual(["live/gateway → live/ledger:80"]);
    expect(of([setting("LEDGER_URL", "bank.example", 443)])).toEqual(["live/gateway → outside:bank.example:443"]);
  });

  it("where a variable takes one entry of a ConfigMap", () => {
    const configMaps = [aConfigMap({ name: "hosts", entries: [setting("ledger", "ledger", 80)] })];
    const own = [setting("LEDGER_URL", "", undefined, { hosts: [], from: "ConfigMap hosts/ledger" })];
    const workloads = [workload("live", "gateway", own), workload("live", "ledger")];
    expect(edges(facts({ workloads, configMaps }))).toEqual(["live/gateway → live/ledger:80"]);
  });

  it("where gatehouse.yaml declares it, once with all its evidence", () => {
    const dependency = {
      from: { namespace: "live", service: "gateway" },
      to: { namespace: "live", service: "ledger" },
      port: 80,
    };
    const [edge] = topologyOf(facts({ dependencies: [dependency] })).edges;
    expect(edge?.evidence.map(({ kind }) => kind)).toEqual(["setting", "declared"]);
  });

  it("at the one port of the Service where the name has none, at no known port where the Service has several", () => {
    const workloads = [workload("live", "gateway", [setting("LEDGER_URL", "ledger")]), workload("live", "ledger")];
    expect(edges(facts({ workloads }))).toEqual(["live/gateway → live/ledger:80"]);
    const two = {
      ...service("live", "ledger"),
      ports: [80, 81].map((port) => ({ name: `p${port}`, port, targetPort: port, protocol: "TCP" })),
    };
    expect(edges(facts({ workloads, services: [two] }))).toEqual(["live/gateway → live/ledger:any"]);
  });
});

describe("a Service leads to the workloads of its namespace", () => {
  it("whose pods carry all labels of its selector, and to no others", () => {
    const picky = { ...service("live", "ledger"), selector: { app: "ledger", tier: "edge" } };
    expect(codes(facts({ services: [picky] }))).toContain("service_without_pods live/ledger");
    const right = { ...picky, selector: { app: "ledger", tier: "backend" } };
    expect(codes(facts({ services: [right] }))).toEqual([]);
  });

  it("of another name, and to each service among them", () => {
    const all = { ...service("live", "all"), selector: { tier: "backend" } };
    const workloads = [
      workload("live", "gateway", [setting("ALL_URL", "all", 80)]),
      workload("live", "ledger"),
      workload("live", "rates"),
    ];
    expect(edges(facts({ workloads, services: [all] }))).toEqual([
      "live/gateway → live/ledger:80",
      "live/gateway → live/rates:80",
    ]);
  });

  it("as one node where several workloads make one service", () => {
    const worker = { ...workload("live", "ledger"), uid: "live-worker", name: "ledger-worker" };
    const { nodes } = topologyOf(facts({ workloads: [...facts().workloads, worker] }));
    expect(nodes.find(({ id }) => id === "live/ledger")?.workloads).toEqual(["c/live-ledger", "c/live-worker"]);
  });

  it("or out of the cluster, where it is an ExternalName", () => {
    const external = aService({
      name: "bank",
      type: "ExternalName",
      selector: undefined,
      externalName: "api.bank.example",
      ports: [],
    });
    const workloads = [workload("live", "gateway", [setting("BANK_URL", "bank", 443)])];
    expect(edges(facts({ workloads, services: [external] }))).toEqual(["live/gateway → outside:api.bank.example:443"]);
  });
});

describe("an environment is entered", () => {
  it("by each host of a route, at the port that its name means", () => {
    expect(edges(facts({ routes: [route({ hosts: ["api.example", "www.example"] })] }))).toEqual(
      expect.arrayContaining(["entry:api.example → live/gateway:80", "entry:www.example → live/gateway:80"]),
    );
  });

  it("by a Service with an address of its own", () => {
    const services = [{ ...service("live", "gateway"), type: "LoadBalancer" }, service("live", "ledger")];
    expect(edges(facts({ services }))).toContain("entry:load balancer live/gateway → live/gateway:80");
  });

  it("by no route of another environment", () => {
    const backends = [{ namespace: "sandbox", service: "ledger", port: 80 }];
    expect(edges(facts({ routes: [route({ namespace: "sandbox", backends })] }))).toEqual(edges(facts()));
  });
});

describe("another environment", () => {
  const across = facts({
    workloads: [
      workload("live", "gateway", [setting("LEDGER_URL", "ledger.sandbox", 80)]),
      workload("sandbox", "ledger"),
      workload("sandbox", "tester", [setting("GATEWAY_URL", "gateway.live", 80)]),
    ],
    services: [service("live", "gateway"), service("sandbox", "ledger")],
  });

  it("is shown with what it calls here and what calls it, and no more of it", () => {
    expect(edges(across)).toEqual(["live/gateway → sandbox/ledger:80", "sandbox/tester → live/gateway:80"]);
    expect(topologyOf(across).nodes.map(({ id, kind, environment }) => [id, kind, environment])).toEqual([
      ["live/gateway", "service", null],
      ["sandbox/ledger", "elsewhere", "bank/sandbox"],
      ["sandbox/tester", "elsewhere", "bank/sandbox"],
    ]);
    expect(codes(across)).toEqual([
      "crosses_tiers live/gateway → sandbox/ledger",
      "crosses_tiers sandbox/tester → live/gateway",
    ]);
  });

  it("that may not be seen shows nothing but the name that this one's own setting says", () => {
    const hidden = topologyOf({
      ...across,
      workloads: [
        workload("live", "gateway", [setting("BOOKS_URL", "books.sandbox", 80)]),
        workload("sandbox", "ledger"),
        workload("sandbox", "tester", [setting("GATEWAY_URL", "gateway.live", 80)]),
      ],
      services: [service("live", "gateway"), { ...service("sandbox", "ledger"), name: "books" }],
      groundOf: (namespace) => (namespace === "sandbox" ? "hidden" : facts().groundOf(namespace)),
    });
    expect(hidden.edges.map(({ to }) => to)).toEqual(["sandbox/books"]);
    expect(hidden.nodes.find(({ kind }) => kind === "elsewhere")).toMatchObject({ environment: null, workloads: [] });
    expect(JSON.stringify(hidden)).not.toMatch(/tester|ledger|bank\/sandbox/i);
  });
});

describe("a finding is made", () => {
  it("of a name that no Service has, which stands in the picture as well", () => {
    const workloads = [workload("live", "gateway", [setting("LEDGER_URL", "ledgr", 80)])];
    const topology = topologyOf(facts({ workloads, services: [] }));
    expect(topology.findings).toEqual([
      {
        code: "unresolved_host",
        severity: "warn",
        subject: "live/gateway → ledgr",
        message:
          "live/gateway calls ledgr (LEDGER_URL of container main of Deployment gateway), and no Service has that name",
      },
    ]);
    expect(topology.nodes.map(({ id }) => id)).toEqual(["live/gateway", "missing:ledgr.live"]);
  });

  it("of a port that neither the Service nor its pods have, not of one that the pods have", () => {
    const of = (port: number) =>
      codes(
        facts({
          workloads: [workload("live", "gateway", [setting("A_URL", "ledger", port)]), workload("live", "ledger")],
        }),
      );
    expect(of(9999)).toEqual(["port_not_offered live/gateway → live/ledger:9999"]);
    expect([of(80), of(8080)]).toEqual([[], []]);
  });

  it("of a route to a Service that is not there", () => {
    const backends = [{ namespace: "live", service: "gone", port: 80 }];
    expect(topologyOf(facts({ routes: [route({ backends })] })).findings).toMatchObject([
      { code: "route_without_service", severity: "crit", subject: "Ingress live/api" },
    ]);
  });

  it("of a declared dependency on a service that is not there", () => {
    const from = { namespace: "live", service: "gateway" };
    const to = { namespace: "live", service: "gone" };
    expect(codes(facts({ dependencies: [{ from, to, port: 80 }] }))).toEqual(["dependency_without_service live/gone"]);
  });
});

it("where Services may not be read, no name is said to be missing and no route to lead nowhere", () => {
  const workloads = [workload("live", "gateway", [setting("LEDGER_URL", "ledger", 80)])];
  const blind = topologyOf(facts({ workloads, services: [], routes: [route()], areServicesKnown: false }));
  expect(blind.findings).toEqual([]);
  expect(blind.nodes.map(({ id }) => id)).toEqual(["live/gateway"]);
});

it("the same objects make the same topology, whatever their order", () => {
  const of = facts({ routes: [route()] });
  const turned = { ...of, workloads: of.workloads.toReversed(), services: of.services.toReversed() };
  expect(topologyOf(turned)).toEqual(topologyOf(of));
});

it("what services need of each other is told with the first evidence of it", () => {
  expect(needsOf(topologyOf(facts({ routes: [route()] })))).toEqual([
    {
      from: { namespace: "live", service: "gateway" },
      to: { namespace: "live", service: "ledger" },
      port: 80,
      evidence: "LEDGER_URL of container main of Deployment gateway",
    },
  ]);
});

describe("of more nodes than the budget", () => {
  const hub = Array.from({ length: 200 }, (_, at) => `s${String(at).padStart(3, "0")}`);
  const topology = topologyOf(
    facts({
      workloads: [
        ...hub.map((name) => workload("live", name, name === "s150" ? [] : [setting("HUB_URL", "s150", 80)])),
      ],
      services: hub.map((name) => service("live", name)),
    }),
  );
  const badnessOf = ({ name }: { name: string }) => (name === "s199" ? 3 : 0);
  const drawn = withinBudget(topology, { badnessOf, focus: undefined, budget: 60 });

  it("exactly the budget is drawn and all others are told, with the edges that are not drawn", () => {
    expect(drawn.nodes).toHaveLength(60);
    expect(drawn.hidden.nodes).toHaveLength(140);
    expect(drawn.edges.length + drawn.hidden.edges).toBe(topology.edges.length);
    const ids = new Set(drawn.nodes.map(({ id }) => id));
    expect(drawn.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
  });

  it("the worst are drawn first, then those with most edges", () => {
    const of = (budget: number) =>
      withinBudget(topology, { badnessOf, focus: undefined, budget }).nodes.map(({ name }) => name);
    expect([of(1), of(2)]).toEqual([["s199"], ["s150", "s199"]]);
  });

  it("what is in focus is drawn with its neighbours, however well it stands", () => {
    const { nodes } = withinBudget(topology, { badnessOf, focus: "live/s100", budget: 2 });
    expect(nodes.map(({ name }) => name)).toEqual(["s100", "s150"]);
  });

  it("none is hidden where all have room", () => {
    expect(withinBudget(topology, { badnessOf, focus: undefined, budget: 200 }).hidden).toEqual({
      nodes: [],
      edges: 0,
    });
  });
});
