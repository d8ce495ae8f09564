import type {
  Container,
  DisruptionBudget,
  LabelSelector,
  LimitRange,
  Namespace,
  NetworkPolicy,
  Pod,
  PolicyPeer,
  PolicyRule,
  Workload,
} from "#lib/clusters/model.ts";
import type { Platform } from "#lib/estate/model.ts";
import { quantityToNumber } from "#lib/quotas/model.ts";

/** What a platform can ask of what runs there, by gatehouse.yaml's `posture`. */
export const POSTURE_CODES = [
  "no_budget",
  "budget_blocks",
  "no_readiness",
  "no_liveness",
  "no_requests",
  "requests_not_limits",
  "no_limits",
  "single_replica",
  "one_node",
  "not_spread",
  "no_default_deny",
  "pod_security",
  "no_team",
  "no_product",
  "mutable_image",
  "no_thresholds",
  "no_pipeline",
] as const;
export type PostureCode = (typeof POSTURE_CODES)[number];

/** Asked where gatehouse.yaml says nothing: all but requests = limits, which is a choice of its own. */
export const USUAL_POSTURE: readonly PostureCode[] = POSTURE_CODES.filter((code) => code !== "requests_not_limits");

/** What can be asked of a Compose host, which has neither a scheduler nor policies, nor labels that are read. */
export const COMPOSE_POSTURE: readonly PostureCode[] = [
  "no_readiness",
  "no_limits",
  "single_replica",
  "mutable_image",
  "no_thresholds",
  "no_pipeline",
];

export type Severity = "high" | "medium" | "low";

/** One thing that does not stand as the platform asks. */
export type Finding = Readonly<{
  code: PostureCode;
  severity: Severity;
  environment: string;
  cluster: string;
  /** `Deployment ledger`, `Namespace gravv-live`, `Platform Gravv` */
  subject: string;
  /** Empty for a platform. */
  namespace: string;
  /** `<cluster>/<uid>` of the workload that it is about; null for a namespace or a platform. */
  workload: string | null;
  message: string;
  advice: string;
}>;

/** How bad a finding is by the environment's tier; null where it is none there: a sandbox may run one of each. */
const SEVERITY: Readonly<Record<PostureCode, Readonly<{ live: Severity; sandbox: Severity | null }>>> = {
  no_budget: { live: "medium", sandbox: null },
  budget_blocks: { live: "high", sandbox: "low" },
  no_readiness: { live: "high", sandbox: "medium" },
  no_liveness: { live: "low", sandbox: "low" },
  no_requests: { live: "high", sandbox: "medium" },
  requests_not_limits: { live: "medium", sandbox: "low" },
  no_limits: { live: "medium", sandbox: "low" },
  single_replica: { live: "high", sandbox: null },
  one_node: { live: "high", sandbox: null },
  not_spread: { live: "medium", sandbox: null },
  no_default_deny: { live: "high", sandbox: "medium" },
  pod_security: { live: "medium", sandbox: "low" },
  no_team: { live: "low", sandbox: "low" },
  no_product: { live: "low", sandbox: "low" },
  mutable_image: { live: "medium", sandbox: "low" },
  no_thresholds: { live: "medium", sandbox: null },
  no_pipeline: { live: "medium", sandbox: "low" },
};

/** The kinds that a rule looks at beside the workloads, without which it can say nothing. */
export const LOOKED_AT: Readonly<Partial<Record<PostureCode, readonly string[]>>> = {
  no_budget: ["PodDisruptionBudget"],
  budget_blocks: ["PodDisruptionBudget"],
  no_requests: ["LimitRange"],
  no_limits: ["LimitRange"],
  one_node: ["Pod", "ReplicaSet", "Node"],
  no_default_deny: ["NetworkPolicy"],
  pod_security: ["Namespace"],
};

/** Whether a rule is about the platform alone, so that nothing of a cluster has to be seen for it. */
export function isOfPlatform(code: PostureCode): boolean {
  return code === "no_thresholds" || code === "no_pipeline";
}

/** Where it is looked, and what for. */
export type Place = Readonly<{
  environment: string;
  cluster: string;
  tier: "live" | "sandbox";
  /** The rules that are asked here and can be answered. */
  rules: readonly PostureCode[];
  labels: Platform["labels"];
  /** How many nodes of the cluster take pods. */
  nodes: number;
}>;

export type WorkloadFacts = Readonly<{
  workload: Workload;
  pods: readonly Pod[];
  /** Those that select its pods. */
  budgets: readonly DisruptionBudget[];
  limitRanges: readonly LimitRange[];
}>;

