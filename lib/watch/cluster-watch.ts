import "server-only";
import type { Clock } from "#lib/platform/clock.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import type { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type ClusterPort, WATCHED_KINDS, type WatchedKind } from "#lib/systems/kubernetes/port.ts";
import type { EstateView } from "./estate-view.ts";
import { clusterSourceId, type KindGap, type SourceFacts, sayGaps, sourceRowOf } from "./freshness.ts";
import { startReflector } from "./reflector.ts";
import type { Ring } from "./ring.ts";

const PROBE_INTERVAL_MS = 1500;
const PROBE_DEADLINE_MS = 2000;
/** A watch that the server ended in good order is opened again at once; only a longer gap means that something is missed. */
const GAP_MS = 2500;
/** As many as somebody reads; the rest are counted. */
const MOST_NAMED = 20;

/** What is known of one kind. Times in ms since the epoch. */
type KindState = {
  isListed: boolean;
  cutAt: number | undefined;
  /** Why the cluster does not give it, and since when. */
  withheld: "denied" | "absent" | undefined;
  withheldAt: number;
  /** The names of the objects that cannot be read, by uid, and since when there are any. */
  unreadable: Map<string, string>;
  unreadableAt: number;
};

/**
 * Watches every kind of one cluster into the view and keeps the cluster's source row true. A half-open watch says nothing,
 * so a probe of its own asks the API server: its silence counts within 4 s, and what was silent as long is opened anew. Where only
 * a watch's own connection is dead, the watch fails by itself as soon. Ends when the signal aborts.
 */
export async function watchCluster(
  parts: Readonly<{
    cluster: ClusterPort;
    view: Pick<EstateView, "changed" | "removed" | "listed">;
    ring: Pick<Ring, "publish" | "rows">;
    clock: Clock;
    log: Log;
  }>,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, view, ring, clock, log } = parts;
  const firstAskedAt = clock().getTime();
  const kinds = new Map<WatchedKind, KindState>(WATCHED_KINDS.map((kind) => [kind, notYetRead(firstAskedAt)]));
  let answersProbe = false;
  let lastGoodAt: number | undefined;

  function publishSource(): void {
    const nowMs = clock().getTime();
    const facts = factsOf(kinds, { answersProbe, firstAskedAt, lastGoodAt, nowMs });
    if (facts.isGoodNow) {
      lastGoodAt = nowMs;
    }
    const id = clusterSourceId(cluster.id);
    ring.publish([{ kind: "source", id, row: sourceRowOf(id, facts, ring.rows().source.get(id), nowMs) }]);
  }

  const reflectors = [...kinds].map(([kind, state]) =>
    startReflector(
      cluster,
      kind,
      {
        changed(object, uid) {
          view.changed(cluster.id, kind, object);
          state.unreadable.delete(uid);
        },
        removed(uid) {
          view.removed(cluster.id, kind, uid);
          state.unreadable.delete(uid);
        },
        listed(uids) {
          view.listed(cluster.id, kind, uids);
          forgetAllBut(state.unreadable, uids);
          state.isListed = true;
        },
        unreadable({ uid, name }, failure) {
          if (!state.unreadable.has(uid)) {
            log.warn(
              { cluster: cluster.id, kind, object: name, failure: describeFailure(failure) },
              "an object cannot be read",
            );
          }
          state.unreadableAt = state.unreadable.size === 0 ? clock().getTime() : state.unreadableAt;
          state.unreadable.set(uid, name);
        },
        live() {
          state.cutAt = undefined;
          state.withheld = undefined;
          publishSource();
        },
        cut(failure) {
          const nowMs = clock().getTime();
          const withheld = withheldBy(failure);
          if (withheld === "absent") {
            view.listed(cluster.id, kind, NOTHING);
            state.unreadable.clear();
          }
          state.withheldAt = withheld === state.withheld ? state.withheldAt : nowMs;
          state.withheld = withheld;
          state.cutAt ??= nowMs - (failure?.silentForMs ?? 0);
          publishSource();
        },
      },
      signal,
    ),
  );

  async function probeForEver(): Promise<void> {
    while (!signal.aborted) {
      const askedAt = performance.now();
      const didAnswer = answersProbe;
      answersProbe = await answers(cluster, signal);
      publishSource();
      for (const reflector of reflectors) {
        if (!answersProbe) {
          reflector.reopenIfSilentSince(askedAt);
        } else if (!didAnswer) {
          reflector.tryNow();
        }
      }
      await pause(PROBE_INTERVAL_MS, signal);
    }
  }

  publishSource();
  await Promise.all([...reflectors.map(({ ended }) => ended), probeForEver()]);
}

