import { type LiveRows, noRows, ROW_KINDS, type RowKind, type RowsByKind } from "./model.ts";
import { applyPatch, type Fields, type Handle, rowsOf, type WireChange, type WireTable } from "./wire.ts";

/** Which row it is. */
export type Place = Readonly<{ kind: RowKind; id: string }>;

/** What a browser holds of what a stream has brought. */
export type HeldRows = Readonly<{
  /** The rows of a kind; the same map until a row of that kind changes. */
  rows<Kind extends RowKind>(kind: Kind): LiveRows[Kind];
  /** A row as it is now; the same object until it changes. */
  row<Kind extends RowKind>(kind: Kind, id: string): RowsByKind[Kind] | undefined;
  /** Lets go of everything and holds these rows alone. */
  replace(tables: readonly WireTable[]): void;
  /**
   * Takes a delta; answers with the rows that it changed. Undefined where it speaks of a row that was never told of: then
   * something was missed, and what is held must not be shown as if it were right.
   */
  take(changes: readonly WireChange[]): readonly Place[] | undefined;
}>;

export function holdRows(): HeldRows {
  let live = noRows();
  /** What has been given out: copies, so that whoever compares sees another map where a row has changed. */
  let given: LiveRows = noRows();
  const outdated = new Set<RowKind>();
  /** Undefined for a row of a kind that this page does not know, for it is older than the console. */
  let places = new Map<Handle, Place | undefined>();

  function write(kind: RowKind): Map<string, Fields> {
    outdated.add(kind);
    return live[kind];
  }

  function put(handle: Handle, kind: string, id: string, row: Fields): Place | undefined {
    const known = ROW_KINDS.find((one) => one === kind);
    const place = known && { kind: known, id };
    places.set(handle, place);
    if (place !== undefined) {
      write(place.kind).set(id, row);
    }
    return place;
  }

  function takeOne(change: WireChange): Place | undefined {
    if (change.length === 4) {
      return put(...change);
    }
    const [handle, patch] = change;
    const place = places.get(handle);
    const row: Fields | undefined = place && live[place.kind].get(place.id);
    if (patch === undefined) {
      places.delete(handle);
    }
    if (place === undefined || row === undefined) {
      return undefined;
    }
    if (patch === undefined) {
      write(place.kind).delete(place.id);
    } else {
      write(place.kind).set(place.id, applyPatch(row, patch));
    }
    return place;
  }

  return {
    rows(kind) {
      if (outdated.delete(kind)) {
        given = { ...given, [kind]: new Map(live[kind]) };
      }
      return given[kind];
    },
    row: (kind, id) => live[kind].get(id),
    replace(tables) {
      live = noRows();
      places = new Map();
      for (const kind of ROW_KINDS) {
        outdated.add(kind);
      }
      for (const table of tables) {
        for (const [handle, id, row] of rowsOf(table)) {
          put(handle, table[0], id, row);
        }
      }
    },
    take(changes) {
      const touched: Place[] = [];
      for (const change of changes) {
        if (change.length < 4 && !places.has(change[0])) {
          return undefined;
        }
        const place = takeOne(change);
        if (place !== undefined) {
          touched.push(place);
        }
      }
      return touched;
    },
  };
}
