import "server-only";
import type { ComposeContainer } from "#lib/clusters/model.ts";
import { composeHostClusterId } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import { type DockerError, dockerErrorFromFailure } from "#lib/systems/docker/errors.ts";
import type { DockerListing, DockerPort } from "#lib/systems/docker/port.ts";
import { composeObjects } from "./compose-objects.ts";
import type { EstateView } from "./estate-view.ts";
import { type KindGap, sayGaps, sourceRowOf } from "./freshness.ts";
import type { Ring } from "./ring.ts";

const PROBE_INTERVAL_MS = 1500;
const PROBE_DEADLINE_MS = 2000;
const REOPEN_MS = 1000;
/** What happens together, such as a whole project that comes up, is looked up together. */
const TOGETHER_MS = 100;
/** A stream of events is opened anew after 5 to 10 min, and all is listed anew with it: what it may have failed to tell is found then. */
const RENEW_MS = 300_000;
/** As many as somebody reads; the rest are counted. */
const MOST_NAMED = 20;

/**
 * Watches the containers of one Compose host into the view and keeps its source row true: all of them listed, and listed anew
 * whenever the engine tells that something has happened. A probe of its own finds an engine that hangs within 4 s. Ends when the
 * signal aborts.
 */
export async function watchComposeHost(
  parts: Readonly<{
    host: DockerPort;
    view: Pick<EstateView, "shown">;
    ring: Pick<Ring, "publish" | "rows">;
    clock: Clock;
    log: Log;
  }>,
  signal: AbortSignal,
): Promise<void> {
  const { host, view, ring, clock, log } = parts;
  const id = composeHostClusterId(host.id);
  const firstAskedAt = clock().getTime();
  let failure: DockerError | undefined;
  let isListed = false;
  let answersProbe = false;
  let lastGoodAt: number | undefined;
  let stream = new AbortController();
  let seen: readonly ComposeContainer[] = [];
  let gaps: readonly KindGap[] = [];

  function publishSource(): void {
    const nowMs = clock().getTime();
    const isGoodNow = answersProbe && isListed;
    lastGoodAt = isGoodNow ? nowMs : lastGoodAt;
    const isDenied = failure?.code === "denied";
    const message = isGoodNow
      ? sayGaps(gaps).join("; ") || null
      : (failure?.message ?? "the Docker Engine has not answered yet");
    const facts = { firstAskedAt, lastGoodAt, isGoodNow, isDenied, kinds: gaps, message };
    ring.publish([{ kind: "source", id, row: sourceRowOf(id, facts, ring.rows().source.get(id), nowMs) }]);
  }

  async function look(): Promise<void> {
    const listing = await host.list(stream.signal);
    seen = withUnreadable(listing, seen);
    gaps = gapsOf(listing, gaps, clock().getTime());
    view.shown(id, composeObjects(seen));
    isListed = true;
    failure = undefined;
    publishSource();
  }

  /** One stream of events: whatever it tells while all is listed is looked up by one more list. */
  async function follow(events: AbortSignal): Promise<void> {
    let isDue = false;
    let looking: Promise<void> | undefined;
    let cause: unknown;
    const lookWhileDue = async () => {
      while (isDue && !events.aborted) {
        isDue = false;
        await look();
        await pause(TOGETHER_MS, events);
      }
      looking = undefined;
    };
    for await (const _told of host.events(events)) {
      isDue = true;
      looking ??= lookWhileDue().catch((failed: unknown) => {
        cause = failed;
        stream.abort();
      });
    }
    await looking;
    if (cause !== undefined) {
      throw cause;
    }
  }

  /** Resolves to whether the stream was only to be opened anew. */
  async function followForAWhile(): Promise<boolean> {
    stream = new AbortController();
    const renewal = new AbortController();
    const timer = setTimeout(() => renewal.abort(), RENEW_MS * (1 + Math.random()));
    const end = () => stream.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      await follow(AbortSignal.any([stream.signal, renewal.signal]));
      return renewal.signal.aborted;
    } catch (cause) {
      failure = dockerErrorFromFailure(cause);
      log.debug({ host: host.id, failure: describeFailure(failure) }, "a Compose host is not seen");
      return false;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }

  async function followForEver(): Promise<void> {
    while (!signal.aborted) {
      if (!(await followForAWhile())) {
        isListed = false;
        publishSource();
        await pause(REOPEN_MS, signal);
      }
    }
  }

  async function probeForEver(): Promise<void> {
    while (!signal.aborted) {
      answersProbe = await answers(host, signal);
      if (!answersProbe) {
        stream.abort();
      }
      publishSource();
      await pause(PROBE_INTERVAL_MS, signal);
    }
  }

  publishSource();
  await Promise.all([followForEver(), probeForEver()]);
}

/** What cannot be read stays as it was seen last. */
function withUnreadable(
  { containers, unreadable }: DockerListing,
  before: readonly ComposeContainer[],
): ComposeContainer[] {
  const ids = new Set(unreadable.map(({ id }) => id));
  return [...containers, ...before.filter(({ id }) => ids.has(id))];
}

/** A container is kept as a pod is, so that whoever relies on pods relies on it. */
function gapsOf({ unreadable }: DockerListing, [before]: readonly KindGap[], nowMs: number): KindGap[] {
  if (unreadable.length === 0) {
    return [];
  }
  const objects = unreadable.slice(0, MOST_NAMED).map(({ name }) => name);
  const since = before?.since ?? new Date(nowMs).toISOString();
  return [{ kind: "Pod", state: "unreadable", since, objects, count: unreadable.length }];
}

async function answers(host: DockerPort, signal: AbortSignal): Promise<boolean> {
  try {
    await host.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]));
    return true;
  } catch {
    // Whatever the failure is, it is the answer: the engine is not there for us.
    return false;
  }
}
