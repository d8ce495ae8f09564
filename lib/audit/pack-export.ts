import "server-only";
import type { Decision } from "#lib/access/model.ts";
import { sayDecision } from "#lib/access/policy.ts";
import { allowIdle, type Db, type Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { contentHashOf } from "./chain.ts";
import type { CheckpointSettings } from "./checkpoints.ts";
import type { AuditLink, FoundRow, SignedCheckpoint } from "./model.ts";
import { PACK_FOOT, PACK_HEAD, packLine } from "./pack-page.ts";
import { type Kept, listCheckpoints } from "./places.ts";
import type { PackHeading, PackLine, PackRequest } from "./schema.ts";
import {
  boundsOf,
  firstAbove,
  glassRowsOf,
  lastBefore,
  lastBelow,
  lastLink,
  lastRowsOf,
  type NewAuditEvent,
  type PackScope,
  requestsForPack,
  rowsBetween,
} from "./store.ts";

const LONGEST_EXPORT_MS = 30 * 60_000;
/** Somebody may have put any number there. */
const MOST_PLANTED = 100;

export type ExportParts = Readonly<{
  db: Db;
  log: Log;
  /** Undefined where no checkpoints are written. */
  settings: Pick<CheckpointSettings, "key" | "earlierKeys" | "places"> | undefined;
  /** Who asks for it, and when. */
  by: string;
  at: Date;
}>;

/** A line of a pack, whose row may hold what somebody has changed it into. */
type FoundLine = PackLine | (FoundRow & Readonly<{ kind: "event" }>);

/** Takes the next piece of a pack; the one after it is made when the promise resolves. */
type Write = (text: string) => Promise<void>;

/**
 * The rows that a pack holds, by their numbers: those it tells of in full go up to `shownTo`, then only their places follow.
 * `ofGlass` are those of the broken glass under which its one request was made.
 */
type Reach = Readonly<{ from: number; shownTo: number; to: number; ofGlass: ReadonlySet<number> }>;

/**
 * Writes a pack: one HTML file that shows what is on record and holds what is needed to check it. All of it is read in one
 * snapshot of the database, piece by piece. Throws GatehouseError not_found for a request that is nowhere.
 */
export async function writePack(parts: ExportParts, scope: PackScope, write: Write): Promise<void> {
  const { settings } = parts;
  // Before the snapshot: a checkpoint that is newer than it would speak of rows that the snapshot cannot have.
  const all = settings === undefined ? undefined : await listCheckpoints(parts, settings.places);
  const kept = all ?? { checkpoints: [], planted: [], broken: undefined };
  await parts.db.$transaction((tx) => writeFrom(tx, parts, scope, kept, write), {
    isolationLevel: "RepeatableRead",
    timeout: LONGEST_EXPORT_MS,
  });
}

async function writeFrom(tx: Tx, parts: ExportParts, scope: PackScope, kept: Kept, write: Write): Promise<void> {
  const { checkpoints } = kept;
  await allowIdle(tx, LONGEST_EXPORT_MS);
  await refuseUnknownRequest(tx, scope);
  const end = await lastLink(tx);
  const reach = await reachOf(tx, scope, end?.seq ?? 0, checkpoints);
  await write(PACK_HEAD + packLine(headingOf(parts, scope, end, kept)));
  const waiting = checkpoints.filter(({ seq }) => seq >= reach.from);
  let next = 0;
  for await (const rows of rowsBetween(tx, reach.from, reach.to)) {
    const requests = await requestsAfter(tx, rows, scope, reach.shownTo);
    const lines: FoundLine[] = [];
    for (const row of rows) {
      lines.push(rowLine(row, scope, reach), ...(requests.get(row.seq) ?? []));
      for (let one = waiting[next]; one !== undefined && one.seq <= row.seq; one = waiting[next]) {
        lines.push({ kind: "checkpoint", ...one });
        next += 1;
      }
    }
    await write(lines.map(packLine).join(""));
  }
  // What is left was signed for rows that are not there, or is the newest, which tells that nothing is cut off.
  const left = waiting.slice(next).filter((one, index, all) => one.seq <= reach.to || index === all.length - 1);
  const unrecorded =
    reach.shownTo === 0 && scope.kind === "request" ? await requestsForPack(tx, [scope.requestId]) : [];
  const last: PackLine[] = [
    ...[...unrecorded].map(([, request]) => request),
    ...left.map((one): PackLine => ({ kind: "checkpoint", ...one })),
  ];
  await write(last.map(packLine).join("") + PACK_FOOT);
}

/** What goes on record of an export. */
export function exportedEvent(actor: string, scope: PackScope, decision: Decision): NewAuditEvent {
  const detail =
    scope.kind === "request"
      ? { request: scope.requestId }
      : { from: scope.from.toISOString(), to: scope.to.toISOString() };
  return {
    actor,
    action: "record.exported",
    target: "record",
    outcome: "done",
    decision: sayDecision(decision),
    detail,
  };
}

/** Throws GatehouseError not_found where the scope is a request that is not there. */
export async function refuseUnknownRequest(tx: Tx, scope: PackScope): Promise<void> {
  if (scope.kind === "request" && (await requestsForPack(tx, [scope.requestId])).size === 0) {
    throw new GatehouseError("not_found", "There is no such request.");
  }
}

function headingOf(
  { settings, by, at }: ExportParts,
  scope: PackScope,
  end: AuditLink | undefined,
  { planted, broken }: Kept,
): PackHeading {
  return {
    kind: "pack",
    version: 1,
    exportedAt: at.toISOString(),
    exportedBy: by,
    scope:
      scope.kind === "request"
        ? { request: scope.requestId }
        : { from: scope.from.toISOString(), to: scope.to.toISOString() },
    publicKey: settings?.key.publicKey ?? null,
    ...(settings !== undefined && settings.earlierKeys.length > 0
      ? { earlierKeys: settings.earlierKeys.map(({ pem }) => pem) }
      : {}),
    recordEnd: end === undefined ? null : { seq: end.seq, hash: end.hash },
    ...(broken && { tampering: broken }),
    ...(planted.length > 0 && { planted: planted.slice(0, MOST_PLANTED) }),
  };
}

/** From the row before the first to the next checkpoint after the last, or to the record's end. */
async function reachOf(
  tx: Tx,
  scope: PackScope,
  end: number,
  checkpoints: readonly SignedCheckpoint[],
): Promise<Reach> {
  const shown = await shownOf(tx, scope);
  if (shown.to === 0) {
    return { from: 1, shownTo: 0, to: 0, ofGlass: new Set() };
  }
  const cover = checkpoints.find(({ seq }) => seq >= shown.to);
  return { from: shown.from, shownTo: shown.to, to: cover?.seq ?? end, ofGlass: new Set(shown.ofGlass) };
}

/** A period is told with the row before it and the row after it, whose times show that none of it is left out. */
async function shownOf(tx: Tx, scope: PackScope): Promise<{ from: number; to: number; ofGlass: readonly number[] }> {
  const bounds = await boundsOf(tx, scope);
  if (scope.kind === "request") {
    if (bounds === undefined) {
      return { from: 0, to: 0, ofGlass: [] };
    }
    const ofGlass = await glassRowsOf(tx, scope.requestId);
    const first = Math.min(bounds.first, ...ofGlass);
    return { from: (await lastBelow(tx, first)) || first, to: Math.max(bounds.last, ...ofGlass), ofGlass };
  }
  const before = bounds === undefined ? await lastBefore(tx, scope.from) : await lastBelow(tx, bounds.first);
  const last = bounds?.last ?? before;
  return { from: before || (bounds?.first ?? 1), to: (await firstAbove(tx, last)) ?? last, ofGlass: [] };
}

/** The requests whose last row in the pack is one of these, by that row's number. */
async function requestsAfter(
  tx: Tx,
  rows: readonly FoundRow[],
  scope: PackScope,
  shownTo: number,
): Promise<Map<number, PackRequest[]>> {
  const shown = rows.filter(
    (row) => row.seq <= shownTo && (scope.kind === "period" || row.requestId === scope.requestId),
  );
  const ids = [...new Set(shown.flatMap(({ requestId }) => (requestId === null ? [] : [requestId])))];
  if (ids.length === 0) {
    return new Map();
  }
  const numbers = new Set(shown.map(({ seq }) => seq));
  const ending = [...(await lastRowsOf(tx, ids, shownTo))].filter(([, seq]) => numbers.has(seq));
  const requests = await requestsForPack(
    tx,
    ending.map(([id]) => id),
  );
  const bySeq = Map.groupBy(ending, ([, seq]) => seq);
  return new Map(
    [...bySeq].map(([seq, ids]) => [
      seq,
      ids.flatMap(([id]) => {
        const request = requests.get(id);
        return request === undefined ? [] : [request];
      }),
    ]),
  );
}

/** A row in full, or only its place where the pack is about something else. One that was changed is told in full, to be named. */
function rowLine(row: FoundRow, scope: PackScope, reach: Reach): FoundLine {
  const isConcern = scope.kind === "period" || row.requestId === scope.requestId || reach.ofGlass.has(row.seq);
  const isShown = row.seq <= reach.shownTo && isConcern;
  const { seq, requestId, contentHash, previousHash, hash } = row;
  return isShown || contentHashOf(row) !== contentHash
    ? { kind: "event", ...row }
    : { kind: "link", seq, requestId, contentHash, previousHash, hash };
}
