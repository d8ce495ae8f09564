import { describe, expect, it } from "vitest";
import type { LabelSelector, Workload } from "#lib/clusters/model.ts";
import { aBudget, aContainer, aPod, aPolicy, aWorkload } from "#lib/testing/cluster-objects.ts";
import {
  namespaceFindings,
  neverAllows,
  type Place,
  POSTURE_CODES,
  platformFindings,
  USUAL_POSTURE,
  type WorkloadFacts,
  workloadFindings,
} from "./model.ts";

const PLACE: Place = {
  environment: "gravv/live",
  cluster: "gravv",
  tier: "live",
  rules: POSTURE_CODES,
  labels: { team: "team", product: "product", role: "role" },
  nodes: 3,
};

const SOUND: Partial<Workload> = {
  labels: { team: "ledgers", product: "payments" },
  images: [{ container: "main", image: "ledger@sha256:2" }],
  template: {
    labels: { app: "ledger" },
    containers: [aContainer()],
    nodeSelector: {},
    tolerations: [],
    spreading: [{ topologyKey: "kubernetes.io/hostname", isRequired: true, maxSkew: undefined, awayFrom: undefined }],
    hasNodeAffinity: false,
  },
};

function facts(changes: Partial<Workload> = {}, others: Partial<WorkloadFacts> = {}): WorkloadFacts {
  const pods = [aPod({ uid: "a", node: "n1" }), aPod({ uid: "b", node: "n2" })];
  const workload = aWorkload({ ...SOUND, ...changes });
  return { workload, pods, budgets: [aBudget()], limitRanges: [], ...others };
}

function template(changes: Partial<Workload["template"]>): Partial<Workload> {
  return { template: { ...aWorkload(SOUND).template, ...changes } };
}

const codes = (seen: WorkloadFacts, place = PLACE) => workloadFindings(seen, place).map(({ code }) => code);

it("a workload that stands as asked has no findings", () => {
  expect(codes(facts())).toEqual([]);
});

describe("a workload has the finding", () => {
  it.each([
    ["single_replica", facts({ desired: 1 })],
    ["single_replica", facts({ desired: 0 }, { pods: [] })],
    ["one_node", facts({}, { pods: [aPod({ uid: "a" }), aPod({ uid: "b" })] })],
    ["not_spread", facts(template({ spreading: [] }))],
    ["no_budget", facts({}, { budgets: [] })],
    ["budget_blocks", facts({}, { budgets: [aBudget({ maxUnavailable: 0 })] })],
    ["no_readiness", facts(template({ containers: [aContainer({ hasReadinessProbe: false })] }))],
    ["no_liveness", facts(template({ containers: [aContainer({ hasLivenessProbe: false })] }))],
    ["requests_not_limits", facts(template({ containers: [aContainer({ limits: { cpu: "1", memory: "256Mi" } })] }))],
    ["no_team", facts({ labels: { product: "payments" } })],
    ["no_product", facts({ labels: { team: "ledgers" } })],
    ["mutable_image", facts({ images: [{ container: "main", image: "ledger:2" }] })],
  ] as const)("%s, and no other", (code, seen) => {
    expect(codes(seen)).toEqual([code]);
  });

  it("no_requests, unless a limit or a LimitRange gives it one", () => {
    const bare = template({ containers: [aContainer({ requests: { cpu: "500m" }, limits: {} })] });
    expect(codes(facts(bare))).toContain("no_requests");
    const limited = template({ containers: [aContainer({ requests: { cpu: "500m" }, limits: { memory: "1Gi" } })] });
    expect(codes(facts(limited))).not.toContain("no_requests");
    const none = { min: {}, max: {}, default: {}, maxLimitRequestRatio: {} };
    const limits = [{ ...none, type: "Container", defaultRequest: { memory: "128Mi" } }];
    const limitRanges = [{ uid: "l", namespace: "live", name: "l", limits }];
    expect(codes(facts(bare, { limitRanges }))).not.toContain("no_requests");
  });

  it("no_limits where nothing bounds a container's memory, unless a LimitRange does", () => {
    const unbounded = template({ containers: [aContainer({ limits: { cpu: "500m" } })] });
    const given = (changes: object) => {
      const none = { min: {}, max: {}, default: {}, defaultRequest: {}, maxLimitRequestRatio: {} };
      return [{ uid: "l", namespace: "live", name: "l", limits: [{ ...none, type: "Container", ...changes }] }];
    };
    expect(codes(facts(unbounded))).toContain("no_limits");
    const asked = (changes: object) => codes(facts(unbounded, { limitRanges: given(changes) }));
    expect(asked({ defaultRequest: { memory: "1Gi" } })).toContain("no_limits");
    expect(asked({ type: "Pod", default: { memory: "1Gi" } })).toContain("no_limits");
    expect(asked({ default: { memory: "1Gi" } })).not.toContain("no_limits");
  });
});

