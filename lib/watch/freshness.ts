export const SOURCE_STATES = ["ok", "denied", "unreachable", "stale"] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** Whether a source of what is shown can be believed, and since when not. */
export type SourceRow = Readonly<{
  /** `kubernetes:<cluster>` or `git:<platform>` */
  id: string;
  state: SourceState;
  /** Since when it is in this state, ISO 8601 in UTC. For stale: when it was last known to be right. */
  since: string;
  message: string | null;
}>;

/** gatehouse.yaml, which is among the sources only while it is wrong. */
export const CONFIGURATION_SOURCE = "configuration:gatehouse.yaml";

export function clusterSourceId(clusterId: string): string {
  return `kubernetes:${clusterId}`;
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
  if (system === "configuration") {
    return name;
  }
  return system === "git" ? `The Git repository of ${name}` : id;
}

export function isFresh(source: SourceRow): boolean {
  return source.state === "ok";
}

/** Why what a source says is not to be believed, as the start of a sentence. */
export function saySource(source: SourceRow | undefined, name: string): string {
  if (source === undefined) {
    return `${name} has not been asked yet`;
  }
  const time = `${source.since.slice(11, 16)} UTC`;
  if (source.id === CONFIGURATION_SOURCE) {
    return `${name} is wrong since ${time}, and what it said before holds`;
  }
  switch (source.state) {
    case "ok":
      return `${name} answers`;
    case "denied":
      return `${name} does not let Gatehouse read since ${time}`;
    case "unreachable":
      return `${name} has not been reached since ${time}`;
    case "stale":
      return `${name} has not answered since ${time}`;
  }
}

/** What is known about one source when its state is worked out. Times in ms since the epoch. */
export type SourceFacts = Readonly<{
  firstAskedAt: number;
  /** When it was last known to be complete and current; undefined if never. */
  lastGoodAt: number | undefined;
  isGoodNow: boolean;
  isDenied: boolean;
  message: string | null;
}>;

/** The state that the facts of a source amount to. */
export function sourceRowOf(id: string, facts: SourceFacts, previous: SourceRow | undefined, nowMs: number): SourceRow {
  const state = stateOf(facts);
  if (previous?.state === state && previous.message === facts.message) {
    return previous;
  }
  const iso = (ms: number) => new Date(ms).toISOString();
  const since = {
    ok: previous?.state === "ok" ? previous.since : iso(nowMs),
    denied: previous?.state === "denied" ? previous.since : iso(nowMs),
    unreachable: iso(facts.firstAskedAt),
    stale: iso(facts.lastGoodAt ?? facts.firstAskedAt),
  }[state];
  return { id, state, since, message: facts.message };
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
