import "server-only";
import { join } from "node:path";
import type { Estate } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { allowIdle, type Db, type Tx } from "#lib/platform/db.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { BucketConfig, BucketPort } from "#lib/systems/object-store/port.ts";
import { BEFORE_FIRST, breakAfter, breakOfContent, missingRows } from "./chain.ts";
import type { AuditLink, Break, Planted, RecordStanding, SignedCheckpoint, Verified } from "./model.ts";
import { listCheckpoints, type OpenPlace, openPlace } from "./places.ts";
import { openSigningKey, openVerifyingKeyFile, type SigningKey, type VerifyingKey } from "./signing.ts";
import { lastLink, rowsBetween, takeCheckpointTurn } from "./store.ts";
import { type Walk, walkInTurn } from "./walk.ts";

const LOOK_MS = 1000;
const LONGEST_REST_MS = 30_000;
const WALK_EVERY_MS = 3_600_000;
/** Where another replica walks, no place can be read, or there was no row yet. */
const TURN_AGAIN_MS = 60_000;
/** A place may be a Git host that takes its 30 s for each of several calls. */
const TURN_WITHIN_MS = 180_000;

/** What is needed to write checkpoints. `everyMs` and `everyRows`: whichever comes first. */
export type CheckpointSettings = Readonly<{
  key: SigningKey;
  /** What earlier ones of these keys have signed still counts. */
  earlierKeys: readonly VerifyingKey[];
  places: readonly OpenPlace[];
  everyMs: number;
  everyRows: number;
}>;

/** How the systems are opened in which checkpoints are kept. */
export type CheckpointSystems = Readonly<{
  openRepository(config: { url: string; directory: string }): RepositoryPort;
  openBucket(config: BucketConfig): BucketPort;
}>;

/** Opens what checkpoints are signed with and where they are written; undefined where gatehouse.yaml says nothing of it. */
export function openCheckpoints(
  { record }: Pick<Estate, "record">,
  dataDirectory: string,
  systems: CheckpointSystems,
): CheckpointSettings | undefined {
  if (record === undefined) {
    return undefined;
  }
  const key = openSigningKey(record.keyPath);
  const earlierKeys = record.earlierKeyPaths.map(openVerifyingKeyFile);
  const keys = [key.verifying, ...earlierKeys];
  const places = record.checkpoints.map((place, index) => {
    const placeSystems = {
      openRepository: ({ url }: Readonly<{ url: string }>) =>
        systems.openRepository({ url, directory: join(dataDirectory, "git", `checkpoints-${index}.git`) }),
      openBucket: (config: BucketConfig) => systems.openBucket(config),
    };
    return openPlace(place, placeSystems, keys);
  });
  return { key, earlierKeys, places, everyMs: record.everyMs, everyRows: record.everyRows };
}

/** Signs where the record stands, again and again, and knows whether it is whole. */
export type RecordKeeper = Readonly<{ standing(): RecordStanding; settings: CheckpointSettings | undefined }>;

type KeeperParts = Readonly<{ db: Db; clock: Clock; log: Log }>;

/**
 * Writes checkpoints until the signal aborts; `stopped` resolves then. Before each, the rows since the last one are verified to
 * follow from it; about once an hour all rows are, against all checkpoints. Where they do not, nothing is signed, and the standing
 * and the log say what is wrong. Replicas take turns at both; each relies on its own walk alone.
 */
export function keepRecord(
  parts: KeeperParts,
  settings: CheckpointSettings | undefined,
  signal: AbortSignal,
  every: Readonly<{ walkMs: number }> = { walkMs: WALK_EVERY_MS },
): RecordKeeper & Readonly<{ stopped: Promise<void> }> {
  let signed: RecordStanding = settings === undefined ? { state: "without-checkpoints" } : { state: "unknown" };
  let verified: Verified | undefined;
  /** What the last walk found wrong; no turn that looks at the newest rows alone may take it back. */
  let found: RecordStanding | undefined;

  async function keep(wanted: CheckpointSettings): Promise<void> {
    while (!signal.aborted) {
      let rest = LOOK_MS;
      try {
        const last = await lastLink(parts.db);
        if (found === undefined && isDue(signed, last, parts.clock(), wanted)) {
          signed = told(signed, await checkpointInTurn(parts, wanted), parts);
        }
      } catch (failure) {
        parts.log.warn({ failure: describeFailure(failure) }, "no checkpoint of the record can be written");
        rest = Math.min(wanted.everyMs, LONGEST_REST_MS);
      }
      await pause(rest, signal);
    }
  }

  async function walk(): Promise<void> {
    while (!signal.aborted) {
      let rest = every.walkMs;
      try {
        const at = parts.clock().toISOString();
        const walked = await walkInTurn({ ...parts, places: settings?.places ?? [] }, signal);
        take(walked, at);
        rest = isThrough(walked) ? rest : Math.min(rest, TURN_AGAIN_MS);
      } catch (failure) {
        parts.log.warn({ failure: describeFailure(failure) }, "the record cannot be verified from its first row on");
        rest = Math.min(rest, TURN_AGAIN_MS);
      }
      await pause(rest, signal);
    }
  }

  function take(walked: Walk | undefined, at: string): void {
    if (walked?.state === "broken") {
      const { broken } = walked;
      found = told(found ?? signed, { state: "broken", broken, since: at, planted: plantedOf(signed) }, parts);
    } else if (walked?.state === "whole") {
      verified = { to: walked.to, at };
      found = undefined;
    }
  }

  return {
    settings,
    standing: () => found ?? (signed.state === "broken" ? signed : { ...signed, verified }),
    stopped: Promise.all([walk(), ...(settings === undefined ? [] : [keep(settings)])]).then(() => undefined),
  };
}

