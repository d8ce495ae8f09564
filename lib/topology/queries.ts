import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { CONTROLLER_KINDS } from "#lib/clusters/model.ts";
import { type EnvironmentRow, type Sight, sightOf } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { Need, Path, ReachabilityFinding } from "#lib/reachability/model.ts";
import { readReachability } from "#lib/reachability/queries.ts";
import { type Health, type HealthState, healthOf, worstHealth } from "#lib/services/model.ts";
import type { ClusterObjects } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, type SourceRow } from "#lib/watch/freshness.ts";
import { edgeKey, layoutOf, type Point } from "./layout.ts";
import {
  type Drawn,
  type Ground,
  NODE_BUDGET,
  type Topology,
  type TopologyEdge,
  type TopologyFacts,
  type TopologyFinding,
  type TopologyNode,
  topologyOf,
  withinBudget,
} from "./model.ts";

/** A node as it stands; the health of what lies elsewhere is not looked at. */
export type HealthyNode = TopologyNode & Readonly<{ health: Health | null }>;
/** A node with the upper left corner of its place in the drawing. */
export type DrawnNode = HealthyNode & Point;
/** An edge with the bends of its line, from end to end. */
export type DrawnEdge = TopologyEdge & Readonly<{ points: readonly Point[] }>;

export type TopologyItem = Readonly<{
  environment: string;
  nodes: readonly HealthyNode[];
  edges: readonly TopologyEdge[];
  reachability: readonly Path[];
  findings: readonly (TopologyFinding | ReachabilityFinding)[];
  /** What cannot be said, each in a sentence. */
  unknown: readonly string[];
}>;

/** Of a topology as much as a picture has room for, laid out. */
export type TopologyDrawing = Omit<TopologyItem, "nodes" | "edges"> &
  Readonly<{
    nodes: readonly DrawnNode[];
    edges: readonly DrawnEdge[];
    hidden: Drawn<DrawnNode>["hidden"];
    drawing: Readonly<{ width: number; height: number; nodeWidth: number; nodeHeight: number }>;
  }>;

export type DrawingRead = Readonly<{
  environment?: string | undefined;
  /** The id of a node that is drawn in any case. */
  focus?: string | undefined;
}>;

/** All services of each environment, who calls whom and who may. */
export function listTopology(runtime: SeenEstate, person: Person, environmentId?: string): Envelope<TopologyItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = environments.map((environment) => topologyItem(runtime, person, environment));
  return envelopeOf(runtime, environments, items);
}

/** The same as it is drawn. */
export function drawTopology(runtime: SeenEstate, person: Person, search: DrawingRead): Envelope<TopologyDrawing> {
  const environments = environmentsFor(runtime, person, search.environment);
  const items = environments.map((environment) => drawn(topologyItem(runtime, person, environment), search.focus));
  return envelopeOf(runtime, environments, items);
}

function topologyItem(runtime: SeenEstate, person: Person, environment: EnvironmentRow): TopologyItem {
  const sight = sightIn(runtime, environment);
  const topology = readTopology(runtime, person, environment);
  const reachability = readReachability(runtime, person, environment, { needs: needsOf(topology), sight });
  return {
    environment: environment.id,
    nodes: topology.nodes.map((node) => ({ ...node, health: nodeHealth(runtime, environment, node) })),
    edges: topology.edges,
    reachability: reachability.paths,
    findings: [...reachability.findings, ...topology.findings],
    unknown: sight.unknown,
  };
}

function drawn(item: TopologyItem, focus: string | undefined): TopologyDrawing {
  const { nodes, edges, hidden } = withinBudget(item, { badnessOf, focus, budget: NODE_BUDGET });
  const { spots, lines, ...drawing } = layoutOf(nodes, edges);
  return {
    ...item,
    nodes: nodes.map((node) => ({ ...node, ...(spots.get(node.id) ?? { x: 0, y: 0 }) })),
    edges: edges.map((edge) => ({ ...edge, points: lines.get(edgeKey(edge)) ?? [] })),
    hidden,
    drawing,
  };
}

function badnessOf({ kind, health }: HealthyNode): number {
  if (kind === "missing") {
    return BADNESS.warn;
  }
  return health === null ? 0 : BADNESS[health.state];
}

