import { describe, expect, it } from "vitest";
import type { LabelSelector, Labels, NetworkPolicy, PolicyPeer, PolicyPort } from "#lib/clusters/model.ts";
import { aPolicy } from "#lib/testing/cluster-objects.ts";
import { type End, type Pods, verdictOn } from "./policy.ts";

const ANY: LabelSelector = { matchLabels: {}, matchExpressions: [] };
const labelled = (matchLabels: Labels): LabelSelector => ({ matchLabels, matchExpressions: [] });
const HTTP = { port: 8080, protocol: "TCP" };

function pods(namespace: string, service: string, addresses?: readonly string[]): Pods {
  return {
    addresses,
    namespace,
    service,
    labels: { app: service },
    ports: [
      { name: "http", port: 8080, protocol: "TCP" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  };
}

function policy(changes: Partial<NetworkPolicy>): NetworkPolicy {
  return aPolicy({ name: "rule", ingress: undefined, ...changes });
}

const gateway = pods("live", "gateway");
const ledger = pods("live", "ledger");
const stranger = pods("sandbox", "gateway");
const namespaceLabels = new Map([
  ["live", { stage: "live" }],
  ["sandbox", { stage: "sandbox" }],
]);

const from = (...peers: PolicyPeer[]) => [{ peers, ports: [] }];
const at = (...ports: PolicyPort[]) => [{ peers: [], ports }];
const inPods = (podSelector?: LabelSelector, namespaceSelector?: LabelSelector): PolicyPeer => ({
  kind: "pods",
  podSelector,
  namespaceSelector,
});
const inBlock = (cidr: string, ...except: string[]): PolicyPeer => ({ kind: "addresses", cidr, except });
const port = (one: Partial<PolicyPort>): PolicyPort => ({
  protocol: "TCP",
  port: undefined,
  endPort: undefined,
  ...one,
});

function isOpen(policies: readonly NetworkPolicy[], sender: End, receiver: End, target = HTTP): boolean | null {
  return verdictOn({ policies, namespaceLabels }, sender, receiver, target).open;
}

describe("pods reach others", () => {
  it("where no policy selects either end", () => {
    expect(verdictOn({ policies: [], namespaceLabels }, gateway, ledger, HTTP)).toEqual({
      open: true,
      by: "no policy restricts either end",
    });
    expect(isOpen([policy({ namespace: "sandbox", ingress: [] })], gateway, ledger)).toBe(true);
    expect(isOpen([policy({ podSelector: labelled({ app: "other" }), ingress: [] })], gateway, ledger)).toBe(true);
  });

  it("not where a policy that selects the receiver has no rule, nor where one that selects the sender has none", () => {
    expect(isOpen([policy({ ingress: [] })], gateway, ledger)).toBe(false);
    expect(isOpen([policy({ egress: [] })], gateway, ledger)).toBe(false);
    expect(isOpen([policy({ namespace: "sandbox", egress: [] })], stranger, ledger)).toBe(false);
  });

  it("only where both ends let it through", () => {
    const letIn = policy({ name: "in", ingress: from() });
    const letOut = policy({ name: "out", egress: from() });
    expect(isOpen([letIn, policy({ egress: [] })], gateway, ledger)).toBe(false);
    expect(isOpen([letOut, policy({ ingress: [] })], gateway, ledger)).toBe(false);
    expect(verdictOn({ policies: [letIn, letOut], namespaceLabels }, gateway, ledger, HTTP)).toEqual({
      open: true,
      by: "egress rule 1 of live/out; ingress rule 1 of live/in",
    });
  });

  it("where any of several policies allows it: policies add up, none takes away", () => {
    expect(isOpen([policy({ ingress: [] }), policy({ ingress: from() })], gateway, ledger)).toBe(true);
  });

  it("of the policy's own namespace alone, where a peer names pods without a namespace", () => {
    const rule = [policy({ ingress: from(inPods(labelled({ app: "gateway" }))) })];
    expect(isOpen(rule, gateway, ledger)).toBe(true);
    expect(isOpen(rule, stranger, ledger)).toBe(false);
  });

  it("of every namespace that a selector picks, an empty one all of them", () => {
    const sandbox = [policy({ ingress: from(inPods(undefined, labelled({ stage: "sandbox" }))) })];
    expect([isOpen(sandbox, stranger, ledger), isOpen(sandbox, gateway, ledger)]).toEqual([true, false]);
    const everywhere = [policy({ ingress: from(inPods(undefined, ANY)) })];
    expect([isOpen(everywhere, stranger, ledger), isOpen(everywhere, gateway, ledger)]).toEqual([true, true]);
    expect(isOpen(everywhere, "outside", ledger)).toBe(false);
  });

  it("where one peer says namespace and pods, only if both hold", () => {
    const both = [policy({ ingress: from(inPods(labelled({ app: "ledger" }), labelled({ stage: "sandbox" }))) })];
    expect(isOpen(both, stranger, ledger)).toBe(false);
    expect(isOpen(both, pods("sandbox", "ledger"), ledger)).toBe(true);
  });

  it("at the ports of a rule alone: by number, by range with both its ends, by the receiver's name for it, by protocol", () => {
    const reaches = (one: Partial<PolicyPort>, target = HTTP) =>
      isOpen([policy({ ingress: at(port(one)) })], gateway, ledger, target);
    expect([reaches({ port: 8080 }), reaches({ port: 8081 })]).toEqual([true, false]);
    expect([reaches({ port: 8000, endPort: 8080 }), reaches({ port: 8000, endPort: 8079 })]).toEqual([true, false]);
    expect(reaches({ port: 8080, endPort: 9000 })).toBe(true);
    expect([reaches({ port: "http" }), reaches({ port: "dns" }), reaches({ port: "grpc" })]).toEqual([
      true,
      false,
      false,
    ]);
    expect([reaches({ protocol: "UDP" }), reaches({}, { port: 1, protocol: "TCP" })]).toEqual([false, true]);
    expect(reaches({ protocol: "UDP", port: "dns" }, { port: 53, protocol: "UDP" })).toBe(true);
  });
});

describe("addresses out of the cluster", () => {
  it("reach what no policy selects, and what a block or a rule without peers lets in", () => {
    expect(isOpen([], "outside", ledger)).toBe(true);
    expect(isOpen([policy({ ingress: [] })], "outside", ledger)).toBe(false);
    expect(isOpen([policy({ ingress: from(inBlock("203.0.113.0/24")) })], "outside", ledger)).toBe(true);
    expect(isOpen([policy({ ingress: from() })], "outside", ledger)).toBe(true);
  });

  it("are reached where an egress rule names a block", () => {
    expect(isOpen([policy({ egress: from(inBlock("203.0.113.0/24")) })], ledger, "outside")).toBe(true);
    expect(isOpen([policy({ egress: from(inPods(undefined, ANY)) })], ledger, "outside")).toBe(false);
  });
});

describe("pods in a block of addresses", () => {
  const caller = (...addresses: string[]) => pods("live", "gateway", addresses);
  const letIn = (peer: PolicyPeer, sender: Pods) => isOpen([policy({ ingress: from(peer) })], sender, ledger);

  it("are let in by their own address where any of them has one there, and not where all lie elsewhere", () => {
    expect(letIn(inBlock("10.0.0.0/8"), caller("10.244.1.7"))).toBe(true);
    expect(letIn(inBlock("10.0.0.0/8"), caller("172.16.0.1", "10.244.1.7"))).toBe(true);
    expect(letIn(inBlock("203.0.113.0/24"), caller("10.244.1.7"))).toBe(false);
    expect(letIn(inBlock("fd00::/8"), caller("10.244.1.7", "fd00::7"))).toBe(true);
    expect(
      verdictOn(
        { policies: [policy({ ingress: from(inBlock("10.0.0.0/8")) })], namespaceLabels },
        caller("10.1.1.1"),
        ledger,
        HTTP,
      ).by,
    ).toBe("ingress rule 1 of live/rule, by address");
  });

  it("are not let in by what the block leaves out", () => {
    expect(letIn(inBlock("0.0.0.0/0", "10.0.0.0/8"), caller("10.244.1.7"))).toBe(false);
    expect(letIn(inBlock("0.0.0.0/0", "10.96.0.0/12"), caller("10.244.1.7"))).toBe(true);
  });

  it("are reached by their own address where an egress rule names one, and not by what it leaves out", () => {
    const goesTo = (peer: PolicyPeer) =>
      isOpen([policy({ egress: from(peer) })], gateway, pods("live", "ledger", ["10.244.1.7"]));
    expect(goesTo(inBlock("10.244.0.0/16"))).toBe(true);
    expect(goesTo(inBlock("10.244.0.0/16", "10.244.1.0/24"))).toBe(false);
    expect(goesTo(inBlock("10.20.0.0/24"))).toBe(false);
  });

  it("are known to be let in or not where only the block that they get addresses of is, if it lies there whole or not at all", () => {
    expect(letIn(inBlock("10.0.0.0/8"), caller("10.244.0.0/16"))).toBe(true);
    expect(letIn(inBlock("203.0.113.0/24"), caller("10.244.0.0/16"))).toBe(false);
    expect(letIn(inBlock("10.244.3.0/24"), caller("10.244.0.0/16"))).toBe(null);
  });

  it("are neither let in nor kept out, as far as anybody knows, where no address of theirs is known", () => {
    expect(letIn(inBlock("10.0.0.0/8"), gateway)).toBe(null);
    expect(letIn(inBlock("0.0.0.0/0", "10.0.0.0/8"), gateway)).toBe(null);
    expect(letIn(inBlock("0.0.0.0/0"), gateway)).toBe(true);
    expect(
      verdictOn(
        { policies: [policy({ ingress: from(inBlock("10.0.0.0/8")) })], namespaceLabels },
        gateway,
        ledger,
        HTTP,
      ),
    ).toEqual({
      open: null,
      by: "ingress rule 1 of live/rule names addresses, and those of the pods are not known",
    });
  });

  it("are kept out for sure where the other end is closed, and let in for sure where another rule does it", () => {
    const block = policy({ name: "block", ingress: from(inBlock("10.0.0.0/8")) });
    expect(isOpen([block, policy({ egress: [] })], gateway, ledger)).toBe(false);
    expect(isOpen([block, policy({ ingress: from() })], gateway, ledger)).toBe(true);
    expect(
      isOpen([policy({ ingress: [{ peers: [inBlock("10.0.0.0/8")], ports: [port({ port: 1 })] }] })], gateway, ledger),
    ).toBe(false);
  });
});