export type NamespaceFacts = Readonly<{
  name: string;
  /** Undefined where it has not been seen. */
  namespace: Namespace | undefined;
  policies: readonly NetworkPolicy[];
}>;

/** What gatehouse.yaml says of an environment's platform. */
export type PlatformFacts = Readonly<{
  name: string;
  /** Whether Gatehouse or a pipeline that is named delivers the environment. */
  isDelivered: boolean;
  /** Where it stands at which values somebody is told. */
  thresholds: string | undefined;
}>;

type Said = Readonly<{ code: PostureCode; message: string; advice: string }>;
type Rule<Facts> = (facts: Facts, place: Place) => Said | undefined;

/** What of a workload does not stand as asked, worst first. */
export function workloadFindings(facts: WorkloadFacts, place: Place): Finding[] {
  const { workload } = facts;
  const about = {
    subject: `${workload.kind} ${workload.name}`,
    namespace: workload.namespace,
    workload: `${place.cluster}/${workload.uid}`,
  };
  return found(WORKLOAD_RULES, facts, place, about);
}

/** What of a namespace does not stand as asked, worst first. */
export function namespaceFindings(facts: NamespaceFacts, place: Place): Finding[] {
  const about = { subject: `Namespace ${facts.name}`, namespace: facts.name, workload: null };
  return found(NAMESPACE_RULES, facts, place, about);
}

/** What of a platform does not stand as asked in one of its environments, whether or not anything is seen of what runs there. */
export function platformFindings(facts: PlatformFacts, place: Place): Finding[] {
  return found(PLATFORM_RULES, facts, place, { subject: `Platform ${facts.name}`, namespace: "", workload: null });
}

function found<Facts>(
  rules: readonly Rule<Facts>[],
  facts: Facts,
  place: Place,
  about: Pick<Finding, "subject" | "namespace" | "workload">,
): Finding[] {
  const { environment, cluster, tier } = place;
  return worstFirst(
    rules.flatMap((rule) => {
      const said = rule(facts, place);
      const severity = said && SEVERITY[said.code][tier];
      return said === undefined || severity === undefined || severity === null || !place.rules.includes(said.code)
        ? []
        : [{ ...said, ...about, environment, cluster, severity }];
    }),
  );
}

const SEVERITY_ORDER: readonly Severity[] = ["high", "medium", "low"];

/** Findings by severity, otherwise as they were. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity));
}

/** A DaemonSet stands on every node it wants, and a drain leaves it alone. */
const isReplicated = ({ kind }: Workload) => kind !== "DaemonSet";

const isOfCompose = ({ kind }: Workload) => kind === "Compose service";

