import "server-only";
import { BREAK_GLASS_CHANNEL, findBreakGlass, listBreakGlass } from "#lib/break-glass/store.ts";
import { listen } from "#lib/platform/listen.ts";
import type { Runtime } from "#lib/platform/runtime.ts";

const HELD = 20;

/** Keeps the stream's rows of broken glass as the database has them, whichever replica changed it. Ends when the signal aborts. */
export function watchBreakGlass(runtime: Runtime, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const { db, ring, log } = runtime;
  return listen(
    {
      databaseUrl,
      channel: BREAK_GLASS_CHANNEL,
      log,
      async onListening() {
        const rows = await listBreakGlass(db, HELD);
        ring.publish(rows.map((row) => ({ kind: "breakGlass", id: row.id, row })));
      },
      async onMessage(id) {
        const row = await findBreakGlass(db, id);
        ring.publish([{ kind: "breakGlass", id, row: row ?? null }]);
      },
    },
    signal,
  );
}
