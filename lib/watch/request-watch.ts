import "server-only";
import { describeFailure } from "#lib/platform/errors.ts";
import { listen } from "#lib/platform/listen.ts";
import { pause } from "#lib/platform/pause.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import { startDue, voidExpired, voidOutdatedRestarts } from "#lib/requests/operations.ts";
import { findRequest, listRequests, REQUESTS_CHANNEL } from "#lib/requests/store.ts";

/** The stream holds the newest requests; older ones are read when somebody looks for them. */
const HELD_REQUESTS = 100;
const TIME_CHECK_MS = 2000;

/** Keeps the stream's request rows as the database has them, whichever replica changed it. Ends when the signal aborts. */
export async function watchRequests(runtime: Runtime, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const { db, ring, log } = runtime;
  await Promise.all([
    listen(
      {
        databaseUrl,
        channel: REQUESTS_CHANNEL,
        log,
        onListening: () => publishRequests(runtime),
        async onMessage(requestId) {
          const found = await findRequest(db, requestId, policyNow(runtime));
          if (found !== undefined) {
            ring.publish([{ kind: "request", id: requestId, row: found.row }]);
            forgetOldest(runtime);
          }
        },
      },
      signal,
    ),
    watchTheClock(runtime, signal),
  ]);
}

/** Publishes the newest requests as the database and gatehouse.yaml have them now. */
export async function publishRequests(runtime: Runtime): Promise<void> {
  const rows = await listRequests(runtime.db, { limit: HELD_REQUESTS }, policyNow(runtime));
  runtime.ring.publish(rows.map((row) => ({ kind: "request", id: row.id, row })));
}

function forgetOldest(runtime: Runtime): void {
  const rows = runtime.ring.list("request").sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  runtime.ring.publish(rows.slice(HELD_REQUESTS).map((row) => ({ kind: "request", id: row.id, row: null })));
}

async function watchTheClock(runtime: Runtime, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await voidExpired(runtime);
      await startDue(runtime);
      await voidOutdatedRestarts(runtime);
    } catch (failure) {
      runtime.log.warn({ failure: describeFailure(failure) }, "requests whose time has come cannot be looked for");
    }
    await pause(TIME_CHECK_MS, signal);
  }
}
