import type { ConfigMap, Container, KubernetesService, Labels, Route, Setting, Workload } from "#lib/clusters/model.ts";
import { leadsTo } from "#lib/clusters/selectors.ts";
import type { Dependency } from "#lib/estate/model.ts";
import { type Names, resolveHost } from "./hosts.ts";

/** More nodes than this are not drawn: a picture of more tells nobody anything. */
export const NODE_BUDGET = 60;

/**
 * `service`: of this environment. `elsewhere`: in another namespace of its cluster. `outside`: out of the cluster. `entry`: a host
 * or address by which it is reached from outside. `missing`: a name that somebody calls and no Service has.
 */
export type NodeKind = "service" | "elsewhere" | "outside" | "entry" | "missing";

export type TopologyNode = Readonly<{
  /** `<namespace>/<service>` of a service; `<kind>:<name>` of the others. */
  id: string;
  kind: NodeKind;
  name: string;
  namespace: string | null;
  /** The environment of a service elsewhere; null where it belongs to none, or to one that may not be seen. */
  environment: string | null;
  /** The workloads that it is made of, each as `<cluster>/<uid>`; none of what lies elsewhere. */
  workloads: readonly string[];
}>;

/** What shows that one calls another. */
export type Evidence =
  | Readonly<{
      kind: "setting";
      /** Of the variable, or of the ConfigMap's entry. */
      name: string;
      workload: string;
      container: string;
      /** The ConfigMap that it comes from; null for a plain value. */
      configMap: string | null;
    }>
  | Readonly<{ kind: "route"; route: string }>
  | Readonly<{ kind: "address"; service: string; type: string }>
  | Readonly<{ kind: "declared" }>;

export type TopologyEdge = Readonly<{
  from: string;
  to: string;
  /** Of the Service; null where nothing says which. */
  port: number | null;
  evidence: readonly Evidence[];
}>;

export type TopologyFinding = Readonly<{
  code:
    | "unresolved_host"
    | "port_not_offered"
    | "route_without_service"
    | "service_without_pods"
    | "dependency_without_service"
    | "crosses_tiers";
  severity: "crit" | "warn";
  subject: string;
  message: string;
}>;

export type Topology = Readonly<{
  nodes: readonly TopologyNode[];
  edges: readonly TopologyEdge[];
  findings: readonly TopologyFinding[];
}>;

/** What lies in a namespace: this environment, another one that may be seen, or neither. */
export type Ground = Readonly<{ environment: string; tier: "live" | "sandbox" }> | "hidden" | undefined;

/** What a topology is made of. All but the declared dependencies is of the whole cluster. */
export type TopologyFacts = Readonly<{
  environment: string;
  tier: "live" | "sandbox";
  cluster: string;
  workloads: readonly Workload[];
  services: readonly KubernetesService[];
  routes: readonly Route[];
  configMaps: readonly ConfigMap[];
  namespaces: readonly string[];
  dependencies: readonly Dependency[];
  groundOf(namespace: string): Ground;
  /** Whether the cluster's Services may be read; where not, no name can be said to be missing. */
  areServicesKnown: boolean;
  /** Whether its workloads may be; where not, nothing can be said of what stands behind a Service. */
  areWorkloadsKnown: boolean;
}>;

type Call = Readonly<{ from: TopologyNode; to: TopologyNode; port: number | undefined; evidence: Evidence }>;

/** The facts, indexed. */
type Field = TopologyFacts &
  Readonly<{
    names: Names;
    /** The workloads behind a Service: those of its namespace whose pods carry all labels of its selector. */
    behind(service: KubernetesService): readonly Workload[];
    entriesOf(namespace: string, configMap: string): readonly Setting[];
  }>;

/**
 * The services of an environment and who calls whom, as far as Kubernetes and gatehouse.yaml show it: Ingresses and HTTPRoutes,
 * names of Services in variables and ConfigMaps, and declared dependencies. What is in a Secret or in a mounted file is not seen.
 * The same objects make the same topology, whatever the order they were seen in.
 */
