import { countWords, listWords } from "#components/requests/request-words.ts";
import { HEALTH_TONE, HEALTH_WORD } from "#components/services/release-cell.tsx";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Accent } from "#components/ui/tone.ts";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import { type Health, healthOf, worstHealth } from "#lib/services/model.ts";
import { type Evidence, sayEvidence, type TopologyEdge, type TopologyNode } from "#lib/topology/model.ts";
import type { DrawnNode, TopologyDrawing } from "#lib/topology/queries.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

/** A node as it stands now. */
export type ShownNode = Readonly<{
  node: DrawnNode;
  /** Null of what is not a service of the environment. */
  health: Health | null;
  /** Null where it has no workloads. */
  pods: Readonly<{ ready: number; desired: number }> | null;
}>;

/** The nodes with their health by the rows as they are now, in the order of the page: worst first, services before the rest. */
export function shownNodes(
  nodes: readonly DrawnNode[],
  rows: ReadonlyMap<string, WorkloadRow>,
  source: SourceRow | undefined,
): ShownNode[] {
  return nodes
    .map((node) => shownNode(node, rows, source))
    .sort((a, b) => orderOf(a) - orderOf(b) || (a.node.name < b.node.name ? -1 : 1));
}

function shownNode(node: DrawnNode, rows: ReadonlyMap<string, WorkloadRow>, source: SourceRow | undefined): ShownNode {
  if (node.kind !== "service") {
    return { node, health: null, pods: null };
  }
  const workloads = node.workloads.flatMap((id) => rows.get(id) ?? []);
  const [only, ...more] = workloads;
  const health =
    only !== undefined && more.length === 0
      ? healthOf(only, source)
      : worstHealth(workloads.map((row) => ({ name: row.name, health: healthOf(row, source) })));
  const sum = (of: (row: WorkloadRow) => number) => workloads.reduce((all, row) => all + of(row), 0);
  const pods =
    workloads.length === 0
      ? null
      : { ready: sum(({ rollout }) => rollout.ready), desired: sum(({ rollout }) => rollout.desired) };
  return { node, health, pods };
}

const HEALTH_ORDER = ["crit", "unknown", "warn", "ok"];
const KIND_ORDER = ["missing", "entry", "elsewhere", "outside"];

function orderOf({ node, health }: ShownNode): number {
  return health === null ? HEALTH_ORDER.length + KIND_ORDER.indexOf(node.kind) : HEALTH_ORDER.indexOf(health.state);
}

/** What a node is, in a word, and the tone of it. */
export function stateOf({ node, health }: ShownNode): { tone: Accent; word: string } {
  switch (node.kind) {
    case "service":
      return health === null
        ? { tone: "unknown", word: "unknown" }
        : { tone: HEALTH_TONE[health.state], word: HEALTH_WORD[health.state] };
    case "missing":
      return { tone: "look", word: "no such Service" };
    case "entry":
      return { tone: "plain", word: "way in" };
    case "outside":
      return { tone: "plain", word: "outside" };
    case "elsewhere":
      return { tone: "plain", word: node.environment ?? `in ${node.namespace ?? "another namespace"}` };
  }
}

/** The quieter line under a node's name: how many pods, or what it is. */
export function detailOf(shown: ShownNode): string {
  const { pods, health } = shown;
  if (pods === null) {
    return shown.node.kind === "service" ? "no workload" : stateOf(shown).word;
  }
  return health?.state === "unknown" ? "not known" : `${pods.ready} of ${pods.desired} ready`;
}

export function cutName(name: string, most: number): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** A node's name as others name it: with its namespace where that is not one of the environment's. */
export function nameOf({ name, namespace, kind }: TopologyNode): string {
  return kind === "elsewhere" ? `${name}.${namespace}` : name;
}

/** Where an edge leads, with its port. */
export function edgeWords(name: string, { port }: Pick<TopologyEdge, "port">): string {
  return port === null ? name : `${name}:${port}`;
}

