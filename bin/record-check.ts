import { resolve } from "node:path";
import { openCheckpoints } from "#lib/audit/checkpoints.ts";
import { whyRecordIsOpen } from "#lib/audit/guard.ts";
import type { Estate } from "#lib/estate/model.ts";
import { openDb } from "#lib/platform/db.ts";
import { env } from "#lib/platform/env.ts";
import { openRepository } from "#lib/systems/git/client.ts";

/** One line on how the record is guarded, and whether it is as it should be. */
type RecordLine = Readonly<{ isFine: boolean; line: string }>;

/** Says how the record is signed, where its checkpoints are, and whether the console could change it. Throws nothing. */
export async function checkRecord(estate: Estate, databaseUrl: string | undefined): Promise<RecordLine[]> {
  return [...(await signing(estate)), ...(databaseUrl === undefined ? [] : await guarding(databaseUrl))];
}

async function signing(estate: Estate): Promise<RecordLine[]> {
  try {
    const settings = openCheckpoints(estate, resolve(env().GATEHOUSE_DATA), openRepository);
    if (settings === undefined) {
      return [
        {
          isFine: true,
          line: "▲ record       no checkpoints: a cut tail would not be found (record: in gatehouse.yaml)",
        },
      ];
    }
    const lines: RecordLine[] = [{ isFine: true, line: `✓ record       signed by the key ${settings.key.keyId}` }];
    for (const place of settings.places) {
      lines.push(await reached(place));
    }
    return lines;
  } catch (failure) {
    return [{ isFine: false, line: `✗ record       ${failure instanceof Error ? failure.message : failure}` }];
  }
}

async function reached(place: { name: string; list(): Promise<readonly unknown[]> }): Promise<RecordLine> {
  try {
    const { length } = await place.list();
    return { isFine: true, line: `✓ reached      checkpoints in ${place.name}: ${length}` };
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    return { isFine: false, line: `✗ not reached  checkpoints in ${place.name}: ${reason}` };
  }
}

async function guarding(databaseUrl: string): Promise<RecordLine[]> {
  const db = openDb(databaseUrl);
  try {
    const why = await whyRecordIsOpen(db);
    return why === undefined ? [] : [{ isFine: true, line: `▲ record       ${why}` }];
  } catch {
    // That it cannot be reached, or has no tables yet, the line on the database says.
    return [];
  } finally {
    await db.$disconnect();
  }
}
