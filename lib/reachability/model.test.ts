import { describe, expect, it } from "vitest";
import type { KubernetesService } from "#lib/clusters/model.ts";
import type { ForbiddenPath } from "#lib/estate/model.ts";
import { aPolicy, aWorkload } from "#lib/testing/cluster-objects.ts";
import { findingsOf, pathsOf, podsOf, type Surroundings } from "./model.ts";

const CLOSED = aPolicy();

const NOT_KNOWN = () => undefined;

function workload(namespace: string, service: string, port: number) {
  const container = {
    name: "main",
    image: "a:1",
    requests: {},
    limits: {},
    ports: [{ name: "http", port, protocol: "TCP" }],
    hasReadinessProbe: true,
    hasLivenessProbe: true,
    settings: [],
    configMaps: [],
  };
  const labels = { app: service };
  return aWorkload({
    uid: `${namespace}-${service}`,
    namespace,
    service,
    template: {
      labels,
      containers: [container],
      nodeSelector: {},
      tolerations: [],
      spreading: [],
      hasNodeAffinity: false,
    },
  });
}

function surroundings(changes: Partial<Surroundings> = {}): Surroundings {
  return {
    own: podsOf([workload("live", "gateway", 8080), workload("live", "ledger", 9000)], [], NOT_KNOWN),
    others: podsOf([workload("sandbox", "gateway", 8080), workload("sandbox", "ledger", 9000)], [], NOT_KNOWN),
    services: [],
    policies: { policies: [CLOSED], namespaceLabels: new Map() },
    forbidden: [],
    needs: [],
    hidden: new Set(),
    arePodsKnown: true,
    ...changes,
  };
}

const forbid = (path: Partial<ForbiddenPath>): ForbiddenPath => ({
  from: { namespace: "sandbox", service: undefined },
  to: { namespace: "live", service: undefined },
  port: undefined,
  exceptPorts: [],
  why: "sandbox never touches live money",
  ...path,
});

const OPEN = { policies: [], namespaceLabels: new Map() };
const lines = (at: Surroundings) => pathsOf(at).map(({ from, to, port, mustBe }) => `${from} ${to} ${port} ${mustBe}`);

describe("the paths of an environment", () => {
  it("lead to each port of its services from each of its own, from other namespaces as a whole, and from outside", () => {
    expect(lines(surroundings())).toEqual(
      ["live/gateway", "live/ledger", "sandbox", "outside"].flatMap((from) => [
        `${from} live/gateway 8080 null`,
        `${from} live/ledger 9000 null`,
      ]),
    );
  });

  it("name the service of another namespace where somebody speaks of one there", () => {
    const forbidden = [forbid({ from: { namespace: "sandbox", service: "ledger" } })];
    const closed = pathsOf(surroundings({ forbidden })).filter(({ mustBe }) => mustBe === "closed");
    expect(new Set(closed.map(({ from }) => from))).toEqual(new Set(["sandbox/ledger"]));
  });

  it("lead out of it where that is forbidden or needed, and only there", () => {
    const forbidden = [
      forbid({
        from: { namespace: "live", service: "ledger" },
        to: { namespace: "sandbox", service: undefined },
        port: 9000,
      }),
      forbid({ from: { namespace: "live", service: "ledger" }, to: "outside", port: 443 }),
    ];
    const outward = lines(surroundings({ forbidden })).filter((line) => /^live\S+ (sandbox|outside)/.test(line));
    expect(outward).toEqual(["live/ledger sandbox/ledger 9000 closed", "live/ledger outside 443 closed"]);
  });

  it("of a service with several workloads are open where any of them can", () => {
    const odd = { ...workload("live", "gateway", 8080), uid: "odd" };
    const labels = { app: "odd" };
    const own = podsOf(
      [workload("live", "gateway", 8080), { ...odd, template: { ...odd.template, labels } }],
      [],
      NOT_KNOWN,
    );
    const policies = {
      policies: [{ ...CLOSED, podSelector: { matchLabels: { app: "gateway" }, matchExpressions: [] } }],
      namespaceLabels: new Map(),
    };
    expect(pathsOf(surroundings({ own, others: [], policies })).map(({ from, open }) => [from, open])).toEqual([
      ["live/gateway", true],
      ["outside", true],
    ]);
  });
});

