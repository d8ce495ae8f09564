import { resolve } from "node:path";
import { openCheckpoints } from "#lib/audit/checkpoints.ts";
import { whyRecordIsOpen } from "#lib/audit/guard.ts";
import type { OpenPlace } from "#lib/audit/places.ts";
import type { Estate } from "#lib/estate/model.ts";
import { openDb } from "#lib/platform/db.ts";
import { env } from "#lib/platform/env.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";

/** One line on how the record is guarded, and whether it is as it should be. */
type RecordLine = Readonly<{ isFine: boolean; line: string }>;

/** Says how the record is signed, where its checkpoints are, and whether the console could change it. Throws nothing. */
export async function checkRecord(estate: Estate, databaseUrl: string | undefined): Promise<RecordLine[]> {
  return [...(await signing(estate)), ...(databaseUrl === undefined ? [] : await guarding(databaseUrl))];
}

async function signing(estate: Estate): Promise<RecordLine[]> {
  try {
    const settings = openCheckpoints(estate, resolve(env().GATEHOUSE_DATA), { openRepository, openBucket });
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
      lines.push(...(await reached(place)));
    }
    return lines;
  } catch (failure) {
    return [{ isFine: false, line: `✗ record       ${saidBy(failure)}` }];
  }
}

async function reached(place: OpenPlace): Promise<RecordLine[]> {
  try {
    const { checkpoints, planted, broken } = await place.list(1);
    const newest = checkpoints.at(-1);
    const upTo = newest === undefined ? "none yet" : `up to row ${newest.seq}`;
    return [
      { isFine: true, line: `✓ reached      checkpoints in ${place.name}: ${upTo}` },
      ...(broken === undefined ? [] : [{ isFine: false, line: `✗ record       ${broken.what}` }]),
      ...planted.map(({ where, what }) => ({
        isFine: false,
        line: `✗ record       somebody put something among the checkpoints, which counts for nothing: ${where} ${what}`,
      })),
      ...(await caveat(place)),
    ];
  } catch (failure) {
    return [{ isFine: false, line: `✗ not reached  checkpoints in ${place.name}: ${saidBy(failure)}` }];
  }
}

async function caveat(place: OpenPlace): Promise<RecordLine[]> {
  try {
    const words = await place.caveat();
    return words === undefined ? [] : [{ isFine: true, line: `▲ record       ${place.name} ${words}` }];
  } catch (failure) {
    // Credentials that may add and list and ask for nothing else are good ones.
    return [{ isFine: true, line: `▲ record       what ${place.name} keeps is not known: ${saidBy(failure)}` }];
  }
}

function saidBy(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
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
