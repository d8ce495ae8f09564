import "server-only";
import { randomBytes } from "node:crypto";
import { type Change, type LiveRows, noRows, ROW_KINDS, type RowKind, type RowsByKind } from "./model.ts";
import { environmentOf } from "./policy.ts";
import { type Fields, type Handle, isEmpty, patchOf, type Snapshot, tablesOf } from "./wire.ts";

/** Whether somebody may see what is of an environment, or of none. */
type Sees = (environment: string | undefined) => boolean;

/** What a stream of one browser needs of a ring. */
export type Feed = Readonly<{
  /** Everything held now, for a page that is rendered with it. */
  held(): Snapshot;
  /** Everything held now, as one server-sent event. */
  snapshot(): Uint8Array;
  /** The events after a `Last-Event-ID`; undefined when they are no longer all held, or are of another process or scope. */
  since(lastEventId: string): readonly Uint8Array[] | undefined;
  /** Hears every event from now on, encoded once for all listeners. */
  subscribe(listener: (event: Uint8Array) => void): () => void;
}>;

export type Ring = Feed &
  Readonly<{
    /** What is held now and from now on: read it at once, or copy what is to stay as it is. */
    rows(): LiveRows;
    list<Kind extends RowKind>(kind: Kind): RowsByKind[Kind][];
    /** Adds one numbered change frame; rows that equal what is held are left out, and an empty frame is none. */
    publish(changes: readonly Change[]): void;
    /** How many frames it has added so far. */
    published(): number;
    /**
     * The same numbers with only the rows of environments that `sees` lets through, for whoever may not see all. `scope` names
     * what that is: an id that was given in another scope resumes nothing, for what is held there are other rows.
     */
    only(sees: Sees, scope: string): Feed;
  }>;

/** A change as text, and the environment of the row that it is about: of one that is gone, of the one that was. */
type SaidChange = Readonly<{ text: string; environment: string | undefined }>;
type RingEvent = Readonly<{ seq: number; bytes: Uint8Array; changes: readonly SaidChange[] }>;
type Known = Readonly<{ handle: Handle; environment: string | undefined }>;

/** A reader that has missed more gets a snapshot, which is hardly longer; what a first listing says would else stay for hours. */
const MOST_HELD_BYTES = 512 * 1024;

const encoder = new TextEncoder();

/** The rows of all sources with a ring of the last `capacity` numbered changes, fewer where they are long. */
export function createRing(capacity: number): Ring {
  const epoch = randomBytes(6).toString("base64url");
  const rows = noRows();
  const known = new Map<RowKind, Map<string, Known>>(ROW_KINDS.map((kind) => [kind, new Map()]));
  const listeners = new Set<(event: RingEvent) => void>();
  const events: RingEvent[] = [];
  let heldBytes = 0;
  let seq = 0;
  let lastHandle = 0;
  let whole: Uint8Array | undefined;
  let wholeTables: string | undefined;

  const idIn = (scope: string, at = seq) => `${epoch}${scope}:${at}`;

  /** Takes a change over, and says it as it travels; nothing where it is none, twice where it moves a row out of sight. */
  function say(change: Change): SaidChange[] {
    const { kind, id, row } = change;
    const held: Map<string, Fields> = rows[kind];
    const before = held.get(id);
    const place = known.get(kind)?.get(id);
    if (row === null) {
      return place === undefined ? [] : [forget(kind, id, place)];
    }
    const environment = environmentOf(change);
    if (before === undefined || place === undefined) {
      return [introduce(kind, id, row, environment)];
    }
    if (environment !== place.environment) {
      return [forget(kind, id, place), introduce(kind, id, row, environment)];
    }
    const patch = patchOf(before, row);
    if (patch !== undefined && isEmpty(patch)) {
      return [];
    }
    held.set(id, row);
    const text = JSON.stringify(patch === undefined ? [place.handle, kind, id, row] : [place.handle, patch]);
    return [{ text, environment }];
  }

  function introduce(kind: RowKind, id: string, row: Fields, environment: string | undefined): SaidChange {
    lastHandle += 1;
    known.get(kind)?.set(id, { handle: lastHandle, environment });
    const held: Map<string, Fields> = rows[kind];
    held.set(id, row);
    return { text: JSON.stringify([lastHandle, kind, id, row]), environment };
  }

  function forget(kind: RowKind, id: string, { handle, environment }: Known): SaidChange {
    known.get(kind)?.delete(id);
    rows[kind].delete(id);
    return { text: JSON.stringify([handle]), environment };
  }

  function tables(sees: Sees): string {
    return JSON.stringify(ROW_KINDS.flatMap((kind) => tablesOf(kind, seenRows(kind, sees))));
  }

  function* seenRows(kind: RowKind, sees: Sees) {
    const held: ReadonlyMap<string, Fields> = rows[kind];
    for (const [id, { handle, environment }] of known.get(kind) ?? []) {
      const row = held.get(id);
      if (row !== undefined && sees(environment)) {
        yield [handle, id, row] as const;
      }
    }
  }

  function eventsAfter(lastEventId: string, scope: string): readonly RingEvent[] | undefined {
    const [prefix, number = ""] = lastEventId.split(":");
    const after = /^\d+$/.test(number) ? Number(number) : -1;
    const oldest = events[0]?.seq ?? seq + 1;
    if (prefix !== `${epoch}${scope}` || after > seq || after < oldest - 1) {
      return undefined;
    }
    return events.slice(after - oldest + 1);
  }

  function hold(event: RingEvent): void {
    events.push(event);
    heldBytes += event.bytes.byteLength;
    while (events.length > capacity || heldBytes > MOST_HELD_BYTES) {
      heldBytes -= events.shift()?.bytes.byteLength ?? 0;
    }
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
      const said = changes.flatMap(say);
      if (said.length === 0) {
        return;
      }
      seq += 1;
      whole = undefined;
      wholeTables = undefined;
      const event = { seq, bytes: deltaEvent(idIn(""), said), changes: said };
      hold(event);
      for (const listener of listeners) {
        listener(event);
      }
    },
    published: () => seq,
    held() {
      wholeTables ??= tables(() => true);
      return { id: idIn(""), tables: wholeTables };
    },
    snapshot() {
      whole ??= snapshotEvent(
        idIn(""),
        tables(() => true),
      );
      return whole;
    },
    since: (lastEventId) => eventsAfter(lastEventId, "")?.map(({ bytes }) => bytes),
    subscribe: (listener) => listen(({ bytes }) => listener(bytes)),
    only(sees, scope) {
      const seenOf = (event: RingEvent): Uint8Array[] => {
        const seen = event.changes.filter(({ environment }) => sees(environment));
        return seen.length === 0 ? [] : [deltaEvent(idIn(scope, event.seq), seen)];
      };
      return {
        held: () => ({ id: idIn(scope), tables: tables(sees) }),
        snapshot: () => snapshotEvent(idIn(scope), tables(sees)),
        since: (lastEventId) => eventsAfter(lastEventId, scope)?.flatMap(seenOf),
        subscribe: (listener) =>
          listen((event) => {
            for (const bytes of seenOf(event)) {
              listener(bytes);
            }
          }),
      };
    },
  };
}

/** A delta is the stream's plain message, for there is no shorter one. */
function deltaEvent(id: string, changes: readonly SaidChange[]): Uint8Array {
  return encoder.encode(`id: ${id}\ndata: [${changes.map(({ text }) => text).join()}]\n\n`);
}

function snapshotEvent(id: string, tables: string): Uint8Array {
  return encoder.encode(`id: ${id}\nevent: snapshot\ndata: ${tables}\n\n`);
}