export function topologyOf(facts: TopologyFacts): Topology {
  const field = fieldOf(facts);
  const own = facts.workloads.filter(({ namespace }) => isHere(facts, namespace));
  const seen = facts.workloads.filter(({ namespace }) => facts.groundOf(namespace) !== "hidden");
  const findings: TopologyFinding[] = [];
  const calls = [
    ...seen.flatMap((workload) => callsOfWorkload(field, workload, findings)),
    ...facts.routes.flatMap((route) => callsOfRoute(field, route, findings)),
    ...facts.services.flatMap((service) => callsOfAddress(field, service)),
    ...facts.dependencies.flatMap((dependency) => callsDeclared(field, dependency, findings)),
  ].filter(({ from, to }) => from.id !== to.id && (isOwn(field, from) || isOwn(field, to)));
  const nodes = [
    ...own.map((workload) => nodeOfWorkload(field, workload)),
    ...facts.services
      .filter((service) => isHere(facts, service.namespace))
      .flatMap((service) => emptyNodes(field, service, findings)),
    ...calls.flatMap(({ from, to }) => [from, to]),
  ];
  return {
    nodes: merged(nodes),
    edges: edgesOf(calls),
    findings: sortedFindings([...findings, ...crossings(field, calls)]),
  };
}

function fieldOf(facts: TopologyFacts): Field {
  const services = new Map(facts.services.map((service) => [`${service.namespace}/${service.name}`, service]));
  const workloads = Map.groupBy(facts.workloads, ({ namespace }) => namespace);
  const configMaps = new Map(facts.configMaps.map((one) => [`${one.namespace}/${one.name}`, one]));
  const namespaces = new Set(facts.namespaces);
  const selected = new Map<KubernetesService, readonly Workload[]>();
  const behind = (service: KubernetesService) => {
    const { namespace, selector } = service;
    const known = selected.get(service);
    if (known !== undefined || selector === undefined) {
      return known ?? [];
    }
    const found = (workloads.get(namespace) ?? []).filter((workload) => leadsTo(selector, workload));
    selected.set(service, found);
    return found;
  };
  return {
    ...facts,
    behind,
    entriesOf: (namespace, name) => configMaps.get(`${namespace}/${name}`)?.entries ?? [],
    names: {
      service: (namespace, name) => services.get(`${namespace}/${name}`),
      hasPod: (service, pod) => behind(service).some((workload) => isPodOf(workload, pod)),
      hasNamespace: (name) => namespaces.has(name),
    },
  };
}

/** A StatefulSet names its pods by ordinal; others have no pods with names of their own. */
function isPodOf({ kind, name, desired }: Workload, pod: string): boolean {
  const ordinal = /^\d+$/.exec(pod.slice(name.length + 1))?.[0];
  return kind === "StatefulSet" && pod.startsWith(`${name}-`) && ordinal !== undefined && Number(ordinal) < desired;
}

function isHere({ environment, groundOf }: TopologyFacts, namespace: string): boolean {
  const ground = groundOf(namespace);
  return typeof ground === "object" && ground.environment === environment;
}

function isOwn(field: Field, node: TopologyNode): boolean {
  return node.namespace !== null && isHere(field, node.namespace);
}

function nodeOfWorkload(field: Field, { uid, namespace, service }: Workload): TopologyNode {
  const node = nodeIn(field, namespace, service);
  return node.kind === "service" ? { ...node, workloads: [`${field.cluster}/${uid}`] } : node;
}

function nodeIn(field: Field, namespace: string, name: string): TopologyNode {
  const ground = field.groundOf(namespace);
  const isElsewhere = !isHere(field, namespace);
  return {
    id: `${namespace}/${name}`,
    kind: isElsewhere ? "elsewhere" : "service",
    name,
    namespace,
    environment: isElsewhere && typeof ground === "object" ? ground.environment : null,
    workloads: [],
  };
}

function nodeBeyond(kind: "outside" | "entry" | "missing", name: string): TopologyNode {
  return { id: `${kind}:${name}`, kind, name, namespace: null, environment: null, workloads: [] };
}

/** The nodes that stand for a Service: those of the workloads behind it, or one of its own name where there is none. */
function nodesOfService(field: Field, service: KubernetesService): TopologyNode[] {
  if (service.externalName !== undefined) {
    return [nodeBeyond("outside", service.externalName)];
  }
  const behind = field.groundOf(service.namespace) === "hidden" ? [] : field.behind(service);
  return behind.length === 0
    ? [nodeIn(field, service.namespace, service.name)]
    : merged(behind.map((workload) => nodeOfWorkload(field, workload)));
}