/** What shows an edge, shortly: the variable's name alone, since the caller stands beside it. */
export function evidenceWords(evidence: Evidence): string {
  if (evidence.kind !== "setting") {
    return sayEvidence(evidence);
  }
  return evidence.configMap === null ? evidence.name : `${evidence.name} from ConfigMap ${evidence.configMap}`;
}

const NAMED = 3;

/** How the services of an environment stand, worst first and with who calls them; then what of the topology is not as it should be. */
export function topologyWords(
  item: Pick<TopologyDrawing, "environment" | "edges" | "findings" | "unknown">,
  shown: readonly ShownNode[],
): { title: string; lead: Phrase[] } {
  const services = shown.filter(({ node }) => node.kind === "service");
  const broken = services.filter(({ health }) => health?.state === "crit");
  const unknown = services.filter(({ health }) => health?.state === "unknown");
  const moving = services.filter(({ health }) => health?.state === "warn");
  const idle = services.filter(({ health, pods }) => health?.state === "ok" && pods?.desired === 0);
  const lead: Phrase[][] = [
    ...broken.slice(0, NAMED).map((one) => brokenWords(one, item.edges, shown)),
    ...(broken.length > NAMED ? [[`${countWords(broken.length - NAMED, "more service")} is broken as well.`]] : []),
    ...(moving.length > 0 ? [[`${listWords(moving.map(({ node }) => node.name))} should be looked at.`]] : []),
    ...idleWords(idle.map(({ node }) => node.name)),
    ...findingWords(item.findings),
    ...item.unknown.map((sentence): Phrase[] => [{ em: sentence }]),
  ];
  return {
    title: titleOf(item.environment, {
      all: services.length,
      broken: broken.length,
      unknown: unknown.length,
      idle: idle.length,
    }),
    lead: joinSentences(lead),
  };
}

type Counts = Readonly<{ all: number; broken: number; unknown: number; idle: number }>;

function titleOf(environment: string, { all, broken, unknown, idle }: Counts): string {
  if (all === 0) {
    return `Nothing runs in ${environment}, as far as is known.`;
  }
  if (broken > 0) {
    return `${broken} of ${countWords(all, "service")} of ${environment} ${broken === 1 ? "is" : "are"} broken.`;
  }
  if (unknown > 0) {
    return `How ${unknown === all ? "the services" : `${unknown} of ${countWords(all, "service")}`} of ${environment} stand${unknown === 1 ? "s" : ""} is not known.`;
  }
  if (idle > 0) {
    return `${all - idle} of ${countWords(all, "service")} of ${environment} run${all - idle === 1 ? "s" : ""}.`;
  }
  return all === 1 ? `The one service of ${environment} runs.` : `All ${all} services of ${environment} run.`;
}

/** What is meant to have no pods is not broken, and does not run either. */
function idleWords(names: readonly string[]): Phrase[][] {
  if (names.length === 0) {
    return [];
  }
  const [are, them] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  return [[{ em: `${listWords(names)} ${are} scaled to 0` }, `: no pod of ${them} runs.`]];
}

function brokenWords(
  { node, health }: ShownNode,
  edges: readonly TopologyEdge[],
  shown: readonly ShownNode[],
): Phrase[] {
  const callers = new Set(edges.filter(({ to }) => to === node.id).map(({ from }) => from));
  const names = shown.filter((one) => callers.has(one.node.id)).map((one) => nameOf(one.node));
  const called = names.length === 0 ? "nothing is known to call it" : `called by ${listWords(names)}`;
  return [{ strong: node.name }, `: ${briefly(health?.reasons[0] ?? "broken")}; ${called}.`];
}

function findingWords(findings: TopologyDrawing["findings"]): Phrase[][] {
  const [first] = findings;
  if (first === undefined) {
    return [];
  }
  const more = findings.length - 1;
  return [[{ em: first.message }, more > 0 ? `; and ${countWords(more, "more finding")}.` : "."]];
}

const MOST_WORDS = 140;

/** A kubelet repeats itself at length; the whole stands in the service's own panel. */
function briefly(reason: string): string {
  return reason.length <= MOST_WORDS ? reason : `${reason.slice(0, MOST_WORDS).replace(/\s+\S*$/, "")} …`;
}
