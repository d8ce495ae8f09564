import "server-only";
import { describeFailure } from "#lib/platform/errors.ts";
import { pause } from "#lib/platform/pause.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { MISSED_FOR_MS, MISSED_ROLES, RUNS_KNOWN, scheduleId } from "./model.ts";
import { deleteRunsBefore, deleteRunsBeyond, insertRuns, listRuns, listSchedules } from "./store.ts";

const LOOK_MS = 2000;
/** After a failure: a database that is down is not helped by being asked. */
const RETRY_MS = 15_000;
/** A run is written once, so not before its pod's last words can have come: pods are watched apart from their Jobs. */
const SETTLED_MS = 10_000;
const REMEMBER_MS = 60_000;
const FORGET_MS = 3_600_000;
const KEPT_MS = 400 * 86_400_000;
const KEPT_OF_SCHEDULE = 200;
/** Schedules read, runs written and rows deleted at once. */
const AT_ONCE = 100;

type HistoryParts = Pick<Runtime, "db" | "view" | "clock" | "log">;

/**
 * Keeps the runs of jobs that have ended for longer than Kubernetes does, and reads back what ran before this process did,
 * until the signal aborts. Nothing is asked of the database while there is neither.
 */
export async function keepRunHistory(parts: HistoryParts, signal: AbortSignal): Promise<void> {
  let forgottenAt = Number.NEGATIVE_INFINITY;
  let rememberedAt = Number.NEGATIVE_INFINITY;
  let waitMs = LOOK_MS;
  while (!signal.aborted) {
    await pause(waitMs, signal);
    const nowMs = parts.clock().getTime();
    try {
      await recallRuns(parts);
      await keepRuns(parts);
      if (nowMs - rememberedAt >= REMEMBER_MS) {
        await rememberSchedules(parts);
        rememberedAt = nowMs;
      }
      if (nowMs - forgottenAt >= FORGET_MS) {
        await forgetRuns(parts);
        forgottenAt = nowMs;
      }
      waitMs = LOOK_MS;
    } catch (failure) {
      waitMs = RETRY_MS;
      parts.log.warn({ failure: describeFailure(failure) }, "the history of jobs can be neither kept nor read");
    }
  }
}

/** Reads back what ran before of the schedules of which that is not known yet. */
export async function recallRuns({ db, view }: Omit<HistoryParts, "log">): Promise<void> {
  for (const ids of portionsOf(view.past.unread())) {
    view.past.recalled(await listRuns(db, ids, RUNS_KNOWN));
  }
}

/** Reads which CronJobs somebody would miss, so that one that was deleted while nobody looked is said to be. */
export async function rememberSchedules({ db, view, clock }: Omit<HistoryParts, "log">): Promise<void> {
  const since = new Date(clock().getTime() - MISSED_FOR_MS);
  view.past.remembered(await listSchedules(db, MISSED_ROLES, since));
}

/** Writes the runs that have ended and are settled. Answers how many were new. */
export async function keepRuns({ db, view, clock }: Omit<HistoryParts, "log">): Promise<number> {
  let written = 0;
  for (const runs of portionsOf(view.past.unkept(new Date(clock().getTime() - SETTLED_MS)))) {
    written += await insertRuns(db, runs);
    view.past.kept(runs);
    const ids = new Set(runs.map(({ cluster, scheduleUid }) => scheduleId(cluster, scheduleUid)));
    await deleteRunsBeyond(db, [...ids], { kept: KEPT_OF_SCHEDULE, most: AT_ONCE });
  }
  return written;
}

/** Lets go of the runs that are too old. */
export async function forgetRuns({ db, clock }: Pick<HistoryParts, "db" | "clock">): Promise<void> {
  const before = new Date(clock().getTime() - KEPT_MS);
  let deleted: number;
  do {
    deleted = await deleteRunsBefore(db, before, AT_ONCE);
  } while (deleted === AT_ONCE);
}

function portionsOf<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, at) =>
    items.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}
