import "server-only";
import { areKindsSeen } from "#lib/environments/model.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import { pause } from "#lib/platform/pause.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { deleteSamplesBefore, insertSamples } from "./store.ts";

const HOUR_MS = 3_600_000;
/** So that an hour in which a cluster was not seen at first still gets its sample. */
const LOOK_MS = 300_000;
/** Until the first sources have been read there is nothing to keep. */
const FIRST_LOOK_MS = 15_000;
const KEPT_MS = 30 * 24 * HOUR_MS;

type HistoryParts = Pick<Runtime, "db" | "ring" | "clock" | "log">;

/** Keeps what is requested of each quota resource, once an hour whatever the number of replicas, until the signal aborts. */
export async function keepQuotaHistory(parts: HistoryParts, signal: AbortSignal): Promise<void> {
  await pause(FIRST_LOOK_MS, signal);
  while (!signal.aborted) {
    try {
      await sampleQuotas(parts);
    } catch (failure) {
      parts.log.warn({ failure: describeFailure(failure) }, "the history of quotas cannot be kept");
    }
    await pause(LOOK_MS, signal);
  }
}

/** Writes this hour's samples of what is seen fresh, and lets go of what is too old. Answers how many were new. */
export async function sampleQuotas({ db, ring, clock }: Omit<HistoryParts, "log">): Promise<number> {
  const nowMs = clock().getTime();
  const hour = new Date(nowMs - (nowMs % HOUR_MS));
  const sources = ring.rows().source;
  const samples = ring.list("quota").flatMap(({ cluster, namespace, quota, resource, hard, requested }) => {
    const isSeen = areKindsSeen({ cluster, namespaces: [namespace] }, ["ResourceQuota"], sources);
    return requested === null || !isSeen ? [] : [{ cluster, namespace, quota, resource, hour, hard, requested }];
  });
  await deleteSamplesBefore(db, new Date(nowMs - KEPT_MS));
  return insertSamples(db, samples);
}