/** What calls something of which the port is known needs to reach it. */
function needsOf({ nodes, edges }: Topology): Need[] {
  const places = new Map(
    nodes.flatMap(({ id, kind, namespace, name }) =>
      (kind === "service" || kind === "elsewhere") && namespace !== null
        ? [[id, { namespace, service: name }] as const]
        : [],
    ),
  );
  return edges.flatMap((edge) => {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    return from === undefined || to === undefined || edge.port === null
      ? []
      : [{ from, to, port: edge.port, evidence: sayEvidence(edge.evidence) }];
  });
}

function sayEvidence([first]: TopologyEdge["evidence"]): string {
  switch (first?.kind) {
    case "setting":
      return `${first.name} of ${first.container} names it`;
    case "route":
      return `${first.route} leads there`;
    case "address":
      return `Service ${first.service} offers it`;
    default:
      return "gatehouse.yaml says so";
  }
}

const BADNESS: Readonly<Record<HealthState, number>> = { ok: 0, warn: 1, unknown: 2, crit: 3 };

/** The topology of an environment as far as this person may see it. */
export function readTopology(runtime: SeenEstate, person: Person, environment: EnvironmentRow): Topology {
  const objects = runtime.view.objects(environment.cluster);
  return objects === undefined
    ? { nodes: [], edges: [], findings: [] }
    : topologyOf(factsOf(runtime, person, environment, objects));
}

function factsOf(
  runtime: SeenEstate,
  person: Person,
  environment: EnvironmentRow,
  objects: ClusterObjects,
): TopologyFacts {
  const grounds = groundsOf(runtime, person, environment.cluster);
  const sight = sightIn(runtime, environment);
  return {
    environment: environment.id,
    tier: environment.tier,
    cluster: environment.cluster,
    workloads: [...objects.Workload.all()],
    services: [...objects.Service.all()],
    routes: [...objects.Route.all()],
    configMaps: [...objects.ConfigMap.all()],
    namespaces: [...objects.Namespace.all()].map(({ name }) => name),
    dependencies: findEnvironment(runtime.estate, environment.id)?.environment.dependencies ?? [],
    groundOf: (namespace) => grounds.get(namespace),
    areServicesKnown: sight.sees(["Service"]),
    areWorkloadsKnown: sight.sees(CONTROLLER_KINDS),
  };
}

function groundsOf(runtime: SeenEstate, person: Person, cluster: string): ReadonlyMap<string, Ground> {
  const environments = runtime.estate.platforms
    .flatMap((platform) => platform.environments)
    .filter(({ clusterId }) => clusterId === cluster);
  return new Map(
    environments.flatMap(({ id, tier, namespaces }) =>
      namespaces.map((namespace): [string, Ground] => [
        namespace,
        may(person, "estate.read", id).allowed ? { environment: id, tier } : "hidden",
      ]),
    ),
  );
}

/** The health of a node's workloads; null for one that has none here. */
function nodeHealth(
  runtime: SeenEstate,
  environment: EnvironmentRow,
  { kind, workloads }: TopologyNode,
): Health | null {
  if (kind !== "service") {
    return null;
  }
  const rows = runtime.ring.rows().workload;
  const source = sourceOf(runtime, environment);
  return worstHealth(
    workloads.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [{ name: row.name, health: healthOf(row, source) }];
    }),
  );
}

/** What an environment's topology and reachability are drawn from. */
const DRAWN_FROM = {
  tells: {
    Service: "which names lead where",
    ConfigMap: "what ConfigMaps name",
    Ingress: "which Ingresses lead here",
    HTTPRoute: "which HTTPRoutes lead here",
    Deployment: "which Deployments run here",
    StatefulSet: "which StatefulSets run here",
    DaemonSet: "which DaemonSets run here",
    Job: "which Jobs run here",
    CronJob: "which CronJobs run here",
    NetworkPolicy: "who may reach whom",
    Namespace: "which namespaces policies mean, so who may reach whom",
  },
  namespaces: "every",
  whileSilent: "this is what was last seen",
} as const;

function sightIn(runtime: SeenEstate, environment: EnvironmentRow): Sight<keyof typeof DRAWN_FROM.tells> {
  return sightOf(environment, DRAWN_FROM, runtime.ring.rows().source);
}

function sourceOf(runtime: SeenEstate, { cluster }: EnvironmentRow): SourceRow | undefined {
  return runtime.ring.rows().source.get(clusterSourceId(cluster));
}
