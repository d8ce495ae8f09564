import { isComposeHost } from "#lib/estate/model.ts";

export const SOURCE_STATES = ["ok", "denied", "unreachable", "stale"] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/**
 * What a cluster cannot say of one kind of object, while the rest of it holds: it refuses the kind ("denied"), the kind is not
 * installed ("absent"), or some of its objects cannot be read and are left out, or as they were before.
 */
export type KindGap = Readonly<{
  kind: string;
  state: "denied" | "absent" | "unreadable";
  /** ISO 8601 in UTC. */
  since: string;
  /** Of unreadable ones the first, as `<namespace>/<name>`. */
  objects: readonly string[];
  /** Of unreadable ones all. */
  count: number;
}>;

/** What of a cluster somebody relies on: these kinds, and of their objects those in these namespaces, or all of them. */
export type Need = Readonly<{ kinds: readonly string[]; namespaces: readonly string[] | "every" }>;

/** Whether a source of what is shown can be believed, and since when not. */
export type SourceRow = Readonly<{
  /** `kubernetes:<cluster>`, `docker:<host>` or `git:<platform>` */
  id: string;
  state: SourceState;
  /** Since when it is in this state, ISO 8601 in UTC. For stale: when it was last known to be right. */
  since: string;
  message: string | null;
  /** Left out where there are none. */
  kinds?: readonly KindGap[];
}>;

/** gatehouse.yaml, which is among the sources only while it is wrong. */
export const CONFIGURATION_SOURCE = "configuration:gatehouse.yaml";

/** Of a cluster, or of what stands for one: a Compose host, `docker:<host>`. */
export function clusterSourceId(clusterId: string): string {
  return isComposeHost(clusterId) ? clusterId : `kubernetes:${clusterId}`;
}

export function gitSourceId(platformId: string): string {
  return `git:${platformId}`;
}

/** What people call a source, as the start of a sentence: "Cluster gravv", "The Git repository of gravv". */
export function sourceName(id: string): string {
  const [system, ...rest] = id.split(":");
  const name = rest.join(":");
  if (system === "kubernetes") {
    return `Cluster ${name}`;
  }
  if (system === "docker") {
    return `Compose host ${name}`;
  }
  if (system === "configuration") {
    return name;
  }
  return system === "git" ? `The Git repository of ${name}` : id;
}

/** Whether what a source says is to be believed: as a whole, and in what is needed of it. */
export function isFresh(source: SourceRow, need?: Need): boolean {
  return source.state === "ok" && gapIn(source, need) === undefined;
}

function gapIn(source: SourceRow, need: Need | undefined): KindGap | undefined {
  return need === undefined ? undefined : gapsIn(source, need)[0];
}

/** What of the needed kinds the source cannot say; an unreadable object counts where it may lie in one of the namespaces. */
function gapsIn(source: SourceRow, { kinds, namespaces }: Need): KindGap[] {
  const concerns = (object: string) =>
    namespaces === "every" ||
    // What lies in no namespace, such as a Node, concerns everybody.
    !object.includes("/") ||
    namespaces.some((namespace) => object.startsWith(`${namespace}/`));
  return (source.kinds ?? []).filter(
    (gap) =>
      kinds.includes(gap.kind) &&
      (gap.state !== "unreadable" || gap.count > gap.objects.length || gap.objects.some(concerns)),
  );
}

/**
 * Which of the needed kinds the source does not give whole, each with why, as the start of a sentence: it refuses the kind, or
 * objects of it cannot be read. Of a kind that is not installed there are no objects, which is known.
 */
export function unseenKinds(source: SourceRow, need: Need): Readonly<{ kind: string; why: string }>[] {
  return gapsIn(source, need)
    .filter(({ state }) => state !== "absent")
    .map((gap) => ({ kind: gap.kind, why: sayGap(gap, sourceName(source.id)) }));
}

