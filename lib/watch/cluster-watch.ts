import "server-only";
import type { Clock } from "#lib/platform/clock.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import type { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type ClusterPort, WATCHED_KINDS, type WatchedKind } from "#lib/systems/kubernetes/port.ts";
import type { EstateView } from "./estate-view.ts";
import { clusterSourceId, type SourceFacts, sourceRowOf } from "./freshness.ts";
import { reflect } from "./reflector.ts";
import type { Ring } from "./ring.ts";

const PROBE_INTERVAL_MS = 1500;
const PROBE_DEADLINE_MS = 2000;
/** A watch that the server ended in good order is opened again at once; only a longer gap means that something is missed. */
const GAP_MS = 2500;

type KindState = { isListed: boolean; cutAt: number | undefined; failure: ClusterError | undefined };

/**
 * Watches every kind of one cluster into the view and keeps the cluster's source row true. A half-open watch says nothing,
 * so a probe of its own asks the API server, and its silence counts within 4 s. Ends when the signal aborts.
 */
export async function watchCluster(
  parts: Readonly<{ cluster: ClusterPort; view: EstateView; ring: Ring; clock: Clock; log: Log }>,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, view, ring, clock, log } = parts;
  const firstAskedAt = clock().getTime();
  const kinds = new Map<WatchedKind, KindState>(
    WATCHED_KINDS.map((kind) => [kind, { isListed: false, cutAt: firstAskedAt, failure: undefined }]),
  );
  let answersProbe = false;
  let lastGoodAt: number | undefined;
  const unreadable = new Set<string>();

  function publishSource(): void {
    const nowMs = clock().getTime();
    const facts = factsOf(kinds, { answersProbe, firstAskedAt, lastGoodAt, nowMs, unreadable: unreadable.size });
    if (facts.isGoodNow) {
      lastGoodAt = nowMs;
    }
    const id = clusterSourceId(cluster.id);
    ring.publish([{ kind: "source", id, row: sourceRowOf(id, facts, ring.rows().source.get(id), nowMs) }]);
  }

  function reflectKind(kind: WatchedKind): Promise<void> {
    const state = kinds.get(kind) ?? { isListed: false, cutAt: undefined, failure: undefined };
    return reflect(
      cluster,
      kind,
      {
        changed: (object) => view.changed(cluster.id, kind, object),
        removed: (uid) => view.removed(cluster.id, kind, uid),
        listed(uids) {
          view.listed(cluster.id, kind, uids);
          state.isListed = true;
        },
        unreadable(failure) {
          unreadable.add(`${kind} ${describeFailure(failure)}`);
          log.warn({ cluster: cluster.id, kind, failure: describeFailure(failure) }, "an object cannot be read");
        },
        live() {
          state.cutAt = undefined;
          state.failure = undefined;
          publishSource();
        },
        cut(failure) {
          state.cutAt ??= clock().getTime();
          state.failure = failure;
          publishSource();
        },
      },
      signal,
    );
  }

  async function probeForEver(): Promise<void> {
    while (!signal.aborted) {
      answersProbe = await answers(cluster, signal);
      publishSource();
      await pause(PROBE_INTERVAL_MS, signal);
    }
  }

  publishSource();
  await Promise.all([...WATCHED_KINDS.map(reflectKind), probeForEver()]);
}

function factsOf(
  kinds: ReadonlyMap<WatchedKind, KindState>,
  seen: {
    answersProbe: boolean;
    firstAskedAt: number;
    lastGoodAt: number | undefined;
    nowMs: number;
    unreadable: number;
  },
): SourceFacts {
  const states = [...kinds.entries()];
  const denied = states.filter(([, state]) => state.failure?.code === "denied").map(([kind]) => kind);
  const missing = states.filter(([, state]) => !state.isListed).map(([kind]) => kind);
  const isCut = states.some(([, state]) => state.cutAt !== undefined && seen.nowMs - state.cutAt > GAP_MS);
  return {
    firstAskedAt: seen.firstAskedAt,
    lastGoodAt: seen.lastGoodAt,
    isGoodNow: seen.answersProbe && missing.length === 0 && !isCut,
    isDenied: denied.length > 0,
    message: messageOf(denied, missing, seen),
  };
}

function messageOf(
  denied: string[],
  missing: string[],
  seen: { answersProbe: boolean; unreadable: number },
): string | null {
  if (denied.length > 0) {
    return `may not read ${denied.join(", ")}`;
  }
  if (!seen.answersProbe) {
    return "the API server does not answer";
  }
  if (missing.length > 0) {
    return `still reading ${missing.join(", ")}`;
  }
  return seen.unreadable > 0 ? `${seen.unreadable} objects could not be read and are left out` : null;
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
