import type { CronJob, Job, KubernetesService, NetworkPolicy, Workload } from "#lib/clusters/model.ts";
import { leadsTo } from "#lib/clusters/selectors.ts";
import type { Dependency, ForbiddenPath, PathEnd, Place } from "#lib/estate/model.ts";
import { type End, isSelected, type Pods, type Policies, type Target, verdictOn } from "./policy.ts";

/** Whether one end can reach another at a port, by which rule, and what it should be. */
export type Path = Readonly<{
  /** `<namespace>/<service>`, a whole namespace, or `outside`. */
  from: string;
  to: string;
  port: number;
  protocol: string;
  /** Null where nobody knows. */
  open: boolean | null;
  by: string;
  /** Null where nobody has said what it should be. */
  mustBe: "open" | "closed" | null;
  /** Who says so: the forbidden path's own reason, or what needs it. */
  why: string | null;
}>;

export type ReachabilityFinding = Readonly<{
  code: "open_but_forbidden" | "closed_but_needed" | "forbidden_path_not_checked" | "policy_selects_nothing";
  severity: "crit" | "warn";
  subject: string;
  message: string;
}>;

/** A service that needs another, with what shows it: a variable, a route, or gatehouse.yaml. */
export type Need = Dependency & Readonly<{ evidence: string }>;

/** What is looked at: the environment's own pods, all others of its cluster, and what has been said of them. */
export type Surroundings = Readonly<{
  own: readonly Pods[];
  others: readonly Pods[];
  services: readonly KubernetesService[];
  policies: Policies;
  forbidden: readonly ForbiddenPath[];
  needs: readonly Need[];
  /** Namespaces whose pods are left out, since whoever asks may not see them. */
  hidden: ReadonlySet<string>;
  /** Whether all that makes pods is known; where not, nobody can say that a policy selects none. */
  arePodsKnown: boolean;
}>;

/** The addresses of what an object makes: see `Pods`. */
export type AddressesOf = (owner: Workload | CronJob | Job) => Pods["addresses"];

/** The pods of each workload, with the ports that its containers name and those that a Service sends to. */
export function podsOf(
  workloads: readonly Workload[],
  services: readonly KubernetesService[],
  addressesOf: AddressesOf,
): Pods[] {
  return workloads.map((workload) => {
    const { namespace, service, template } = workload;
    const { labels } = template;
    const served = services
      .filter((one) => one.namespace === namespace && one.selector !== undefined && leadsTo(one.selector, workload))
      .flatMap(({ ports }) => ports)
      .flatMap(({ targetPort: port, protocol }) =>
        typeof port === "number" ? [{ name: undefined, port, protocol }] : [],
      );
    const ports = [...template.containers.flatMap(({ ports }) => ports), ...served];
    return { namespace, service, labels, ports, addresses: addressesOf(workload) };
  });
}

/** The pods of jobs, which call others and are called by nobody. A Job that a CronJob makes is its CronJob's. */
export function podsOfJobs(cronJobs: readonly CronJob[], jobs: readonly Job[], addressesOf: AddressesOf): Pods[] {
  return [...cronJobs, ...jobs.filter(({ ownerUid }) => ownerUid === undefined)].map((job) => ({
    namespace: job.namespace,
    service: job.podLabels["app.kubernetes.io/name"] ?? job.name,
    labels: job.podLabels,
    ports: [],
    addresses: addressesOf(job),
  }));
}

/** Ends that are looked at together: a path is open where any of them can, and closed only where it is known that none can. */
type Group = Readonly<{ name: string; ends: readonly [End, ...End[]] }>;

/**
 * Every path into the environment's services: from each of its own, from each other namespace as a whole, and from outside.
 * Paths out of it stand there too where they are forbidden or needed.
 */
export function pathsOf(surroundings: Surroundings): Path[] {
  const own = groupBy(surroundings.own, ({ namespace, service }) => `${namespace}/${service}`);
  const spoken = namespacesSpokenOfByService(surroundings);
  const others = groupBy(surroundings.others, ({ namespace, service }) =>
    spoken.has(namespace) ? `${namespace}/${service}` : namespace,
  );
  const outside: Group = { name: "outside", ends: ["outside"] };
  const inward = [...own, ...others, outside].flatMap((from) =>
    own.flatMap((to) => portsOf(to).map((target) => pathBetween(surroundings, from, to, target))),
  );
  const abroad = [...groupBy(surroundings.others, ({ namespace, service }) => `${namespace}/${service}`), outside];
  const outward = own.flatMap((from) =>
    abroad.flatMap((to) =>
      [...portsOf(to), ...forbiddenPorts(surroundings, to)]
        .map((target) => pathBetween(surroundings, from, to, target))
        .filter(({ mustBe }) => mustBe !== null),
    ),
  );
  return [...inward, ...outward];
}