/** Why what a source says, or what is needed of it, is not to be believed, as the start of a sentence. */
export function saySource(source: SourceRow | undefined, name: string, need?: Need): string {
  if (source === undefined) {
    return `${name} has not been asked yet`;
  }
  const time = `${source.since.slice(11, 16)} UTC`;
  if (source.id === CONFIGURATION_SOURCE) {
    return `${name} is wrong since ${time}, and what it said before holds`;
  }
  switch (source.state) {
    case "ok":
      return sayGap(gapIn(source, need), name);
    case "denied":
      return `${name} does not let Gatehouse read since ${time}`;
    case "unreachable":
      return `${name} has not been reached since ${time}`;
    case "stale":
      return `${name} has not answered since ${time}`;
  }
}

function sayGap(gap: KindGap | undefined, name: string): string {
  if (gap === undefined) {
    return `${name} answers`;
  }
  const time = `${gap.since.slice(11, 16)} UTC`;
  switch (gap.state) {
    case "denied":
      return `${name} does not let Gatehouse read ${gap.kind} since ${time}`;
    case "absent":
      return `${name} has no ${gap.kind}`;
    case "unreadable":
      return `${name} has what cannot be read since ${time}: ${sayUnreadable(gap)}`;
  }
}

/** Why a source, or what is needed of it, is not to be believed, as the start of a sentence; undefined where it is. */
export function whyNotFresh(sources: ReadonlyMap<string, SourceRow>, id: string, need?: Need): string | undefined {
  const source = sources.get(id);
  return source !== undefined && isFresh(source, need) ? undefined : saySource(source, sourceName(id), need);
}

/** Since when a source, or what is needed of it, is not to be believed, as the end of a sentence; undefined where it is. */
export function notKnownSince(sources: ReadonlyMap<string, SourceRow>, id: string, need: Need): string | undefined {
  const source = sources.get(id);
  if (source === undefined) {
    return "not known yet";
  }
  const since = source.state === "ok" ? gapIn(source, need)?.since : source.since;
  return since && `not known since ${since.slice(11, 16)} UTC`;
}

/** What is to be known of the gaps at a glance, one part of a sentence each; a kind that is not installed is no fault. */
export function sayGaps(gaps: readonly KindGap[]): string[] {
  const denied = gaps.filter((gap) => gap.state === "denied").map(({ kind }) => kind);
  const unreadable = gaps.filter((gap) => gap.state === "unreadable").map(sayUnreadable);
  return [
    ...(denied.length > 0 ? [`may not read ${denied.join(", ")}`] : []),
    ...(unreadable.length > 0 ? [`cannot be read and are left out: ${unreadable.join(", ")}`] : []),
  ];
}

function sayUnreadable({ kind, objects, count }: KindGap): string {
  const [first = ""] = objects;
  return count > 1 ? `${kind} ${first} and ${count - 1} more` : `${kind} ${first}`;
}

/** What is known about one source when its state is worked out. Times in ms since the epoch. */
export type SourceFacts = Readonly<{
  firstAskedAt: number;
  /** When it was last known to be complete and current; undefined if never. */
  lastGoodAt: number | undefined;
  isGoodNow: boolean;
  isDenied: boolean;
  kinds: readonly KindGap[];
  message: string | null;
}>;

/** The state that the facts of a source amount to. */
export function sourceRowOf(id: string, facts: SourceFacts, previous: SourceRow | undefined, nowMs: number): SourceRow {
  const state = stateOf(facts);
  if (previous?.state === state && previous.message === facts.message && areSame(previous.kinds ?? [], facts.kinds)) {
    return previous;
  }
  const iso = (ms: number) => new Date(ms).toISOString();
  const since = {
    ok: previous?.state === "ok" ? previous.since : iso(nowMs),
    denied: previous?.state === "denied" ? previous.since : iso(nowMs),
    unreachable: iso(facts.firstAskedAt),
    stale: iso(facts.lastGoodAt ?? facts.firstAskedAt),
  }[state];
  return { id, state, since, message: facts.message, ...(facts.kinds.length > 0 && { kinds: facts.kinds }) };
}

function areSame(some: readonly KindGap[], others: readonly KindGap[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

function stateOf(facts: SourceFacts): SourceState {
  if (facts.isDenied) {
    return "denied";
  }
  if (facts.isGoodNow) {
    return "ok";
  }
  return facts.lastGoodAt === undefined ? "unreachable" : "stale";
}