it("the same quantity, written in two ways, is the same for requests = limits", () => {
  const requests = { cpu: "0.5", memory: "1024Mi" };
  const limits = { cpu: "500m", memory: "1Gi" };
  expect(codes(facts(template({ containers: [aContainer({ requests, limits })] })))).toEqual([]);
});

it("a DaemonSet needs neither a budget nor spreading nor a second replica", () => {
  const daemonSet = { ...template({ spreading: [] }), kind: "DaemonSet", desired: 1 } as const;
  expect(codes(facts(daemonSet, { budgets: [], pods: [aPod(), aPod()] }))).toEqual([]);
});

it("where there is only one node, nothing is wrong with standing on it", () => {
  const onOne = facts({}, { pods: [aPod({ uid: "a" }), aPod({ uid: "b" })] });
  expect(codes(onOne, { ...PLACE, nodes: 1 })).toEqual([]);
});

it("only what the platform asks is a finding, and requests = limits is not asked as a rule", () => {
  const seen = facts({ desired: 1, images: [{ container: "main", image: "ledger:2" }] });
  expect(codes(seen, { ...PLACE, rules: ["mutable_image"] })).toEqual(["mutable_image"]);
  expect(USUAL_POSTURE).not.toContain("requests_not_limits");
});

it("a label that the platform has no key for is not asked", () => {
  const place = { ...PLACE, labels: { team: undefined, product: undefined, role: "role" } };
  expect(codes(facts({ labels: {} }), place)).toEqual([]);
});

it("the same finding weighs less in a sandbox, or nothing: the worst comes first", () => {
  const seen = facts({
    desired: 1,
    ...template({ containers: [aContainer({ hasReadinessProbe: false })] }),
    labels: {},
  });
  const weights = (tier: Place["tier"]) =>
    workloadFindings(seen, { ...PLACE, tier }).map(({ code, severity }) => `${severity} ${code}`);
  expect(weights("live")).toEqual(["high single_replica", "high no_readiness", "low no_team", "low no_product"]);
  expect(weights("sandbox")).toEqual(["medium no_readiness", "low no_team", "low no_product"]);
});

it("a service of Compose is said to be what it is: a container, by its health check", () => {
  const ofCompose = { kind: "Compose service", desired: 1 } as const;
  const unchecked = facts({ ...ofCompose, ...template({ containers: [aContainer({ hasReadinessProbe: false })] }) });
  expect(workloadFindings(unchecked, PLACE).map(({ message }) => message)).toEqual([
    "It runs one container: when that goes, all of it is gone.",
    "main has no health check: nobody can tell whether it works.",
  ]);
});

describe("a platform", () => {
  const sound = { name: "Gravv", isDelivered: true, thresholds: "Prometheus rules" };
  const of = (changes: Partial<typeof sound> | { thresholds: undefined }, tier: Place["tier"] = "live") =>
    platformFindings({ ...sound, ...changes }, { ...PLACE, tier }).map(({ code, severity }) => `${severity} ${code}`);

  it("that says who delivers it and when somebody is told has no findings, and each that it does not say is one", () => {
    expect(of({})).toEqual([]);
    expect(of({ thresholds: undefined })).toEqual(["medium no_thresholds"]);
    expect(of({ isDelivered: false })).toEqual(["medium no_pipeline"]);
  });

  it("need tell nobody of a sandbox", () => {
    expect(of({ thresholds: undefined, isDelivered: false }, "sandbox")).toEqual(["low no_pipeline"]);
  });

  it("is what such a finding is about, and no workload", () => {
    expect(platformFindings({ ...sound, isDelivered: false }, PLACE)).toMatchObject([
      { subject: "Platform Gravv", environment: "gravv/live", namespace: "", workload: null },
    ]);
  });
});

const ANY: LabelSelector = { matchLabels: {}, matchExpressions: [] };

