import { countWords, listWords } from "#components/requests/request-words.ts";
import { movingWords, stuckWords } from "#components/services/rollout-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import { areKindsSeen, type EnvironmentRow, whyKindsUnseen } from "#lib/environments/model.ts";
import {
  BATCH_KINDS,
  isBatch,
  isBrokenWhilePaused,
  isDoneAndPaused,
  kindsBehind,
  ROLLOUT_KINDS,
  type RolloutKind,
  type RolloutState,
  type StuckCode,
  type WorkloadRow,
} from "#lib/rollouts/model.ts";
import { podsPath } from "#lib/routes.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

/** A workload as the page shows it: what is not seen fresh is unknown, whatever was last known of it. */
export type ShownRollout = Readonly<{ row: WorkloadRow; state: RolloutState; isLive: boolean }>;

const STATE_TONE: Readonly<Record<RolloutState, Tone>> = {
  stuck: "broken",
  progressing: "look",
  paused: "look",
  unknown: "unknown",
  done: "fine",
};

const STATE_ORDER: readonly RolloutState[] = ["stuck", "unknown", "progressing", "paused", "done"];
export const ROLLOUT_STATES: readonly RolloutState[] = STATE_ORDER;

/** Each workload of the environments by what can be said of it now: stuck first, done last, live before the rest. */
export function shownRollouts(
  rows: Iterable<WorkloadRow>,
  environments: ReadonlyMap<string, EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): ShownRollout[] {
  const seen = new Map(
    [...environments.values()].map((environment) => [environment.id, kindsSeen(environment, sources)] as const),
  );
  return [...rows]
    .map((row) => ({
      row,
      state: seen.get(row.environment)?.(row.kind) === true ? row.rollout.state : ("unknown" as const),
      isLive: environments.get(row.environment)?.tier === "live",
    }))
    .sort(byNeed);
}

/** Whether rollouts of a kind are seen fresh in an environment; what runs services and what runs to an end need other sources. */
function kindsSeen(
  environment: EnvironmentRow,
  sources: ReadonlyMap<string, SourceRow>,
): (kind: RolloutKind) => boolean {
  const sees = (kind: RolloutKind) => areKindsSeen(environment, kindsBehind(kind), sources);
  const [services, batches] = [sees("Deployment"), sees("Job")];
  return (kind) => (isBatch(kind) ? batches : services);
}