/** A Service of the environment with nothing behind it stands there by itself. */
function emptyNodes(field: Field, service: KubernetesService, findings: TopologyFinding[]): TopologyNode[] {
  if (service.selector === undefined || field.behind(service).length > 0) {
    return [];
  }
  const subject = `${service.namespace}/${service.name}`;
  if (field.areWorkloadsKnown) {
    findings.push({
      code: "service_without_pods",
      severity: "warn",
      subject,
      message: `Service ${subject} selects ${labelWords(service.selector)}, and no workload has pods with these labels: who calls it reaches nothing`,
    });
  }
  return nodesOfService(field, service);
}

function labelWords(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

function callsOfWorkload(field: Field, workload: Workload, findings: TopologyFinding[]): Call[] {
  const from = nodeOfWorkload(field, workload);
  return workload.template.containers.flatMap((container) =>
    settingsOf(field, workload.namespace, container).flatMap(({ setting, configMap }) => {
      const evidence: Evidence = {
        kind: "setting",
        name: setting.name,
        workload: `${workload.kind} ${workload.name}`,
        container: container.name,
        configMap,
      };
      return setting.hosts.flatMap((host): Call[] => {
        const resolved = resolveHost(field.names, workload.namespace, setting.name, host);
        if (resolved === undefined) {
          return [];
        }
        if (resolved.kind === "service") {
          noteUnofferedPort(field, { from, service: resolved.service, port: host.port, evidence }, findings);
          const port = host.port ?? onlyPort(resolved.service);
          return nodesOfService(field, resolved.service).map((to) => ({ from, to, port, evidence }));
        }
        if (resolved.kind === "missing" && !field.areServicesKnown) {
          return [];
        }
        if (resolved.kind === "missing" && isOwn(field, from)) {
          findings.push({
            code: "unresolved_host",
            severity: "warn",
            subject: `${from.id} → ${host.host}`,
            message: `${from.id} calls ${host.host} (${sayEvidence(evidence)}), and no Service has that name`,
          });
        }
        const to =
          resolved.kind === "missing" ? nodeBeyond("missing", resolved.name) : nodeBeyond("outside", resolved.host);
        return [{ from, to, port: host.port, evidence }];
      });
    }),
  );
}

type PlacedSetting = Readonly<{ setting: Setting; configMap: string | null }>;

/** The settings of a container with the ConfigMap that each comes from; what it sets itself goes before what it takes whole. */
function settingsOf(field: Field, namespace: string, { settings, configMaps }: Container): PlacedSetting[] {
  const named = settings.map((setting): PlacedSetting => {
    const [, name = "", key = ""] = /^ConfigMap ([^/]+)\/(.+)$/.exec(setting.from ?? "") ?? [];
    const entry = field.entriesOf(namespace, name).find((one) => one.name === key);
    return entry === undefined
      ? { setting, configMap: null }
      : { setting: { ...entry, name: setting.name }, configMap: name };
  });
  const own = new Set(settings.map(({ name }) => name));
  const whole = configMaps.flatMap((configMap) =>
    field
      .entriesOf(namespace, configMap)
      .filter(({ name }) => !own.has(name))
      .map((setting) => ({ setting, configMap })),
  );
  return [...named, ...whole];
}

function onlyPort({ ports }: KubernetesService): number | undefined {
  return ports.length === 1 ? ports[0]?.port : undefined;
}

type PortedCall = Readonly<{
  from: TopologyNode;
  service: KubernetesService;
  port: number | undefined;
  evidence: Evidence;
}>;

/** A Service without an address of its own leads to the pods, so a port that they have is right as well. */
function noteUnofferedPort(
  field: Field,
  { from, service, port, evidence }: PortedCall,
  findings: TopologyFinding[],
): void {
  const offered = service.ports.map((one) => one.port);
  const ofPods = field.behind(service).flatMap(({ template }) => template.containers.flatMap(({ ports }) => ports));
  const isOffered = port === undefined || offered.includes(port) || ofPods.some((one) => one.port === port);
  if (isOffered || offered.length === 0 || !isOwn(field, from) || !field.areWorkloadsKnown) {
    return;
  }
  findings.push({
    code: "port_not_offered",
    severity: "warn",
    subject: `${from.id} → ${service.namespace}/${service.name}:${port}`,
    message: `${from.id} calls ${service.name} at port ${port} (${sayEvidence(evidence)}), and that Service offers ${offered.join(", ")}`,
  });
}

function callsOfRoute(field: Field, route: Route, findings: TopologyFinding[]): Call[] {
  const evidence: Evidence = { kind: "route", route: `${route.kind} ${route.namespace}/${route.name}` };
  const hosts = route.hosts.length > 0 ? [...new Set(route.hosts)] : ["any host"];
  return route.backends.flatMap((backend) => {
    const service = field.names.service(backend.namespace, backend.service);
    if (service === undefined) {
      if (field.areServicesKnown && isHere(field, backend.namespace)) {
        findings.push({
          code: "route_without_service",
          severity: field.tier === "live" ? "crit" : "warn",
          subject: `${route.kind} ${route.namespace}/${route.name}`,
          message: `${route.kind} ${route.namespace}/${route.name} sends ${hosts.join(", ")} to Service ${backend.service}, which is not there`,
        });
      }
      return [];
    }
    const port =
      typeof backend.port === "number" ? backend.port : service.ports.find(({ name }) => name === backend.port)?.port;
    return nodesOfService(field, service).flatMap((to) =>
      hosts.map((host) => ({ from: nodeBeyond("entry", host), to, port: port ?? onlyPort(service), evidence })),
    );
  });
}

/** Services that have an address of their own out of the cluster. */
function callsOfAddress(field: Field, service: KubernetesService): Call[] {
  if (service.type !== "LoadBalancer" && service.type !== "NodePort") {
    return [];
  }
  const name = `${service.namespace}/${service.name}`;
  const from = nodeBeyond("entry", service.type === "LoadBalancer" ? `load balancer ${name}` : `node port ${name}`);
  const evidence: Evidence = { kind: "address", service: name, type: service.type };
  return nodesOfService(field, service).map((to) => ({ from, to, port: onlyPort(service), evidence }));
}

function callsDeclared(field: Field, { from, to, port }: Dependency, findings: TopologyFinding[]): Call[] {
  const ends = [from, to].map((end) => ({ end, node: nodeDeclared(field, end) }));
  for (const { end, node } of ends) {
    if (node === undefined && field.areWorkloadsKnown && isHere(field, end.namespace)) {
      findings.push({
        code: "dependency_without_service",
        severity: "warn",
        subject: `${end.namespace}/${end.service}`,
        message: `gatehouse.yaml says that ${from.service} needs ${to.service}, and ${end.namespace} has no service ${end.service}`,
      });
    }
  }
  const [caller, called] = ends.map(({ node }) => node);
  return caller === undefined || called === undefined
    ? []
    : [{ from: caller, to: called, port, evidence: { kind: "declared" } }];
}

function nodeDeclared(field: Field, { namespace, service }: Dependency["from"]): TopologyNode | undefined {
  const isThere = field.workloads.some((one) => one.namespace === namespace && one.service === service);
  return isThere || !isHere(field, namespace) ? nodeIn(field, namespace, service) : undefined;
}

/** Calls between a live environment and one that is not. */
function crossings(field: Field, calls: readonly Call[]): TopologyFinding[] {
  const tierOf = ({ namespace }: TopologyNode) => {
    const ground = namespace === null ? undefined : field.groundOf(namespace);
    return typeof ground === "object" ? ground.tier : undefined;
  };
  return calls.flatMap(({ from, to, evidence }): TopologyFinding[] => {
    const [caller, called] = [tierOf(from), tierOf(to)];
    return caller === undefined || called === undefined || caller === called
      ? []
      : [
          {
            code: "crosses_tiers",
            severity: "crit",
            subject: `${from.id} → ${to.id}`,
            message: `${from.id} (${caller}) calls ${to.id} (${called}): ${sayEvidence(evidence)}`,
          },
        ];
  });
}

/** Each node once, with all its workloads, by id. */
function merged(nodes: readonly TopologyNode[]): TopologyNode[] {
  return [...Map.groupBy(nodes, ({ id }) => id)]
    .flatMap(([, [first, ...rest]]) =>
      first === undefined
        ? []
        : [{ ...first, workloads: [...new Set([first, ...rest].flatMap(({ workloads }) => workloads))].sort() }],
    )
    .sort((a, b) => compare(a.id, b.id));
}

function edgesOf(calls: readonly Call[]): TopologyEdge[] {
  const grouped = Map.groupBy(calls, ({ from, to, port }) => `${from.id} ${to.id} ${port ?? ""}`);
  return [...grouped.values()]
    .flatMap(([first, ...rest]) => {
      if (first === undefined) {
        return [];
      }
      const evidence = new Map([first, ...rest].map((call) => [sayEvidence(call.evidence), call.evidence]));
      return [
        {
          from: first.from.id,
          to: first.to.id,
          port: first.port ?? null,
          evidence: [...evidence].sort(([a], [b]) => compare(a, b)).map(([, one]) => one),
        },
      ];
    })
    .sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to) || (a.port ?? 0) - (b.port ?? 0));
}