function isThrough(walked: Walk | undefined): boolean {
  return walked?.state === "broken" || (walked?.to ?? 0) > 0;
}

function isDue(
  standing: RecordStanding,
  last: AuditLink | undefined,
  now: Date,
  every: Pick<CheckpointSettings, "everyMs" | "everyRows">,
): boolean {
  if (standing.state !== "whole") {
    return true;
  }
  const rows = (last?.seq ?? 0) - standing.seq;
  // Fewer rows than were signed: the turn will find that they are missing.
  return rows < 0 || rows >= every.everyRows || (rows > 0 && now.getTime() - Date.parse(standing.at) >= every.everyMs);
}

/** The next standing; a break keeps the time since when it is known. A break, and what somebody put in a place, are logged once. */
function told(before: RecordStanding, now: RecordStanding, { log }: KeeperParts): RecordStanding {
  const known = new Set(plantedOf(before).map(({ where }) => where));
  for (const { where, what } of plantedOf(now).filter((one) => !known.has(one.where))) {
    log.error({ where, what }, "somebody put this among the checkpoints; it counts for nothing");
  }
  if (now.state !== "broken") {
    return now;
  }
  if (before.state === "broken" && before.broken.what === now.broken.what) {
    return { ...before, planted: now.planted };
  }
  log.error({ rows: [now.broken.from, now.broken.to], what: now.broken.what }, "the record is not as it was written");
  return now;
}

function plantedOf(standing: RecordStanding): readonly Planted[] {
  return "planted" in standing ? standing.planted : [];
}

/** Verifies what was added since the last checkpoint and signs it, while no other replica does. */
export async function checkpointInTurn(parts: KeeperParts, settings: CheckpointSettings): Promise<RecordStanding> {
  return parts.db.$transaction(
    async (tx) => {
      await allowIdle(tx, TURN_WITHIN_MS);
      await takeCheckpointTurn(tx);
      const known = await listCheckpoints(parts, settings.places, 1);
      const newest = known.checkpoints.at(-1);
      const broken = known.broken ?? (await breakSince(tx, newest));
      if (broken !== undefined) {
        return { state: "broken", broken, since: parts.clock().toISOString(), planted: known.planted };
      }
      const last = await lastLink(tx);
      if (last === undefined) {
        return { state: "unknown" };
      }
      if (newest !== undefined && newest.seq === last.seq) {
        return whole(newest, known);
      }
      const checkpoint = settings.key.sign({ seq: last.seq, hash: last.hash, at: parts.clock().toISOString() });
      const unreached = await addEverywhere(parts, settings.places, checkpoint);
      return whole(checkpoint, { unreached, planted: known.planted });
    },
    { timeout: TURN_WITHIN_MS, maxWait: TURN_WITHIN_MS },
  );
}

function whole(
  { seq, at, keyId }: SignedCheckpoint,
  { unreached, planted }: Readonly<{ unreached: readonly string[]; planted: readonly Planted[] }>,
): RecordStanding {
  return { state: "whole", seq, at, keyId, unreached, planted };
}

/** What is wrong with the rows from a checkpoint on; from the first row where there is none yet. */
async function breakSince(tx: Tx, checkpoint: SignedCheckpoint | undefined): Promise<Break | undefined> {
  let before: Pick<AuditLink, "seq" | "hash"> | undefined = checkpoint === undefined ? BEFORE_FIRST : undefined;
  for await (const rows of rowsBetween(tx, checkpoint?.seq ?? 1, Number.MAX_SAFE_INTEGER)) {
    for (const row of rows) {
      // Nothing is said here of the row before the signed one.
      const last = before ?? { seq: (checkpoint?.seq ?? 1) - 1, hash: row.previousHash };
      const broken = breakOfContent(row) ?? breakAfter(last, row);
      if (broken !== undefined) {
        return broken;
      }
      if (row.seq === checkpoint?.seq && row.hash !== checkpoint.hash) {
        return rewritten(row.seq);
      }
      before = row;
    }
  }
  return checkpoint === undefined || before !== undefined ? undefined : cutBelow(tx, checkpoint);
}

function rewritten(seq: number): Break {
  return { from: 1, to: seq, what: `row ${seq} is not the one that was signed: it or rows before it were rewritten` };
}

async function cutBelow(tx: Tx, { seq }: SignedCheckpoint): Promise<Break> {
  const last = await lastLink(tx);
  return missingRows((last?.seq ?? 0) + 1, seq, ", though a checkpoint has signed them");
}

/** Writes a checkpoint to every place; answers those that could not be written to. Throws where none could. */
async function addEverywhere(
  { log }: KeeperParts,
  places: readonly OpenPlace[],
  checkpoint: SignedCheckpoint,
): Promise<string[]> {
  const unreached: string[] = [];
  for (const place of places) {
    try {
      await place.add(checkpoint);
    } catch (failure) {
      unreached.push(place.name);
      log.error(
        { seq: checkpoint.seq, failure: describeFailure(failure) },
        "a checkpoint cannot be written to a place",
      );
    }
  }
  if (unreached.length === places.length) {
    throw new Error(`the checkpoint at row ${checkpoint.seq} could be written to no place`);
  }
  return unreached;
}
