import "server-only";
import { BEFORE_FIRST, breakAfter, breakOfContent, breakWithin, missingRows } from "./chain.ts";
import type { AuditLink, Break, SignedCheckpoint } from "./model.ts";
import type { PackHeading, PackLine } from "./schema.ts";
import type { VerifyingKey } from "./signing.ts";

/** The record, or the pack of it, is not as it was written. `broken` is undefined where no row can be named. */
export class BrokenPack extends Error {
  readonly broken: Break | undefined;

  constructor(what: string, broken?: Break) {
    super(what);
    this.name = "BrokenPack";
    this.broken = broken;
  }
}

function refuse(broken: Break | undefined): void {
  if (broken !== undefined) {
    throw new BrokenPack(broken.what, broken);
  }
}

/** What a walked chain has shown. */
export type Walked = Readonly<{
  events: number;
  links: number;
  checkpoints: number;
  /** Checkpoints of the pack's earlier keys that are not believed. */
  passedOver: number;
  /** The last row told in full, and the last one that a checkpoint covers; 0 where there is none. */
  lastEvent: number;
  covered: number;
  /** Whether a period lasts to the end that the record had when it was exported. */
  isToEnd: boolean;
}>;

export type ChainWalk = Readonly<{
  row(line: PackRow): void;
  checkpoint(checkpoint: SignedCheckpoint): void;
  end(): Walked;
}>;
type PackRow = Extract<PackLine, { kind: "event" | "link" }>;

/** What may have signed a pack's checkpoints. */
export type PackKeys = Readonly<{
  believed: readonly VerifyingKey[];
  /** What these signed does not count. */
  others: readonly VerifyingKey[];
}>;

/** Walks a pack's rows and checkpoints in their order. Each step throws BrokenPack at the first row that does not hold. */
export function walkChain({ scope, recordEnd }: PackHeading, keys: PackKeys): ChainWalk {
  let last: AuditLink | undefined;
  let isLastAfterPeriod = false;
  const seen = { events: 0, links: 0, checkpoints: 0, passedOver: 0, lastEvent: 0, covered: 0 };

  /** A pack begins with the record, or with the row before the first that it is about. */
  function first(line: PackRow): void {
    const isBefore =
      "request" in scope ? line.requestId !== scope.request : line.kind === "event" && !isWithin(line.at, scope);
    refuse(line.seq > 1 && isBefore ? breakWithin(line) : breakAfter(BEFORE_FIRST, line));
  }

  function row(line: PackRow): void {
    if (last === undefined) {
      first(line);
    } else {
      refuse(breakAfter(last, line));
    }
    if (recordEnd === null || line.seq > recordEnd.seq) {
      refuse({ from: line.seq, to: line.seq, what: `row ${line.seq} lies beyond the record's end` });
    }
    if (line.kind === "event") {
      refuse(breakOfContent(line));
      seen.events += 1;
      seen.lastEvent = line.seq;
      isLastAfterPeriod = "from" in scope && line.at >= scope.to;
    } else {
      refuse(wrongLink(line));
      seen.links += 1;
    }
    last = line;
  }

  /** A row of which only the place is told must be of no concern to the pack. */
  function wrongLink({ seq, requestId }: AuditLink): Break | undefined {
    const isConcern = "request" in scope ? requestId === scope.request : !isLastAfterPeriod;
    return isConcern ? { from: seq, to: seq, what: `row ${seq} should be told in full and is not` } : undefined;
  }

  function checkpoint(one: SignedCheckpoint): void {
    const { seq } = one;
    if (keys.others.some(({ keyId }) => keyId === one.keyId)) {
      seen.passedOver += 1;
      return;
    }
    if (keys.believed.every((key) => !key.holds(one))) {
      refuse({ from: seq, to: seq, what: `the checkpoint at row ${seq} is not signed by the pack's key` });
    }
    seen.checkpoints += 1;
    if (recordEnd === null || seq > recordEnd.seq) {
      const { what } = missingRows((recordEnd?.seq ?? 0) + 1, seq, ", though a checkpoint has signed them");
      // Nothing has signed what is left since the last checkpoint that holds, so it may be no more as it was either.
      refuse({ from: seen.covered + 1, to: seq, what });
    }
    if (last === undefined || seq > last.seq) {
      return;
    }
    if (seq !== last.seq || one.hash !== last.hash) {
      const what = `the rows up to ${seq} are not those that were signed: they were rewritten`;
      refuse({ from: seen.covered + 1, to: seq, what });
    }
    seen.covered = seq;
  }

  function end(): Walked {
    const lastSeq = last?.seq ?? 0;
    if (last !== undefined && last.seq === recordEnd?.seq && last.hash !== recordEnd.hash) {
      refuse({ from: last.seq, to: last.seq, what: `row ${last.seq} is not the record's last one` });
    }
    const isToEnd = "from" in scope && !isLastAfterPeriod;
    if (isToEnd && lastSeq !== (recordEnd?.seq ?? 0)) {
      refuse(missingRows(lastSeq + 1, recordEnd?.seq ?? 0, ", of which some may lie in the period"));
    }
    return { ...seen, isToEnd };
  }

  return { row, checkpoint, end };
}

function isWithin(at: string, { from, to }: Readonly<{ from: string; to: string }>): boolean {
  return at >= from && at < to;
}
