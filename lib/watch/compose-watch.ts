import "server-only";
import { composeHostClusterId } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import { type DockerError, dockerErrorFromFailure } from "#lib/systems/docker/errors.ts";
import type { DockerPort } from "#lib/systems/docker/port.ts";
import { composeObjects } from "./compose-objects.ts";
import type { EstateView } from "./estate-view.ts";
import { sourceRowOf } from "./freshness.ts";
import type { Ring } from "./ring.ts";

const PROBE_INTERVAL_MS = 1500;
const PROBE_DEADLINE_MS = 2000;
const REOPEN_MS = 1000;
/** What happens together, such as a whole project that comes up, is looked up together. */
const TOGETHER_MS = 100;

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

  function publishSource(): void {
    const nowMs = clock().getTime();
    const isGoodNow = answersProbe && isListed;
    lastGoodAt = isGoodNow ? nowMs : lastGoodAt;
    const isDenied = failure?.code === "denied";
    const message = isGoodNow ? null : (failure?.message ?? "the Docker Engine has not answered yet");
    const facts = { firstAskedAt, lastGoodAt, isGoodNow, isDenied, kinds: [], message };
    ring.publish([{ kind: "source", id, row: sourceRowOf(id, facts, ring.rows().source.get(id), nowMs) }]);
  }

  async function look(): Promise<void> {
    view.shown(id, composeObjects(await host.list(stream.signal)));
    isListed = true;
    failure = undefined;
    publishSource();
  }

  async function follow(): Promise<void> {
    let isWaiting = false;
    for await (const _told of host.events(stream.signal)) {
      if (!isWaiting) {
        isWaiting = true;
        await look();
        await pause(TOGETHER_MS, stream.signal);
        isWaiting = false;
      }
    }
  }

  async function followForEver(): Promise<void> {
    while (!signal.aborted) {
      stream = new AbortController();
      const end = () => stream.abort();
      signal.addEventListener("abort", end, { once: true });
      await follow().catch((cause: unknown) => {
        failure = dockerErrorFromFailure(cause);
        log.debug({ host: host.id, failure: describeFailure(failure) }, "a Compose host is not seen");
      });
      signal.removeEventListener("abort", end);
      isListed = false;
      publishSource();
      await pause(REOPEN_MS, signal);
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

async function answers(host: DockerPort, signal: AbortSignal): Promise<boolean> {
  try {
    await host.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]));
    return true;
  } catch {
    // Whatever the failure is, it is the answer: the engine is not there for us.
    return false;
  }
}