function sortedFindings(findings: readonly TopologyFinding[]): TopologyFinding[] {
  const once = new Map(findings.map((finding) => [`${finding.code} ${finding.subject}`, finding]));
  return [...once.values()].sort(
    (a, b) => compare(a.severity, b.severity) || compare(a.code, b.code) || compare(a.subject, b.subject),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What shows a call, as people say it. */
export function sayEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case "setting": {
      const from = evidence.configMap === null ? "" : ` from ConfigMap ${evidence.configMap}`;
      return `${evidence.name} of container ${evidence.container} of ${evidence.workload}${from}`;
    }
    case "route":
      return evidence.route;
    case "address":
      return `Service ${evidence.service} is a ${evidence.type}`;
    case "declared":
      return "declared in gatehouse.yaml";
  }
}

/** What the services of a topology need of each other, for whoever looks whether it is let through. */
export function needsOf({ nodes, edges }: Topology): (Dependency & Readonly<{ evidence: string }>)[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const endOf = (id: string) => {
    const node = byId.get(id);
    return node === undefined || node.namespace === null
      ? undefined
      : { namespace: node.namespace, service: node.name };
  };
  return edges.flatMap(({ from, to, port, evidence: [shown] }) => {
    const [caller, called] = [endOf(from), endOf(to)];
    return caller === undefined || called === undefined || port === null || shown === undefined
      ? []
      : [{ from: caller, to: called, port, evidence: sayEvidence(shown) }];
  });
}

