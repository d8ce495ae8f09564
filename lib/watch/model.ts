import * as z from "zod";
import type { BreakGlassRow } from "#lib/break-glass/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { QuotaRow } from "#lib/quotas/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { ServiceRow } from "#lib/services/model.ts";
import type { SourceRow } from "./freshness.ts";

/** Everything that the stream carries, by kind. */
export type RowsByKind = {
  source: SourceRow;
  environment: EnvironmentRow;
  service: ServiceRow;
  quota: QuotaRow;
  request: RequestRow;
  breakGlass: BreakGlassRow;
};
export const ROW_KINDS = ["source", "environment", "service", "quota", "request", "breakGlass"] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** A row that is there now, or (`row: null`) is gone. */
export type Change = {
  [Kind in RowKind]: Readonly<{ kind: Kind; id: string; row: RowsByKind[Kind] | null }>;
}[RowKind];

/** A snapshot replaces all that was held; a delta changes a part of it. */
export type Frame = Readonly<{ type: "snapshot" | "delta"; changes: readonly Change[] }>;

export type LiveRows = { readonly [Kind in RowKind]: ReadonlyMap<string, RowsByKind[Kind]> };

export const NO_ROWS: LiveRows = {
  source: new Map(),
  environment: new Map(),
  service: new Map(),
  quota: new Map(),
  request: new Map(),
  breakGlass: new Map(),
};

/** The rows after a frame. Kinds that the frame does not touch keep their identity, so that nothing of theirs is redrawn. */
export function applyFrame(rows: LiveRows, frame: Frame): LiveRows {
  const start = frame.type === "snapshot" ? NO_ROWS : rows;
  const next = { ...start };
  const copied = new Set<RowKind>();
  for (const change of frame.changes) {
    if (!copied.has(change.kind)) {
      copied.add(change.kind);
      copyKind(next, change.kind);
    }
    applyChange(next, change);
  }
  return next;
}

type Draft = { -readonly [Kind in RowKind]: LiveRows[Kind] };

function copyKind<Kind extends RowKind>(draft: Draft, kind: Kind): void {
  const copy: ReadonlyMap<string, RowsByKind[Kind]> = new Map(draft[kind]);
  Object.assign(draft, { [kind]: copy });
}

function applyChange(draft: Draft, change: Change): void {
  const held: ReadonlyMap<string, unknown> = draft[change.kind];
  if (!(held instanceof Map)) {
    return;
  }
  if (change.row === null) {
    held.delete(change.id);
  } else {
    held.set(change.id, change.row);
  }
}

/**
 * Frames come from our own server over the same origin, typed there; the browser checks the envelope and trusts the rows,
 * so that a burst of changes does not pay for a second validation of each.
 */
const FrameEnvelope = z.object({
  type: z.enum(["snapshot", "delta"]),
  changes: z.array(z.custom<Change>((value) => isChange(value))),
});

function isChange(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    ROW_KINDS.some((kind) => kind === value.kind) &&
    "id" in value &&
    typeof value.id === "string" &&
    "row" in value
  );
}

/** Reads a frame off the stream; undefined for anything that is not one. */
export function parseFrame(text: string): Frame | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = FrameEnvelope.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}
