import { resolve } from "node:path";
import { openCheckpoints } from "#lib/audit/checkpoints.ts";
import { exportedEvent, writePack } from "#lib/audit/pack-export.ts";
import { appendAudit, type PackScope } from "#lib/audit/store.ts";
import { loadEstate } from "#lib/estate/load.ts";
import { databaseUrl, openDb } from "#lib/platform/db.ts";
import { env } from "#lib/platform/env.ts";
import { log } from "#lib/platform/log.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";

const DATABASE_OPEN = { allowed: true, because: "whoever runs the command can read the database itself" };

/** Writes a pack of what the database of DATABASE_URL has on record, which goes on record itself. */
export async function exportTo(scope: PackScope, user: string, write: (text: string) => Promise<void>): Promise<void> {
  const settings = openCheckpoints(loadEstate(env().GATEHOUSE_CONFIG), resolve(env().GATEHOUSE_DATA), {
    openRepository,
    openBucket,
  });
  const db = openDb(databaseUrl());
  try {
    // No account can have this name: it has a colon.
    const by = `command:${user}`;
    await db.$transaction((tx) => appendAudit(tx, exportedEvent(by, scope, DATABASE_OPEN)));
    await writePack({ db, log: log(), settings, by, at: new Date() }, scope, write);
  } finally {
    await db.$disconnect();
  }
}
