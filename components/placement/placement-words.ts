import { countWords, listWords } from "#components/requests/request-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import { type PlacedNode, siteOf } from "#lib/placement/model.ts";
import type { PlacementItem } from "#lib/placement/queries.ts";
import { type BudgetOutcome, type Outcome, sayLoss, type WorkloadOutcome } from "#lib/placement/what-if.ts";
import { unschedulableReason } from "#lib/rollouts/scheduling.ts";

/** How a node stands, in a word. */
export function nodeState({ isReady, isCordoned, pressures }: PlacedNode): { tone: Tone; word: string } {
  if (!isReady) {
    return { tone: "broken", word: "not ready" };
  }
  if (pressures.length > 0) {
    return { tone: "look", word: listWords(pressures.map(pressureWords)) };
  }
  return isCordoned ? { tone: "look", word: "cordoned" } : { tone: "fine", word: "ready" };
}

/** `MemoryPressure` as "short of memory". */
function pressureWords(condition: string): string {
  const [, of] = /^(.+)Pressure$/.exec(condition) ?? [];
  return of === undefined ? condition : `short of ${of === "PID" ? "process ids" : of.toLowerCase()}`;
}

export type Site = Readonly<{ name: string; kind: "zone" | "region" | undefined; nodes: readonly PlacedNode[] }>;

/** The nodes by the zone or region that they lie in, in the order they come. */
export function sitesOf(nodes: readonly PlacedNode[]): Site[] {
  return [...Map.groupBy(nodes, siteOf)].map(([name, of]) => ({
    name,
    kind: name === "" ? undefined : of.some(({ zone }) => zone === name) ? "zone" : "region",
    nodes: of,
  }));
}

/** How the nodes stand under an environment, worst first. */
export function placementWords({
  environment,
  cluster,
  nodes,
  pending,
  areNodesKnown,
  unknown,
}: Pick<PlacementItem, "environment" | "cluster" | "nodes" | "pending" | "areNodesKnown" | "unknown">): {
  title: string;
  lead: Phrase[];
} {
  const bad = nodes.filter((node) => nodeState(node).tone !== "fine");
  const [first] = pending;
  const lead: Phrase[][] = [
    ...bad.map((node): Phrase[] => [
      { strong: node.name },
      ` is ${nodeState(node).word}: ${podWords(environment, node)}.`,
    ]),
    ...(first === undefined
      ? []
      : [
          [
            {
              em: `${countWords(pending.length, "pod")} of ${environment} ${pending.length === 1 ? "has" : "have"} no node`,
            },
            first.said === null ? "." : `: ${unschedulableReason(first.name, first.said).message}.`,
          ],
        ]),
    ...unknown.map((sentence): Phrase[] => [{ em: sentence }]),
  ];
  return {
    title: areNodesKnown
      ? placementTitle(cluster, nodes, bad.length)
      : `Which nodes cluster ${cluster} has is not known.`,
    lead: joinSentences(lead),
  };
}

function placementTitle(cluster: string, nodes: readonly PlacedNode[], bad: number): string {
  if (nodes.length === 0) {
    return `Cluster ${cluster} has no node.`;
  }
  if (bad > 0) {
    return `${bad} of ${countWords(nodes.length, "node")} of cluster ${cluster} ${bad === 1 ? "needs" : "need"} a look.`;
  }
  return nodes.length === 1
    ? `The one node of cluster ${cluster} takes pods.`
    : `All ${nodes.length} nodes of cluster ${cluster} take pods.`;
}

function podWords(environment: string, { load }: PlacedNode): string {
  if (load === null) {
    return `what of ${environment} stands there is not known`;
  }
  const pods = load.services.reduce((sum, one) => sum + one.pods, 0);
  return pods === 0 ? `nothing of ${environment} stands there` : `${countWords(pods, "pod")} of ${environment} there`;
}

const NAMED = 3;

/** What becomes of an environment when something goes, worst first, in one sentence. */
export function outcomeWords({ loss, workloads, budgets }: Outcome, environment: string): Phrase[] {
  const start = `If ${sayLoss(loss)} goes: `;
  if (workloads.length === 0) {
    return [start, `nothing of ${environment} is lost.`];
  }
  const named = workloads.slice(0, NAMED).map(workloadWords);
  const more = workloads.length - named.length;
  const blocked = budgets?.filter(({ verdict }) => verdict === "blocked") ?? [];
  const clauses: Phrase[][] = [
    ...named,
    ...(more > 0 ? [[`${countWords(more, "more workload")} ${more === 1 ? "is" : "are"} touched`]] : []),
    ...(blocked.length > 0
      ? [[{ em: `a drain would be blocked by ${listWords(blocked.map(({ name }) => name))}` }]]
      : []),
    ...(budgets === null ? [[{ em: "whether a drain would be blocked is not known" }]] : []),
  ];
  return [start, ...clauses.flatMap((clause, at): Phrase[] => (at === 0 ? clause : ["; ", ...clause])), "."];
}

function workloadWords(workload: WorkloadOutcome): Phrase[] {
  const { name, kept, desired, majority, stranded } = workload;
  if (kept === 0) {
    return [{ strong: name }, ` has no ready pod left${strandedWords(stranded)}`];
  }
  return majority === "lost"
    ? [{ strong: name }, ` loses its majority (${kept} of ${desired} stay)`]
    : [{ strong: name }, ` keeps ${kept} of ${desired}${strandedWords(stranded)}`];
}

function strandedWords(stranded: number): string {
  return stranded === 0 ? "" : `, and ${stranded} would fit nowhere else`;
}

/** What becomes of the pods of one workload that go. */
export function fateWords({ movable, stranded, majority, kept }: WorkloadOutcome): string {
  const fate =
    stranded === 0
      ? `${countWords(movable, "pod")} would fit elsewhere`
      : movable === 0
        ? `${countWords(stranded, "pod")} would fit nowhere else`
        : `${movable} would fit elsewhere, ${stranded} nowhere`;
  return majority === "lost" && kept > 0 ? `no majority; ${fate}` : fate;
}

export function outcomeTone({ kept, majority, stranded, desired }: WorkloadOutcome): Tone {
  if (kept === 0 || majority === "lost") {
    return "broken";
  }
  return stranded > 0 || kept < desired ? "look" : "fine";
}

/** What a budget does to a drain. */
export function budgetWords({ verdict, pods, allowed, clashesWith }: BudgetOutcome): string {
  const there = countWords(pods, "pod");
  if (clashesWith !== null) {
    return `blocks a drain: ${clashesWith} counts the same pods, and eviction refuses two budgets`;
  }
  switch (verdict) {
    case "free":
      return `lets the ${there} go`;
    case "waits":
      return `lets ${allowed} of ${there} go now, the others as replacements come up`;
    case "blocked":
      return allowed === 0
        ? `blocks a drain: it lets none of ${there} go now`
        : `blocks a drain after ${allowed} of ${there}: replacements would find no place`;
  }
}