describe("a finding is made", () => {
  it("of each open path that is forbidden, at every port but the excepted ones, and of none that is closed", () => {
    const forbidden = [forbid({ exceptPorts: [9000] })];
    const open = surroundings({ forbidden, policies: OPEN });
    const found = findingsOf(open, pathsOf(open), "live");
    expect(found).toEqual([
      {
        code: "open_but_forbidden",
        severity: "crit",
        subject: "sandbox → live/gateway:8080",
        message:
          "sandbox can reach live/gateway on port 8080 (no policy restricts either end), and must not: sandbox never touches live money",
      },
    ]);
    const closed = surroundings({ forbidden });
    expect(findingsOf(closed, pathsOf(closed), "live")).toEqual([]);
  });

  it("of each closed path that is needed, at the port behind the Service's", () => {
    const service: KubernetesService = {
      uid: "s",
      namespace: "live",
      name: "ledger",
      type: "ClusterIP",
      selector: { app: "ledger" },
      externalName: undefined,
      ports: [{ name: undefined, port: 80, targetPort: "http", protocol: "TCP" }],
    };
    const need = {
      from: { namespace: "live", service: "gateway" },
      to: { namespace: "live", service: "ledger" },
      port: 80,
      evidence: "LEDGER_URL of gateway",
    };
    const at = surroundings({ services: [service], needs: [need] });
    expect(findingsOf(at, pathsOf(at), "sandbox")).toMatchObject([
      { code: "closed_but_needed", severity: "warn", subject: "live/gateway → live/ledger:9000" },
    ]);
  });

  it.each([
    [
      { from: { namespace: "sandbx", service: undefined } },
      "sandbx → live",
      "nothing is seen to run in namespace sandbx",
    ],
    [
      { to: { namespace: "live", service: "ledgr" } },
      "sandbox → live/ledgr",
      "no service ledgr is seen in namespace live",
    ],
    [
      { to: { namespace: "live", service: "ledger" }, port: 5432 },
      "sandbox → live/ledger:5432",
      "nothing in live/ledger names port 5432",
    ],
    [{ exceptPorts: [8080, 9000] }, "sandbox → live", "nothing in live names a port but 8080, 9000"],
    [
      { from: { namespace: "live", service: "ledger" }, to: "outside" },
      "live/ledger → outside",
      "what is outside names no port, and neither does the path",
    ],
  ] as const)(
    "of a forbidden path %j, which leads nowhere that is seen: it is not checked, not closed",
    (path, subject, because) => {
      const at = surroundings({ forbidden: [forbid(path)] });
      expect(pathsOf(at).filter(({ mustBe }) => mustBe === "closed")).toEqual([]);
      expect(findingsOf(at, pathsOf(at), "live")).toEqual([
        {
          code: "forbidden_path_not_checked",
          severity: "warn",
          subject,
          message: `The forbidden path ${subject} is not checked: ${because} (sandbox never touches live money)`,
        },
      ]);
    },
  );

  it("of a forbidden path of which nobody knows whether it is open, since its pods' addresses are not known", () => {
    const block = { kind: "addresses", cidr: "10.0.0.0/8", except: [] } as const;
    const policies = {
      policies: [{ ...CLOSED, ingress: [{ peers: [block], ports: [] }] }],
      namespaceLabels: new Map(),
    };
    const at = surroundings({ forbidden: [forbid({ port: 9000 })], policies });
    expect(pathsOf(at).find(({ from, to }) => from === "sandbox" && to === "live/ledger")?.open).toBe(null);
    expect(findingsOf(at, pathsOf(at), "live")).toEqual([
      {
        code: "forbidden_path_not_checked",
        severity: "warn",
        subject: "sandbox → live/ledger:9000",
        message:
          "Whether sandbox can reach live/ledger on port 9000 is not known (ingress rule 1 of live/default-deny names addresses, and those of the pods are not known), and it must not: sandbox never touches live money",
      },
    ]);
  });

  it("of a forbidden path from where whoever asks may not look: they are told that it is not checked for them", () => {
    const at = surroundings({ forbidden: [forbid({})], others: [], hidden: new Set(["sandbox"]) });
    expect(findingsOf(at, pathsOf(at), "live")).toMatchObject([
      {
        code: "forbidden_path_not_checked",
        message: expect.stringContaining("is not checked: you may not see what runs in namespace sandbox"),
      },
    ]);
  });

  it("of a policy of the environment's that selects no pods, not of another namespace's", () => {
    const idle = { ...CLOSED, name: "typo", podSelector: { matchLabels: { app: "gatway" }, matchExpressions: [] } };
    const policies = { policies: [CLOSED, idle, { ...idle, namespace: "sandbox" }], namespaceLabels: new Map() };
    const at = surroundings({ policies });
    expect(findingsOf(at, pathsOf(at), "live")).toMatchObject([
      { code: "policy_selects_nothing", subject: "live/typo" },
    ]);
    expect(findingsOf({ ...at, arePodsKnown: false }, pathsOf(at), "live")).toEqual([]);
  });
});

it("a port that only a Service names is a port of the pods behind it", () => {
  const service: KubernetesService = {
    uid: "s",
    namespace: "live",
    name: "a",
    type: "ClusterIP",
    selector: { app: "a" },
    externalName: undefined,
    ports: [{ name: undefined, port: 80, targetPort: 3000, protocol: "TCP" }],
  };
  const bare = workload("live", "a", 1);
  const template = { ...bare.template, containers: [] };
  expect(podsOf([{ ...bare, template }], [service], NOT_KNOWN)[0]?.ports).toEqual([
    { name: undefined, port: 3000, protocol: "TCP" },
  ]);
  expect(podsOf([{ ...bare, template }], [{ ...service, namespace: "sandbox" }], NOT_KNOWN)[0]?.ports).toEqual([]);
});
