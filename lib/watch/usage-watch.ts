import "server-only";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import { type ClusterUsage, usageOf } from "#lib/quotas/model.ts";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import type { ClusterPort } from "#lib/systems/kubernetes/port.ts";
import type { EstateView } from "./estate-view.ts";

/** The metrics API cannot be watched, and takes its own figures every 15 to 60 s. */
const INTERVAL_MS = 30_000;

/** Keeps what the pods of a cluster use true in the view, until the signal aborts. What cannot be read is not known from then on. */
export async function watchUsage(
  parts: Readonly<{ cluster: ClusterPort; view: Pick<EstateView, "measured">; log: Log }>,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, view } = parts;
  while (!signal.aborted) {
    const usage = await read(parts, signal);
    if (!signal.aborted) {
      view.measured(cluster.id, usage);
    }
    await pause(INTERVAL_MS, signal);
  }
}

async function read(
  { cluster, log }: Readonly<{ cluster: ClusterPort; log: Log }>,
  signal: AbortSignal,
): Promise<ClusterUsage> {
  try {
    const usages = await cluster.podUsage(signal);
    const [first] = usages.unreadable;
    if (first !== undefined) {
      const pod = `${first.namespace}/${first.name}`;
      log.warn({ cluster: cluster.id, pod, count: usages.unreadable.length }, "what pods use cannot be read of all");
    }
    return usageOf(usages);
  } catch (failure) {
    const code = failure instanceof ClusterError ? failure.code : undefined;
    if (code === "not_found") {
      return { state: "absent" };
    }
    if (!signal.aborted) {
      log.warn({ cluster: cluster.id, failure: describeFailure(failure) }, "what pods use cannot be read");
    }
    return { state: code === "denied" ? "denied" : "unreachable" };
  }
}