function byNeed(a: ShownRollout, b: ShownRollout): number {
  return (
    STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
    Number(holdsUpDrain(b)) - Number(holdsUpDrain(a)) ||
    Number(b.isLive) - Number(a.isLive) ||
    compare(a.row.environment, b.row.environment) ||
    compare(a.row.name, b.row.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export type RolloutFilter = Readonly<{
  environment: string | undefined;
  kind: string | undefined;
  state: string | undefined;
  text: string | undefined;
}>;

/** Those that fit everything that is asked for; the text is looked for in names, namespaces, services and reasons. */
export function filterRollouts(rollouts: readonly ShownRollout[], filter: RolloutFilter): ShownRollout[] {
  const words = (filter.text ?? "").toLowerCase().split(/\s+/);
  return rollouts.filter(
    ({ row, state }) =>
      (filter.environment ?? row.environment) === row.environment &&
      (filter.kind ?? row.kind) === row.kind &&
      (filter.state ?? state) === state &&
      words.every((word) => textOf(row).includes(word)),
  );
}

function textOf({ name, namespace, service, kind, rollout }: WorkloadRow): string {
  return `${name} ${namespace} ${service} ${kind} ${rollout.reason?.message ?? ""}`.toLowerCase();
}

const TROUBLE: Readonly<Record<StuckCode, string>> = {
  quota: "has no room in its quota",
  limit_range: "asks for what its namespace's limits forbid",
  rejected: "is refused by the API server",
  image: "cannot pull its image",
  config: "lacks something of its configuration",
  init: "does not get past its init container",
  crash_loop: "crashes again and again",
  volume: "waits for its volume",
  unschedulable: "finds no node",
  probe: "does not become ready",
  eviction: "stands on a node that cannot be drained",
  deadline: "makes no progress",
  job_failed: "has failed",
  missed: "did not start when it was due",
  overdue: "runs for longer than it may",
  waiting: "waits for its first pod",
  paused: "is paused",
  on_delete: "waits for somebody to delete its pods",
  unchecked: "runs, and no health check says whether it works",
  run_gone: "has lost sight of its last run",
};

const NAMED = 3;

/** How all rollouts stand, in a sentence; then those that are stuck, why and since when, and what is not known. */
export function rolloutsWords(
  rollouts: readonly ShownRollout[],
  environments: ReadonlyMap<string, EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): { title: string; lead: Phrase[] } {
  const of = (state: RolloutState) => rollouts.filter((one) => one.state === state);
  const stuck = of("stuck");
  const more = stuck.length - NAMED;
  const lead = joinSentences([
    ...stuck.slice(0, NAMED).map(troubleSentence),
    ...(more > 0 ? [[`${more} more ${more === 1 ? "is" : "are"} listed below.`]] : []),
    ...of("paused")
      .filter(({ row }) => isBrokenWhilePaused(row.rollout))
      .map((one): Phrase[] => ["Though it is paused: ", ...troubleSentence(one)]),
    ...unknownSentences(of("unknown"), environments, sources),
    ...movingSentence(of("progressing").length, of("paused").length),
    ...drainSentence(rollouts.filter(holdsUpDrain)),
  ]);
  return { title: titleOf(rollouts.length, stuck.length, of("unknown").length, of("progressing").length), lead };
}

function titleOf(all: number, stuck: number, unknown: number, progressing: number): string {
  if (all === 0) {
    return "No rollout has been seen yet.";
  }
  const [whole, verb] = all === 1 ? ["the one rollout", "is"] : [`${all} rollouts`, stuck === 1 ? "is" : "are"];
  if (stuck > 0) {
    return all === 1 ? "The one rollout is stuck." : `${stuck} of ${whole} ${verb} stuck.`;
  }
  if (unknown > 0) {
    return unknown === all
      ? "Where the rollouts stand is not known."
      : `How ${unknown} of ${whole} stand is not known.`;
  }
  if (progressing > 0) {
    return `No rollout is stuck, ${progressing} of ${all} ${progressing === 1 ? "is" : "are"} under way.`;
  }
  return all === 1 ? "The one rollout is done." : `No rollout of ${all} is stuck.`;
}

function troubleSentence({ row }: ShownRollout): Phrase[] {
  const { reason } = row.rollout;
  const trouble = reason === null ? "is stuck" : TROUBLE[reason.code];
  const since = reason?.since === undefined ? "" : ` since ${reason.since.slice(11, 16)} UTC`;
  return [{ strong: row.name }, ` in ${row.environment} `, { em: trouble }, `${since}.`];
}

function unknownSentences(
  unknown: readonly ShownRollout[],
  environments: ReadonlyMap<string, EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): Phrase[][] {
  const seen = unknown.filter(({ row }) => row.rollout.state === "unknown");
  const gone = seen.filter(({ row }) => row.rollout.reason?.code === "run_gone");
  return [
    ...uncheckedSentence(seen.length - gone.length),
    ...goneSentence(gone),
    ...unseenSentences(
      unknown.filter(({ row }) => row.rollout.state !== "unknown"),
      environments,
      sources,
    ),
  ];
}

/** Seen, and yet nothing says whether it works. */
function uncheckedSentence(count: number): Phrase[][] {
  return count === 0
    ? []
    : [
        [
          { em: `${countWords(count, "service")} without a health check` },
          `: whether ${count === 1 ? "it works" : "they work"} is not known.`,
        ],
      ];
}

/** Seen, and yet nothing says how their last runs went. */
function goneSentence(gone: readonly ShownRollout[]): Phrase[][] {
  const [first] = gone;
  if (first === undefined) {
    return [];
  }
  const others = gone.length === 1 ? "" : ` and ${countWords(gone.length - 1, "other CronJob")}`;
  return [[{ strong: first.row.name }, `${others}: `, { em: "how the last run went is not known" }, "."]];
}

/** Where something of what the rollouts are made of is not seen, whether or not there is a rollout to show. */
function unseenSentences(
  unseen: readonly ShownRollout[],
  environments: ReadonlyMap<string, EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): Phrase[][] {
  const byCluster = Map.groupBy(environments.values(), ({ cluster }) => cluster);
  return [...byCluster].flatMap(([cluster, places]): Phrase[][] => {
    const namespaces = places.flatMap((place) => place.namespaces);
    const why = whyKindsUnseen({ cluster, namespaces }, [...ROLLOUT_KINDS, ...BATCH_KINDS], sources);
    if (why === undefined) {
      return [];
    }
    const { length } = unseen.filter(({ row }) => row.cluster === cluster);
    const what =
      length === 0
        ? "what rolls out there is not known"
        : `${countWords(length, "rollout")} there ${length === 1 ? "is" : "are"} shown as last seen`;
    return [[{ em: why }, `: ${what}.`]];
  });
}

function movingSentence(progressing: number, paused: number): Phrase[][] {
  const parts = [
    ...(progressing > 0 ? [`${progressing} ${progressing === 1 ? "is" : "are"} under way`] : []),
    ...(paused > 0 ? [`${paused} ${paused === 1 ? "is" : "are"} held by somebody`] : []),
  ];
  return parts.length === 0 ? [] : [[`${listWords(parts)}.`]];
}

function drainSentence(holding: readonly ShownRollout[]): Phrase[][] {
  const [first] = holding;
  if (first === undefined) {
    return [];
  }
  const others = holding.length === 1 ? "" : ` and ${countWords(holding.length - 1, "other")}`;
  const trouble = holding.length === 1 ? TROUBLE.eviction : "stand on nodes that cannot be drained";
  return [[{ strong: first.row.name }, ` in ${first.row.environment}${others} ${trouble}.`]];
}

/** Rolled out and serving, and yet the node below cannot be drained. */
export function holdsUpDrain({ row, state }: ShownRollout): boolean {
  return state === "done" && row.rollout.reason?.code === "eviction";
}

function hasNotRun({ row, state }: ShownRollout): boolean {
  return state === "done" && row.kind === "CronJob" && row.rollout.desired === 0;
}

/** The tone of a rollout's state; what has never run has earned no green. */
export function rolloutTone(shown: ShownRollout): Tone | "pending" {
  if (hasNotRun(shown)) {
    return "pending";
  }
  const { row, state } = shown;
  if (state === "paused" && isBrokenWhilePaused(row.rollout)) {
    return "broken";
  }
  return holdsUpDrain(shown) || (state === "done" && isDoneAndPaused(row.rollout)) ? "look" : STATE_TONE[state];
}

/** A rollout's state in two or three words; what is under way says how far it has come. */
export function stateWords(shown: ShownRollout): string {
  const { row, state } = shown;
  switch (state) {
    case "stuck":
      return stuckWords(row.rollout);
    case "progressing":
      return isBatch(row.kind) ? batchWords(row.rollout) : movingWords(row.rollout);
    case "unknown":
      return "not known";
    case "paused":
      return pausedWords(row.rollout);
    case "done":
      return doneWords(shown);
  }
}

function doneWords(shown: ShownRollout): string {
  if (hasNotRun(shown)) {
    return "has not run yet";
  }
  if (isDoneAndPaused(shown.row.rollout)) {
    return "done, paused";
  }
  return holdsUpDrain(shown) ? "done, holds up a drain" : "done";
}

function pausedWords(rollout: WorkloadRow["rollout"]): string {
  if (isBrokenWhilePaused(rollout)) {
    return `paused, ${stuckWords(rollout)}`;
  }
  return rollout.reason?.code === "on_delete" ? "waits for a deletion" : "paused";
}

function batchWords({ reason }: WorkloadRow["rollout"]): string {
  return reason?.code === "waiting" ? "waits" : "runs";
}

/** How many of its pods serve, of how many; of what runs to an end, how many have succeeded. */
export function countsWords({ kind, rollout }: Pick<WorkloadRow, "kind" | "rollout">): string {
  return `${isBatch(kind) ? rollout.available : rollout.ready} / ${rollout.desired}`;
}

/** How much of what is wanted is there: "2 of 3 available". */
export function availableWords({ kind, rollout }: Pick<WorkloadRow, "kind" | "rollout">): string {
  return `${rollout.available} of ${rollout.desired} ${isBatch(kind) ? "succeeded" : "available"}`;
}

/** The pods page with the pods of a workload: what makes pods begins their names with its own. */
export function podsOfPath({ environment, namespace, name }: WorkloadRow): string {
  return podsPath({ environment, text: `${name}- ${namespace}` });
}

/** What holds the revisions of each kind that keeps any. */
const HISTORY_KIND: Readonly<Partial<Record<RolloutKind, string>>> = {
  Deployment: "ReplicaSet",
  StatefulSet: "ControllerRevision",
  DaemonSet: "ControllerRevision",
};

/** Why nobody knows what came before, in a sentence; undefined where it is known, or nothing keeps it. */
export function historyUnknown(
  { kind, cluster }: Pick<WorkloadRow, "kind" | "cluster">,
  refused: readonly string[],
): string | undefined {
  const holder = HISTORY_KIND[kind];
  return holder === undefined || !refused.includes(holder)
    ? undefined
    : `Not known: Gatehouse cannot read ${holder}s of cluster ${cluster}, which hold the revisions.`;
}

/** What a rollout brought, as far as somebody left word: the cause of its revision, its number, the Git revision. */
export function changeWords({ changeCause, rolloutRevision, revision }: WorkloadRow): string {
  return [
    ...(changeCause === null ? [] : [changeCause]),
    ...(rolloutRevision === null ? [] : [`revision ${rolloutRevision}`]),
    ...(revision === null ? [] : [`commit ${revision.slice(0, 8)}`]),
  ].join(" · ");
}