/** Where somebody forbids or needs a path of one service, its namespace as a whole would say something else. */
function namespacesSpokenOfByService({ forbidden, needs }: Surroundings): ReadonlySet<string> {
  const ends = [...forbidden, ...needs].flatMap(({ from, to }): PathEnd[] => [from, to]);
  return new Set(ends.flatMap((end) => (end !== "outside" && end.service !== undefined ? [end.namespace] : [])));
}

function groupBy(pods: readonly Pods[], nameOf: (pods: Pods) => string): Group[] {
  return [...Map.groupBy(pods, nameOf)].flatMap(([name, [first, ...rest]]) =>
    first === undefined ? [] : [{ name, ends: [first, ...rest] }],
  );
}

function portsOf({ ends }: Group): Target[] {
  const targets = ends.flatMap((end) => (end === "outside" ? [] : end.ports));
  const byKey = new Map(targets.map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]));
  return [...byKey.values()].sort((a, b) => a.port - b.port);
}

/** What is out of the cluster has no ports of its own to look at but those that somebody forbids. */
function forbiddenPorts({ forbidden }: Surroundings, to: Group): Target[] {
  return to.name !== "outside"
    ? []
    : forbidden
        .filter((path) => path.to === "outside")
        .flatMap(({ port }) => (port === undefined ? [] : [{ port, protocol: "TCP" }]));
}

function pathBetween(surroundings: Surroundings, from: Group, to: Group, target: Target): Path {
  const verdicts = from.ends.flatMap((sender) =>
    to.ends.map((receiver) => verdictOn(surroundings.policies, sender, receiver, target)),
  );
  const shown = verdicts.find(({ open }) => open === true) ?? verdicts.find(({ open }) => open === null) ?? verdicts[0];
  return {
    from: from.name,
    to: to.name,
    ...target,
    open: shown === undefined ? null : shown.open,
    by: shown?.by ?? "",
    ...expectationOf(surroundings, from, to, target),
  };
}

/** An open path that is forbidden, a closed one that is needed, and a forbidden one that nobody has looked at, worst first. */
export function findingsOf(
  surroundings: Surroundings,
  paths: readonly Path[],
  tier: "live" | "sandbox",
): ReachabilityFinding[] {
  const severity: ReachabilityFinding["severity"] = tier === "live" ? "crit" : "warn";
  const open = paths.filter((path) => path.open === true && path.mustBe === "closed");
  const closed = paths.filter((path) => path.open === false && path.mustBe === "open");
  const unknown = paths.filter((path) => path.open === null && path.mustBe === "closed");
  return [
    ...open.map((path) => ({
      code: "open_but_forbidden" as const,
      severity,
      subject: `${path.from} → ${path.to}:${path.port}`,
      message: `${path.from} can reach ${path.to} on port ${path.port} (${path.by}), and must not: ${path.why}`,
    })),
    ...closed.map((path) => ({
      code: "closed_but_needed" as const,
      severity,
      subject: `${path.from} → ${path.to}:${path.port}`,
      message: `${path.from} cannot reach ${path.to} on port ${path.port} (${path.by}), and needs it: ${path.why}`,
    })),
    ...unknown.map((path) => ({
      code: "forbidden_path_not_checked" as const,
      severity: "warn" as const,
      subject: `${path.from} → ${path.to}:${path.port}`,
      message: `Whether ${path.from} can reach ${path.to} on port ${path.port} is not known (${path.by}), and it must not: ${path.why}`,
    })),
    ...surroundings.forbidden.flatMap((path) => uncheckedFinding(surroundings, path) ?? []),
    ...idlePolicies(surroundings).map(({ namespace, name }) => ({
      code: "policy_selects_nothing" as const,
      severity: "warn" as const,
      subject: `${namespace}/${name}`,
      message: `NetworkPolicy ${namespace}/${name} selects no pods, so it protects nothing; its labels may be misspelt`,
    })),
  ];
}

