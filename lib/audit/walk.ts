import "server-only";
import { allowIdle, type Db, type Tx } from "#lib/platform/db.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import { BEFORE_FIRST, breakAfter, breakOfContent, missingRows } from "./chain.ts";
import type { AuditLink, Break, SignedCheckpoint } from "./model.ts";
import { listCheckpoints, type OpenPlace } from "./places.ts";
import { lastLink, rowsBetween, takeWalkTurn } from "./store.ts";

/** Few at a time, with a rest after each: whoever looks at a page meanwhile does not wait for it. */
const ROWS_AT_A_TIME = 100;
const REST_MS = 100;
/** Rests are shorter where the record is so long that they would add up to more. */
const RESTS_WITHIN_MS = 30 * 60_000;
/** A place may be a Git host that takes its 30 s for each of several calls. */
const PLACES_WITHIN_MS = 180_000;
const LONGEST_WALK_MS = 2 * 60 * 60_000;

type WalkParts = Readonly<{ db: Db; log: Log; places: readonly OpenPlace[] }>;

/** What a walk found: all rows up to one as they were written, or where they are not. */
export type Walk = Readonly<{ state: "whole"; to: number } | { state: "broken"; broken: Break }>;

/**
 * Walks through the record from its first row: what each says, its place after the one before it, and every checkpoint of every
 * place that answers. Undefined where another replica walks, or the signal aborts. Throws where no place answers.
 */
export async function walkInTurn({ db, log, places }: WalkParts, signal: AbortSignal): Promise<Walk | undefined> {
  return db.$transaction(
    async (tx) => {
      await allowIdle(tx, PLACES_WITHIN_MS);
      if (!(await takeWalkTurn(tx))) {
        return undefined;
      }
      // Before the last row is known: a checkpoint that is newer would speak of rows that are not walked through.
      const { checkpoints, broken } = await listCheckpoints({ log }, places);
      return broken === undefined ? walk(tx, checkpoints, signal) : { state: "broken", broken };
    },
    { timeout: LONGEST_WALK_MS },
  );
}

async function walk(tx: Tx, checkpoints: readonly SignedCheckpoint[], signal: AbortSignal): Promise<Walk | undefined> {
  const to = (await lastLink(tx))?.seq ?? 0;
  const signed = Map.groupBy(checkpoints, ({ seq }) => seq);
  const restMs = Math.min(REST_MS, (RESTS_WITHIN_MS * ROWS_AT_A_TIME) / Math.max(to, 1));
  let last: Pick<AuditLink, "seq" | "hash"> = BEFORE_FIRST;
  let covered = 0;
  for await (const rows of rowsBetween(tx, 1, to, ROWS_AT_A_TIME)) {
    for (const row of rows) {
      const ofRow = signed.get(row.seq) ?? [];
      const broken = breakOfContent(row) ?? breakAfter(last, row) ?? breakOfSigned(row, ofRow, covered);
      if (broken !== undefined) {
        return { state: "broken", broken };
      }
      last = row;
      covered = ofRow.length > 0 ? row.seq : covered;
    }
    if (last.seq < to) {
      await pause(restMs, signal);
    }
    if (signal.aborted) {
      return undefined;
    }
  }
  const newest = checkpoints.at(-1)?.seq ?? 0;
  if (newest > last.seq) {
    const { what } = missingRows(last.seq + 1, newest, ", though a checkpoint has signed them");
    // Nothing has signed what is left since the last checkpoint that holds, so it may be no more as it was either.
    return { state: "broken", broken: { from: covered + 1, to: newest, what } };
  }
  return { state: "whole", to };
}

function breakOfSigned(
  { seq, hash }: AuditLink,
  ofRow: readonly SignedCheckpoint[],
  covered: number,
): Break | undefined {
  return ofRow.every((one) => one.hash === hash)
    ? undefined
    : {
        from: covered + 1,
        to: seq,
        what: `row ${seq} is not the one that was signed: it or rows after ${covered} were rewritten`,
      };
}