const WORKLOAD_RULES: readonly Rule<WorkloadFacts>[] = [
  ({ workload }) =>
    isReplicated(workload) && workload.desired === 0
      ? {
          code: "single_replica",
          message: "It runs no replica: it is scaled to 0, and nothing answers for it.",
          advice: "Give it two replicas or more, or delete it where nobody needs it any more.",
        }
      : undefined,
  ({ workload }) =>
    isReplicated(workload) && workload.desired === 1
      ? {
          code: "single_replica",
          message: `It runs one ${isOfCompose(workload) ? "container" : "pod"}: when that goes, all of it is gone.`,
          advice: "Give it two replicas or more, or say in its manifest why it can be but one.",
        }
      : undefined,
  ({ workload, pods }, { nodes }) => {
    const placed = pods.flatMap((pod) => (pod.isDeleting || pod.node === undefined ? [] : pod.node));
    return isReplicated(workload) && nodes > 1 && placed.length > 1 && new Set(placed).size === 1
      ? {
          code: "one_node",
          message: `All ${placed.length} pods stand on ${placed[0]}: when that goes, all of it is gone.`,
          advice: "Spread it over nodes (topologySpreadConstraints or podAntiAffinity), then restart it.",
        }
      : undefined;
  },
  ({ workload }) =>
    isReplicated(workload) && workload.desired > 1 && workload.template.spreading.length === 0
      ? {
          code: "not_spread",
          message: `Nothing keeps its ${workload.desired} pods apart: no anti-affinity and no spread constraint.`,
          advice: "Add topologySpreadConstraints over kubernetes.io/hostname and, where there are zones, over those.",
        }
      : undefined,
  ({ workload, budgets }) =>
    isReplicated(workload) && workload.desired > 1 && budgets.length === 0
      ? {
          code: "no_budget",
          message: `No PodDisruptionBudget: a drain may take all ${workload.desired} pods at once.`,
          advice: "Add one that keeps as many as it needs to serve, such as maxUnavailable: 1.",
        }
      : undefined,
  ({ workload, budgets }) => {
    const blocking = budgets.find((budget) => neverAllows(budget, workload.desired));
    return blocking === undefined
      ? undefined
      : {
          code: "budget_blocks",
          message: `PodDisruptionBudget ${blocking.name} (${sayBudget(blocking)}) never lets one of ${workload.desired} pods go: no node under it can be drained.`,
          advice: "Allow one disruption, such as maxUnavailable: 1, or give it a replica more than it must keep.",
        };
  },
  ({ workload }) =>
    sayContainers(
      workload,
      (container) => !container.hasReadinessProbe,
      (which) => ({ code: "no_readiness", ...(isOfCompose(workload) ? sayUnchecked(which) : sayUnready(which)) }),
    ),
  ({ workload }) =>
    sayContainers(
      workload,
      (container) => !container.hasLivenessProbe,
      (which) => ({
        code: "no_liveness",
        message: `${which} no liveness probe: one that hangs is not restarted.`,
        advice: "Add a livenessProbe that asks the process alone, never what it depends on.",
      }),
    ),
  ({ workload, limitRanges }) =>
    sayContainers(
      workload,
      (container) => MEASURED.some((resource) => !hasRequest(container, resource, limitRanges)),
      (which) => ({
        code: "no_requests",
        message: `${which} no request for CPU or memory: the scheduler counts it as nothing.`,
        advice: "Set requests for both, from what it is seen to use.",
      }),
    ),
  ({ workload }) =>
    sayContainers(
      workload,
      (container) => MEASURED.some((resource) => !isGuaranteed(container, resource)),
      (which) => ({
        code: "requests_not_limits",
        message: `${which} limits other than its requests: this platform asks for both to be the same.`,
        advice: "Set limits equal to requests, so that its pods are of quality Guaranteed.",
      }),
    ),
  ({ workload, limitRanges }) =>
    sayContainers(
      workload,
      ({ limits }) => limits.memory === undefined && !hasDefault(limitRanges, ({ default: given }) => given.memory),
      (which) => ({
        code: "no_limits",
        message: `${which} no memory limit: it may take what all others on its machine need.`,
        advice: "Set one, from what it is seen to use.",
      }),
    ),
  ({ workload }, { labels }) => missingLabel("no_team", "team", labels.team, workload),
  ({ workload }, { labels }) => missingLabel("no_product", "product", labels.product, workload),
  ({ workload }) => {
    const [mutable] = workload.images.filter(({ image }) => !image.includes("@sha256:"));
    return mutable === undefined
      ? undefined
      : {
          code: "mutable_image",
          message: `${mutable.container} runs ${mutable.image}, a tag that can come to mean another image.`,
          advice: "Name the image by its digest (@sha256:…), as a promotion leaves it.",
        };
  },
];

