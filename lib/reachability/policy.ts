import type { Labels, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from "#lib/clusters/model.ts";
import { selects } from "#lib/clusters/selectors.ts";

/** Pods that carry the same labels in the same namespace, as the pods of one workload do. */
export type Pods = Readonly<{
  namespace: string;
  service: string;
  labels: Labels;
  ports: readonly Readonly<{ name: string | undefined; port: number; protocol: string }>[];
}>;

/** One end of a path; `outside` is any address out of the cluster. */
export type End = Pods | "outside";

export type Target = Readonly<{ port: number; protocol: string }>;

/** Whether traffic can flow, and by which rule, or for want of which. */
export type Verdict = Readonly<{ isOpen: boolean; by: string }>;

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
 * What is not looked at: whether the plugin of the network enforces policies at all, and policies of other kinds.
 * Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function verdictOn(policies: Policies, from: End, to: End, target: Target): Verdict {
  const out = sideVerdict(policies, { direction: "egress", subject: from, peer: to, receiver: to, target });
  const into = sideVerdict(policies, { direction: "ingress", subject: to, peer: from, receiver: to, target });
  if (!out.isOpen || !into.isOpen) {
    return { isOpen: false, by: [out, into].flatMap(({ isOpen, by }) => (isOpen ? [] : [by])).join("; ") };
  }
  return {
    isOpen: true,
    by: [out.by, into.by].filter((by) => by !== "").join("; ") || "no policy restricts either end",
  };
}

function sideVerdict(policies: Policies, side: Side): Verdict {
  const { direction, subject } = side;
  if (subject === "outside") {
    return { isOpen: true, by: "" };
  }
  const restricting = policies.policies.filter(
    (policy) => policy[direction] !== undefined && isSelected(policy, subject),
  );
  if (restricting.length === 0) {
    return { isOpen: true, by: "" };
  }
  for (const policy of restricting) {
    const at = (policy[direction] ?? []).findIndex((rule) => allows(rule, policy.namespace, policies, side));
    if (at >= 0) {
      return { isOpen: true, by: `${direction} rule ${at + 1} of ${nameOf(policy)}` };
    }
  }
  const names = restricting.map(nameOf).join(", ");
  return { isOpen: false, by: `no ${direction} rule of ${names} allows it` };
}

function nameOf({ namespace, name }: NetworkPolicy): string {
  return `${namespace}/${name}`;
}

/** Whether the policy is about these pods, in whichever direction. */
export function isSelected(policy: NetworkPolicy, pods: Pick<Pods, "namespace" | "labels">): boolean {
  return policy.namespace === pods.namespace && selects(policy.podSelector, pods.labels);
}

function allows(rule: PolicyRule, ownNamespace: string, policies: Policies, side: Side): boolean {
  return (
    (rule.peers.length === 0 || rule.peers.some((peer) => isPeer(peer, ownNamespace, policies, side.peer))) &&
    (rule.ports.length === 0 || rule.ports.some((port) => isPort(port, side.receiver, side.target)))
  );
}

function isPeer(peer: PolicyPeer, ownNamespace: string, { namespaceLabels }: Policies, end: End): boolean {
  if (peer.kind === "addresses") {
    return end === "outside" || takesEveryAddress(peer);
  }
  if (end === "outside") {
    return false;
  }
  const isNamespace =
    peer.namespaceSelector === undefined
      ? end.namespace === ownNamespace
      : selects(peer.namespaceSelector, namespaceLabels.get(end.namespace) ?? {});
  return isNamespace && (peer.podSelector === undefined || selects(peer.podSelector, end.labels));
}

/**
 * Blocks of addresses are meant for what is out of the cluster; a pod's own address is not looked at, so that a pod is in a
 * block only where that leaves no address out.
 */
function takesEveryAddress({ cidr, except }: Extract<PolicyPeer, { kind: "addresses" }>): boolean {
  return cidr.endsWith("/0") && except.length === 0;
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