function notYetRead(nowMs: number): KindState {
  return {
    isListed: false,
    cutAt: nowMs,
    withheld: undefined,
    withheldAt: nowMs,
    unreadable: new Map(),
    unreadableAt: nowMs,
  };
}

const NOTHING: ReadonlySet<string> = new Set();

function forgetAllBut(unreadable: Map<string, string>, uids: ReadonlySet<string>): void {
  for (const uid of unreadable.keys()) {
    if (!uids.has(uid)) {
      unreadable.delete(uid);
    }
  }
}

function withheldBy(failure: ClusterError | undefined): KindState["withheld"] {
  if (failure?.code === "denied") {
    return "denied";
  }
  return failure?.code === "not_found" ? "absent" : undefined;
}

function factsOf(
  kinds: ReadonlyMap<WatchedKind, KindState>,
  seen: { answersProbe: boolean; firstAskedAt: number; lastGoodAt: number | undefined; nowMs: number },
): SourceFacts {
  const states = [...kinds];
  const given = states.filter(([, state]) => state.withheld === undefined);
  const missing = given.filter(([, state]) => !state.isListed).map(([kind]) => kind);
  const isCut = given.some(([, { cutAt }]) => cutAt !== undefined && seen.nowMs - cutAt > GAP_MS);
  const isDenied = given.length === 0 && states.some(([, state]) => state.withheld === "denied");
  const gaps = states.flatMap(([kind, state]) => gapsOf(kind, state));
  return {
    firstAskedAt: seen.firstAskedAt,
    lastGoodAt: seen.lastGoodAt,
    isGoodNow: seen.answersProbe && given.length > 0 && missing.length === 0 && !isCut,
    isDenied,
    kinds: gaps,
    message: messageOf({ isDenied, missing, gaps, answersProbe: seen.answersProbe }),
  };
}

function gapsOf(kind: WatchedKind, state: KindState): KindGap[] {
  const iso = (ms: number) => new Date(ms).toISOString();
  if (state.withheld !== undefined) {
    return [{ kind, state: state.withheld, since: iso(state.withheldAt), objects: [], count: 0 }];
  }
  if (state.unreadable.size === 0) {
    return [];
  }
  const objects = [...state.unreadable.values()].slice(0, MOST_NAMED);
  return [{ kind, state: "unreadable", since: iso(state.unreadableAt), objects, count: state.unreadable.size }];
}

function messageOf(facts: {
  isDenied: boolean;
  answersProbe: boolean;
  missing: string[];
  gaps: KindGap[];
}): string | null {
  if (facts.isDenied) {
    return "does not let Gatehouse in";
  }
  if (!facts.answersProbe) {
    return "the API server does not answer";
  }
  const reading = facts.missing.length > 0 ? [`still reading ${facts.missing.join(", ")}`] : [];
  const sentences = [...reading, ...sayGaps(facts.gaps)];
  return sentences.length > 0 ? sentences.join("; ") : null;
}

async function answers(cluster: ClusterPort, signal: AbortSignal): Promise<boolean> {
  try {
    await cluster.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]));
    return true;
  } catch {
    // Whatever the failure is, it is the answer: the API server is not there for us.
    return false;
  }
}
