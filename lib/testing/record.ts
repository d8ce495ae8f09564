import { appendAudit } from "#lib/audit/store.ts";
import type { Db } from "#lib/platform/db.ts";

/** Writes so many rows to the record, each in a transaction of its own. */
export async function writeRows(db: Db, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await db.$transaction((tx) =>
      appendAudit(tx, {
        actor: "operator",
        action: "test.written",
        target: "gravv/live",
        outcome: "done",
        decision: "follows from this test",
      }),
    );
  }
}
