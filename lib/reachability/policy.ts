import type { Labels, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from "#lib/clusters/model.ts";
import { selects } from "#lib/clusters/selectors.ts";
import { liesIn } from "./addresses.ts";

/** Pods that carry the same labels in the same namespace, as the pods of one workload do. */
export type Pods = Readonly<{
  namespace: string;
  service: string;
  labels: Labels;
  ports: readonly Readonly<{ name: string | undefined; port: number; protocol: string }>[];
  /** The addresses that they have, or blocks out of which they will get them; undefined where neither is known. */
  addresses: readonly string[] | undefined;
}>;

/** One end of a path; `outside` is any address out of the cluster. */
export type End = Pods | "outside";

export type Target = Readonly<{ port: number; protocol: string }>;

/** Whether traffic can flow, null where nobody knows, and by which rule, or for want of which. */
export type Verdict = Readonly<{ open: boolean | null; by: string }>;

/** The policies of a cluster, as Kubernetes puts them together. */
export type Policies = Readonly<{
  policies: readonly NetworkPolicy[];
  namespaceLabels: ReadonlyMap<string, Labels>;
}>;

type Direction = "ingress" | "egress";
type Side = Readonly<{ direction: Direction; subject: End; peer: End; receiver: End; target: Target }>;

/**
 * Whether pods may reach others at a port, as Kubernetes' NetworkPolicies say it: a pod that no policy selects for a direction
 * is open there; one that any selects lets through what the rules of all of them together allow; both ends must let it through.
 * What is not looked at: whether the plugin of the network enforces policies at all, policies of other kinds, and pods that
 * share the network of their node, for which NetworkPolicies are not defined.
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function verdictOn(policies: Policies, from: End, to: End, target: Target): Verdict {
  const out = sideVerdict(policies, { direction: "egress", subject: from, peer: to, receiver: to, target });
  const into = sideVerdict(policies, { direction: "ingress", subject: to, peer: from, receiver: to, target });
  const sides = [out, into];
  const said = (open: Verdict["open"]) =>
    sides.flatMap((side) => (side.open === open && side.by !== "" ? [side.by] : []));
  for (const open of [false, null]) {
    if (sides.some((side) => side.open === open)) {
      return { open, by: said(open).join("; ") };
    }
  }
  return { open: true, by: said(true).join("; ") || "no policy restricts either end" };
}

function sideVerdict(policies: Policies, side: Side): Verdict {
  const { direction, subject } = side;
  if (subject === "outside") {
    return { open: true, by: "" };
  }
  const restricting = policies.policies.filter(
    (policy) => policy[direction] !== undefined && isSelected(policy, subject),
  );
  if (restricting.length === 0) {
    return { open: true, by: "" };
  }
  const { match, name } = bestRule(restricting, policies, side);
  switch (match) {
    case "yes":
      return { open: true, by: name };
    case "by address":
      return { open: true, by: `${name}, by address` };
    case "unknown":
      return { open: null, by: `${name} names addresses, and those of the pods are not known` };
    case "no":
      return { open: false, by: `no ${direction} rule of ${restricting.map(nameOf).join(", ")} allows it` };
  }
}

/** The rule that lets through most surely; the first of several. Thousands of paths are looked at, so nothing after a sure one is. */
function bestRule(
  restricting: readonly NetworkPolicy[],
  policies: Policies,
  side: Side,
): Readonly<{ match: Match; name: string }> {
  let best: Readonly<{ match: Match; name: string }> = { match: "no", name: "" };
  for (const policy of restricting) {
    for (const [at, rule] of (policy[side.direction] ?? []).entries()) {
      const match = matchOf(rule, policy.namespace, policies, side);
      if (MATCHES.indexOf(match) < MATCHES.indexOf(best.match)) {
        best = { match, name: `${side.direction} rule ${at + 1} of ${nameOf(policy)}` };
      }
      if (match === "yes") {
        return best;
      }
    }
  }
  return best;
}

function nameOf({ namespace, name }: NetworkPolicy): string {
  return `${namespace}/${name}`;
}

/** Whether the policy is about these pods, in whichever direction. */
export function isSelected(policy: NetworkPolicy, pods: Pick<Pods, "namespace" | "labels">): boolean {
  return policy.namespace === pods.namespace && selects(policy.podSelector, pods.labels);
}

/** Whether a rule lets somebody through, the surest first. */
const MATCHES = ["yes", "by address", "unknown", "no"] as const;
type Match = (typeof MATCHES)[number];

function matchOf(rule: PolicyRule, ownNamespace: string, policies: Policies, side: Side): Match {
  if (rule.ports.length > 0 && !rule.ports.some((port) => isPort(port, side.receiver, side.target))) {
    return "no";
  }
  const matches = rule.peers.map((peer) => matchOfPeer(peer, ownNamespace, policies, side.peer));
  return rule.peers.length === 0 ? "yes" : (MATCHES.find((match) => matches.includes(match)) ?? "no");
}

function matchOfPeer(peer: PolicyPeer, ownNamespace: string, { namespaceLabels }: Policies, end: End): Match {
  if (peer.kind === "addresses") {
    return end === "outside" ? "yes" : matchOfPods(peer, end);
  }
  if (end === "outside") {
    return "no";
  }
  const isNamespace =
    peer.namespaceSelector === undefined
      ? end.namespace === ownNamespace
      : selects(peer.namespaceSelector, namespaceLabels.get(end.namespace) ?? {});
  return isNamespace && (peer.podSelector === undefined || selects(peer.podSelector, end.labels)) ? "yes" : "no";
}

type AddressPeer = Extract<PolicyPeer, { kind: "addresses" }>;

/** Thousands of paths ask the same of the same two, which never change. */
const matchesOfPods = new WeakMap<AddressPeer, WeakMap<Pods, Match>>();

function matchOfPods(peer: AddressPeer, pods: Pods): Match {
  const known = matchesOfPods.get(peer) ?? new WeakMap<Pods, Match>();
  matchesOfPods.set(peer, known);
  const match = known.get(pods) ?? matchByAddress(peer, pods);
  known.set(pods, match);
  return match;
}

/**
 * Blocks of addresses "should be cluster-external IPs, since Pod IPs are ephemeral and unpredictable", but nothing holds pods
 * out of one: whether a plugin takes a pod's own address for one of a block differs, and so does whether it looks before or
 * after an address is rewritten. So a pod counts as let in wherever an address of its own lies in the block: what may be open
 * is never said to be closed. Where only the blocks are known out of which pods get their addresses, one that lies wholly in it
 * counts the same, and one that lies in it in part is unknown, as all is where no address is known.
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
 */
function matchByAddress(peer: AddressPeer, { addresses }: Pods): Match {
  if (addresses === undefined) {
    return peer.cidr.endsWith("/0") && peer.except.length === 0 ? "by address" : "unknown";
  }
  const lying = addresses.map((address) => liesIn(address, peer));
  if (lying.includes("all")) {
    return "by address";
  }
  return lying.every((one) => one === "none") ? "no" : "unknown";
}

function isPort(wanted: PolicyPort, receiver: End, { port, protocol }: Target): boolean {
  if (wanted.protocol !== protocol) {
    return false;
  }
  if (wanted.port === undefined) {
    return true;
  }
  if (typeof wanted.port === "number") {
    return wanted.endPort === undefined ? port === wanted.port : port >= wanted.port && port <= wanted.endPort;
  }
  // A name is one of the receiver's own ports; what is out of the cluster has none.
  const named = receiver === "outside" ? [] : receiver.ports.filter(({ name }) => name === wanted.port);
  return named.some((one) => one.port === port && one.protocol === protocol);
}