describe("a namespace", () => {
  const denyAll = aPolicy();
  const everyPod = (podSelector: LabelSelector | undefined) =>
    ({ kind: "pods", namespaceSelector: ANY, podSelector }) as const;
  const block = (cidr: string, ...except: string[]) => ({ kind: "addresses", cidr, except }) as const;
  const level = (labels: Record<string, string>) => ({
    name: "live",
    namespace: { uid: "n", namespace: "", name: "live", labels, isTerminating: false },
    policies: [denyAll],
  });
  const of = (seen: Parameters<typeof namespaceFindings>[0]) => namespaceFindings(seen, PLACE).map(({ code }) => code);

  it.each([
    [{}, ["pod_security"]],
    [{ "pod-security.kubernetes.io/enforce": "privileged" }, ["pod_security"]],
    [{ "pod-security.kubernetes.io/enforce": "baseline" }, []],
    [{ "pod-security.kubernetes.io/enforce": "restricted" }, []],
  ])("with the labels %o has %o", (labels, expected) => {
    expect(of(level(labels))).toEqual(expected);
  });

  it("that has not been seen has nothing said of its level", () => {
    expect(of({ name: "live", namespace: undefined, policies: [denyAll] })).toEqual([]);
  });

  it("is closed by default by a policy for all its pods that lets in but whom it names", () => {
    const peer = { kind: "pods", namespaceSelector: undefined, podSelector: undefined } as const;
    const policies = [{ ...denyAll, ingress: [{ peers: [peer], ports: [] }] }];
    expect(of({ ...level({ "pod-security.kubernetes.io/enforce": "restricted" }), policies })).toEqual([]);
  });

  it("is closed by default where every namespace reaches but some of its pods, or one port", () => {
    const peer = everyPod({ matchLabels: { app: "prometheus" }, matchExpressions: [] });
    const restricted = level({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect(of({ ...restricted, policies: [{ ...denyAll, ingress: [{ peers: [peer], ports: [] }] }] })).toEqual([]);
    const metrics = { peers: [], ports: [{ protocol: "TCP", port: 9090, endPort: undefined }] };
    expect(of({ ...restricted, policies: [denyAll, { ...denyAll, ingress: [metrics] }] })).toEqual([]);
  });

  it.each([
    ["none", []],
    ["one for some pods", [{ ...denyAll, podSelector: { matchLabels: { app: "a" }, matchExpressions: [] } }]],
    ["one that lets everybody in", [{ ...denyAll, ingress: [{ peers: [], ports: [] }] }]],
    ["one that lets in every namespace", [{ ...denyAll, ingress: [{ peers: [everyPod(undefined)], ports: [] }] }]],
    ["one that lets in every pod of all", [{ ...denyAll, ingress: [{ peers: [everyPod(ANY)], ports: [] }] }]],
    ["one that lets in every address", [{ ...denyAll, ingress: [{ peers: [block("0.0.0.0/0")], ports: [] }] }]],
    ["the same of IPv6", [{ ...denyAll, ingress: [{ peers: [block("::/0")], ports: [] }] }]],
    [
      "one that lets in every address but some",
      [{ ...denyAll, ingress: [{ peers: [block("0.0.0.0/0", "10.0.0.0/8")], ports: [] }] }],
    ],
    [
      "one that denies beside one that lets everybody in",
      [denyAll, { ...denyAll, ingress: [{ peers: [everyPod(undefined)], ports: [] }] }],
    ],
    ["one for the way out alone", [{ ...denyAll, ingress: undefined, egress: [] }]],
  ])("is open by default with %s", (_which, policies) => {
    const seen = { ...level({ "pod-security.kubernetes.io/enforce": "restricted" }), policies };
    expect(of(seen)).toEqual(["no_default_deny"]);
  });
});

it.each([
  [{ maxUnavailable: 0 }, 4, true],
  [{ maxUnavailable: "0%" }, 4, true],
  [{ maxUnavailable: "1%" }, 4, false],
  [{ maxUnavailable: undefined, minAvailable: 4 }, 4, true],
  [{ maxUnavailable: undefined, minAvailable: 3 }, 4, false],
  [{ maxUnavailable: undefined, minAvailable: "100%" }, 4, true],
  [{ maxUnavailable: undefined, minAvailable: "76%" }, 4, true],
  [{ maxUnavailable: undefined, minAvailable: "75%" }, 4, false],
  [{ maxUnavailable: 0 }, 0, false],
])("a budget of %o lets none of %i pods ever go: %s", (rule, pods, expected) => {
  expect(neverAllows(aBudget(rule), pods)).toBe(expected);
});