const LEVELS: Readonly<Record<string, number>> = { privileged: 0, baseline: 1, restricted: 2 };
/** https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
const ENFORCED = "pod-security.kubernetes.io/enforce";

const NAMESPACE_RULES: readonly Rule<NamespaceFacts>[] = [
  ({ name, policies }) =>
    areClosedByDefault(policies)
      ? undefined
      : {
          code: "no_default_deny",
          message: `No NetworkPolicy denies what is not allowed in ${name}: any pod of the cluster reaches any pod there.`,
          advice:
            "Add a NetworkPolicy that selects all pods and lets nothing in, then one for each path that is needed.",
        },
  ({ name, namespace }) => {
    const level = namespace?.labels[ENFORCED];
    if (namespace === undefined || (LEVELS[level ?? ""] ?? 0) >= 1) {
      return undefined;
    }
    return {
      code: "pod_security",
      message:
        level === undefined
          ? `${name} enforces no pod security level: a pod there may take the node.`
          : `${name} enforces the pod security level ${level}, which forbids nothing.`,
      advice: `Label the namespace ${ENFORCED}=restricted, or baseline where that is too much.`,
    };
  },
];

const PLATFORM_RULES: readonly Rule<PlatformFacts>[] = [
  ({ thresholds }) =>
    thresholds === undefined
      ? {
          code: "no_thresholds",
          message: "Nothing says at which values somebody is told: gatehouse.yaml names no thresholds for it.",
          advice: "Decide on them, and name where they stand (thresholds:), such as a file of Prometheus rules.",
        }
      : undefined,
  ({ isDelivered }) =>
    isDelivered
      ? undefined
      : {
          code: "no_pipeline",
          message:
            "Nothing says how what runs here comes to run here: Gatehouse does not deliver it, and gatehouse.yaml names no pipeline.",
          advice: "Let Gatehouse deliver it (repository:, branch:), or name what does (pipeline:).",
        },
];

const MEASURED = ["cpu", "memory"] as const;

const sayUnready = (which: string) => ({
  message: `${which} no readiness probe: it gets traffic before it can answer.`,
  advice: "Add a readinessProbe that asks what the service needs to serve.",
});

const sayUnchecked = (which: string) => ({
  message: `${which} no health check: nobody can tell whether it works.`,
  advice: "Add a healthcheck that asks what the service needs to serve.",
});

function sayContainers(
  { template: { containers } }: Workload,
  lacks: (container: Container) => boolean,
  say: (which: string) => Said,
): Said | undefined {
  const names = containers.filter(lacks).map(({ name }) => name);
  const [first] = names;
  if (first === undefined) {
    return undefined;
  }
  return say(names.length === 1 ? `${first} has` : `${names.length} containers (${names.join(", ")}) have`);
}

function hasRequest({ requests, limits }: Container, resource: string, limitRanges: readonly LimitRange[]): boolean {
  // A limit without a request is taken for the request as well, and a LimitRange may give one.
  return (
    requests[resource] !== undefined ||
    limits[resource] !== undefined ||
    hasDefault(limitRanges, (item) => item.defaultRequest[resource] ?? item.default[resource])
  );
}

/** Whether a LimitRange gives containers that name none of it themselves what is looked for. */
function hasDefault(
  limitRanges: readonly LimitRange[],
  given: (item: LimitRange["limits"][number]) => string | undefined,
): boolean {
  return limitRanges.some(({ limits }) =>
    limits.some((item) => item.type === "Container" && given(item) !== undefined),
  );
}

function isGuaranteed({ requests, limits }: Container, resource: string): boolean {
  const limit = limits[resource];
  const request = requests[resource] ?? limit;
  return limit !== undefined && request !== undefined && quantityToNumber(limit) === quantityToNumber(request);
}

function missingLabel(
  code: "no_team" | "no_product",
  what: string,
  key: string | undefined,
  workload: Workload,
): Said | undefined {
  if (key === undefined || (workload.labels[key] ?? workload.template.labels[key]) !== undefined) {
    return undefined;
  }
  return {
    code,
    message: `It carries no ${what}: the label ${key} is missing, so nobody is asked and its cost is nobody's.`,
    advice: `Label it, and its pods, with ${key}.`,
  };
}

/**
 * Whether nothing comes in but what is let in: a policy selects every pod and has no rule for everybody, and no other one that
 * selects every pod has a rule for everybody at every port, since policies add up.
 */
function areClosedByDefault(policies: readonly NetworkPolicy[]): boolean {
  const forAll = policies.flatMap(({ podSelector, ingress }) =>
    ingress !== undefined && isEmpty(podSelector) ? [ingress.filter(isForEverybody)] : [],
  );
  return (
    forAll.some((open) => open.length === 0) && forAll.every((open) => open.every(({ ports }) => ports.length > 0))
  );
}

function isForEverybody({ peers }: PolicyRule): boolean {
  return peers.length === 0 || peers.some(isEverybody);
}

/** All pods of all namespaces, or a block of every address, whatever it leaves out: what comes in is then let in unless it is named. */
function isEverybody(peer: PolicyPeer): boolean {
  return peer.kind === "addresses"
    ? peer.cidr.endsWith("/0")
    : peer.namespaceSelector !== undefined &&
        isEmpty(peer.namespaceSelector) &&
        (peer.podSelector === undefined || isEmpty(peer.podSelector));
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/**
 * Whether a budget lets no pod go even when all are healthy. Percentages are rounded up, for both of its fields.
 * Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
 */
export function neverAllows({ minAvailable, maxUnavailable }: DisruptionBudget, pods: number): boolean {
  if (pods === 0) {
    return false;
  }
  if (maxUnavailable !== undefined) {
    return podsOfShare(maxUnavailable, pods) === 0;
  }
  return minAvailable !== undefined && podsOfShare(minAvailable, pods) >= pods;
}

function podsOfShare(value: number | string, pods: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * pods) / 100);
}

/** A budget's rule as it is written: `minAvailable 2`, `maxUnavailable 25%`. */
export function sayBudget({ minAvailable, maxUnavailable }: DisruptionBudget): string {
  if (maxUnavailable !== undefined) {
    return `maxUnavailable ${maxUnavailable}`;
  }
  return minAvailable === undefined ? "no rule" : `minAvailable ${minAvailable}`;
}
