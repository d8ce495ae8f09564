import "server-only";
import { randomBytes } from "node:crypto";
import { applyFrame, type Change, type Frame, type LiveRows, NO_ROWS, type RowKind, type RowsByKind } from "./model.ts";

export type Ring = Readonly<{
  /** What is held now. */
  rows(): LiveRows;
  list<Kind extends RowKind>(kind: Kind): RowsByKind[Kind][];
  /** Adds one numbered change frame; rows that equal what is held are left out, and an empty frame is none. */
  publish(changes: readonly Change[]): void;
  /** Everything held, as one server-sent event. */
  snapshot(): string;
  /** The events after a `Last-Event-ID`; undefined when they are no longer all held, or are of another process. */
  since(lastEventId: string): readonly string[] | undefined;
  /** Hears every event from now on, encoded once for all listeners. */
  subscribe(listener: (event: string) => void): () => void;
}>;

/** The rows of all sources with a ring of the last `capacity` numbered changes. */
export function createRing(capacity: number): Ring {
  const epoch = randomBytes(6).toString("hex");
  const events: { seq: number; event: string }[] = [];
  const encodedRows = new Map<string, string>();
  const listeners = new Set<(event: string) => void>();
  let rows: LiveRows = NO_ROWS;
  let seq = 0;

  const encode = (frame: Frame) => `id: ${epoch}:${seq}\nevent: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;

  function isNews(change: Change): boolean {
    const key = `${change.kind} ${change.id}`;
    if (change.row === null) {
      return encodedRows.delete(key);
    }
    const encoded = JSON.stringify(change.row);
    if (encodedRows.get(key) === encoded) {
      return false;
    }
    encodedRows.set(key, encoded);
    return true;
  }

  return {
    rows: () => rows,
    list: (kind) => [...rows[kind].values()],
    publish(changes) {
      const news = changes.filter(isNews);
      if (news.length === 0) {
        return;
      }
      const frame: Frame = { type: "delta", changes: news };
      rows = applyFrame(rows, frame);
      seq += 1;
      const event = encode(frame);
      events.push({ seq, event });
      if (events.length > capacity) {
        events.shift();
      }
      for (const listener of listeners) {
        listener(event);
      }
    },
    snapshot: () => encode({ type: "snapshot", changes: snapshotOf(rows) }),
    since(lastEventId) {
      const match = /^([0-9a-f]+):(\d+)$/.exec(lastEventId);
      const after = Number(match?.[2]);
      const oldest = events[0]?.seq ?? seq + 1;
      if (match?.[1] !== epoch || after > seq || after < oldest - 1) {
        return undefined;
      }
      return events.filter((one) => one.seq > after).map((one) => one.event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Everything held, as the changes that make it from nothing. */
export function snapshotOf(rows: LiveRows): Change[] {
  return [
    ...changesOf("source", rows.source),
    ...changesOf("environment", rows.environment),
    ...changesOf("service", rows.service),
    ...changesOf("quota", rows.quota),
    ...changesOf("request", rows.request),
  ];
}

function changesOf<Kind extends RowKind>(
  kind: Kind,
  held: ReadonlyMap<string, RowsByKind[Kind]>,
): { kind: Kind; id: string; row: RowsByKind[Kind] }[] {
  return [...held].map(([id, row]) => ({ kind, id, row }));
}