/** A topology within the budget, and what of it is left out. */
export type Drawn<Node extends TopologyNode> = Readonly<{
  nodes: readonly Node[];
  edges: readonly TopologyEdge[];
  hidden: Readonly<{ nodes: readonly Readonly<{ id: string; name: string }>[]; edges: number }>;
}>;

/** What makes a node worth drawing before others. */
export type Choice<Node extends TopologyNode> = Readonly<{
  /** How bad it stands: the higher, the sooner it is drawn. */
  badnessOf(node: Node): number;
  /** Drawn in any case, with what it calls and what calls it as far as there is room. */
  focus: string | undefined;
  budget: number;
}>;

/** As many nodes as the budget has room for: what is in focus, then the worst, then those with most edges. */
export function withinBudget<Node extends TopologyNode>(
  { nodes, edges }: Readonly<{ nodes: readonly Node[]; edges: readonly TopologyEdge[] }>,
  { badnessOf, focus, budget }: Choice<Node>,
): Drawn<Node> {
  const degrees = new Map<string, number>();
  const besideFocus = new Set<string>();
  for (const { from, to } of edges) {
    degrees.set(from, (degrees.get(from) ?? 0) + 1);
    degrees.set(to, (degrees.get(to) ?? 0) + 1);
    if (from === focus || to === focus) {
      besideFocus.add(from).add(to);
    }
  }
  const rank = (node: Node) => [
    node.id === focus ? 1 : 0,
    besideFocus.has(node.id) ? 1 : 0,
    badnessOf(node),
    degrees.get(node.id) ?? 0,
  ];
  const ranked = nodes
    .map((node) => ({ node, rank: rank(node) }))
    .sort((a, b) => compareRanks(b.rank, a.rank) || compare(a.node.id, b.node.id));
  const drawn = new Set(ranked.slice(0, budget).map(({ node }) => node.id));
  const shown = edges.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  return {
    nodes: nodes.filter(({ id }) => drawn.has(id)),
    edges: shown,
    hidden: {
      nodes: ranked.slice(budget).map(({ node: { id, name } }) => ({ id, name })),
      edges: edges.length - shown.length,
    },
  };
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
