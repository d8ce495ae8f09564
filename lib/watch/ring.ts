import "server-only";
import { randomBytes } from "node:crypto";
import {
  applyFrame,
  type Change,
  type Frame,
  type LiveRows,
  NO_ROWS,
  ROW_KINDS,
  type RowKind,
  type RowsByKind,
} from "./model.ts";

/** What a stream of one browser needs of a ring. */
export type Feed = Readonly<{
  /** Everything held, as one server-sent event. */
  snapshot(): string;
  /** The events after a `Last-Event-ID`; undefined when they are no longer all held, or are of another process. */
  since(lastEventId: string): readonly string[] | undefined;
  /** Hears every event from now on, encoded once for all listeners. */
  subscribe(listener: (event: string) => void): () => void;
}>;

export type Ring = Feed &
  Readonly<{
    /** What is held now. */
    rows(): LiveRows;
    list<Kind extends RowKind>(kind: Kind): RowsByKind[Kind][];
    /** Adds one numbered change frame; rows that equal what is held are left out, and an empty frame is none. */
    publish(changes: readonly Change[]): void;
    /** The same numbers with only the rows that `sees` lets through, for whoever may not see all. */
    only(sees: (change: Change) => boolean): Feed;
  }>;

/** The rows of all sources with a ring of the last `capacity` numbered changes. */
export function createRing(capacity: number): Ring {
  const epoch = randomBytes(6).toString("hex");
  const events: RingEvent[] = [];
  const encodedRows = new Map<string, string>();
  const listeners = new Set<(event: RingEvent) => void>();
  let rows: LiveRows = NO_ROWS;
  let seq = 0;

  const encode = (frame: Frame, at = seq) =>
    `id: ${epoch}:${at}\nevent: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;

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

  function eventsAfter(lastEventId: string): readonly RingEvent[] | undefined {
    const match = /^([0-9a-f]+):(\d+)$/.exec(lastEventId);
    const after = Number(match?.[2]);
    const oldest = events[0]?.seq ?? seq + 1;
    if (match?.[1] !== epoch || after > seq || after < oldest - 1) {
      return undefined;
    }
    return events.filter((one) => one.seq > after);
  }

  function listen(listener: (event: RingEvent) => void): () => void {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
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
      const seenAs = news.map((change) => (change.row === null ? (heldAs(rows, change) ?? change) : change));
      rows = applyFrame(rows, frame);
      seq += 1;
      const event = { seq, text: encode(frame), changes: news, seenAs };
      events.push(event);
      if (events.length > capacity) {
        events.shift();
      }
      for (const listener of listeners) {
        listener(event);
      }
    },
    snapshot: () => encode({ type: "snapshot", changes: snapshotOf(rows) }),
    since: (lastEventId) => eventsAfter(lastEventId)?.map(({ text }) => text),
    subscribe: (listener) => listen(({ text }) => listener(text)),
    only(sees) {
      const encodeSeen = ({ seq: at, changes, seenAs }: RingEvent) => {
        const isSeen = (_change: Change, index: number) => seenAs[index] !== undefined && sees(seenAs[index]);
        return encode({ type: "delta", changes: changes.filter(isSeen) }, at);
      };
      return {
        snapshot: () => encode({ type: "snapshot", changes: snapshotOf(rows).filter(sees) }),
        since: (lastEventId) => eventsAfter(lastEventId)?.map(encodeSeen),
        subscribe: (listener) => listen((event) => listener(encodeSeen(event))),
      };
    },
  };
}

type RingEvent = Readonly<{
  seq: number;
  text: string;
  changes: readonly Change[];
  /** For each change the row it is about: of one that is gone, the one that was. */
  seenAs: readonly Change[];
}>;

/** What a change to nothing takes away. */
function heldAs(rows: LiveRows, { kind, id }: Change): Change | undefined {
  return changesOf(kind, rows).find((held) => held.id === id);
}

/** Everything held, as the changes that make it from nothing. */
export function snapshotOf(rows: LiveRows): Change[] {
  return ROW_KINDS.flatMap((kind) => changesOf(kind, rows));
}

/** One entry a kind, so that a new kind cannot be forgotten. */
const CHANGES_OF: { readonly [Kind in RowKind]: (rows: LiveRows) => Change[] } = {
  source: ({ source }) => [...source].map(([id, row]) => ({ kind: "source", id, row })),
  environment: ({ environment }) => [...environment].map(([id, row]) => ({ kind: "environment", id, row })),
  service: ({ service }) => [...service].map(([id, row]) => ({ kind: "service", id, row })),
  quota: ({ quota }) => [...quota].map(([id, row]) => ({ kind: "quota", id, row })),
  request: ({ request }) => [...request].map(([id, row]) => ({ kind: "request", id, row })),
  breakGlass: ({ breakGlass }) => [...breakGlass].map(([id, row]) => ({ kind: "breakGlass", id, row })),
};

function changesOf(kind: RowKind, rows: LiveRows): Change[] {
  return CHANGES_OF[kind](rows);
}