function uncheckedFinding(surroundings: Surroundings, path: ForbiddenPath): ReachabilityFinding | undefined {
  const because = whyUnchecked(surroundings, path);
  const subject = sayForbidden(path);
  return because === undefined
    ? undefined
    : {
        code: "forbidden_path_not_checked",
        severity: "warn",
        subject,
        message: `The forbidden path ${subject} is not checked: ${because} (${path.why})`,
      };
}

/** Why a forbidden path leads from nothing or to nothing that is seen, so that it is not known to be closed; undefined where it does. */
function whyUnchecked(surroundings: Surroundings, { from, to, port, exceptPorts }: ForbiddenPath): string | undefined {
  const unseen = [from, to].find((end) => endsAt(surroundings, end).length === 0);
  if (unseen !== undefined && unseen !== "outside") {
    return sayUnseen(surroundings, unseen);
  }
  if (to === "outside") {
    return port === undefined ? "what is outside names no port, and neither does the path" : undefined;
  }
  const named = endsAt(surroundings, to).flatMap((end) => (end === "outside" ? [] : end.ports));
  const isMeant = (one: number) => (port === undefined ? !exceptPorts.includes(one) : one === port);
  if (named.some((one) => isMeant(one.port))) {
    return undefined;
  }
  if (port !== undefined) {
    return `nothing in ${sayEnd(to)} names port ${port}`;
  }
  const but = exceptPorts.length === 0 ? "" : ` but ${exceptPorts.join(", ")}`;
  return `nothing in ${sayEnd(to)} names a port${but}`;
}

function endsAt({ own, others }: Surroundings, wanted: PathEnd): End[] {
  return wanted === "outside" ? [wanted] : [...own, ...others].filter((pods) => isEnd(wanted, pods));
}

function sayUnseen({ hidden, own, others }: Surroundings, { namespace, service }: Place): string {
  if (hidden.has(namespace)) {
    return `you may not see what runs in namespace ${namespace}`;
  }
  const isEmpty = ![...own, ...others].some((pods) => pods.namespace === namespace);
  return service === undefined || isEmpty
    ? `nothing is seen to run in namespace ${namespace}`
    : `no service ${service} is seen in namespace ${namespace}`;
}

function sayForbidden({ from, to, port }: ForbiddenPath): string {
  return `${sayEnd(from)} → ${sayEnd(to)}${port === undefined ? "" : `:${port}`}`;
}

function sayEnd(end: PathEnd): string {
  if (end === "outside") {
    return end;
  }
  return end.service === undefined ? end.namespace : `${end.namespace}/${end.service}`;
}

function idlePolicies({ own, policies, arePodsKnown }: Surroundings): NetworkPolicy[] {
  if (!arePodsKnown) {
    return [];
  }
  const namespaces = new Set(own.map(({ namespace }) => namespace));
  return policies.policies.filter(
    (policy) => namespaces.has(policy.namespace) && !own.some((pods) => isSelected(policy, pods)),
  );
}

function expectationOf(
  { forbidden, needs, services }: Surroundings,
  from: Group,
  to: Group,
  { port }: Target,
): Pick<Path, "mustBe" | "why"> {
  const concerns = (wanted: PathEnd, { ends }: Group) => ends.some((end) => isEnd(wanted, end));
  const closed = forbidden.find(
    (path) =>
      concerns(path.from, from) &&
      concerns(path.to, to) &&
      (path.port === undefined ? !path.exceptPorts.includes(port) : path.port === port),
  );
  if (closed !== undefined) {
    return { mustBe: "closed", why: closed.why };
  }
  const need = needs.find(
    (one) => concerns(one.from, from) && concerns(one.to, to) && containerPorts(services, one, to).includes(port),
  );
  return need === undefined ? { mustBe: null, why: null } : { mustBe: "open", why: need.evidence };
}

function isEnd(wanted: PathEnd, end: End): boolean {
  if (wanted === "outside" || end === "outside") {
    return wanted === end;
  }
  return wanted.namespace === end.namespace && (wanted.service === undefined || wanted.service === end.service);
}

/** The containers' ports behind a port of a Service; the port itself where no Service of that name has it. */
function containerPorts(services: readonly KubernetesService[], need: Need, to: Group): number[] {
  const service = services.find(({ namespace, name }) => namespace === need.to.namespace && name === need.to.service);
  const targetPort = service?.ports.find(({ port }) => port === need.port)?.targetPort ?? need.port;
  if (typeof targetPort === "number") {
    return [targetPort];
  }
  return to.ends.flatMap((end) =>
    end === "outside" ? [] : end.ports.filter(({ name }) => name === targetPort).map(({ port }) => port),
  );
}
