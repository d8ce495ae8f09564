import type { RowKind } from "./model.ts";

/**
 * How rows travel to a browser. A row has a number, its handle, from when it comes until it is gone, and no other row of the
 * same epoch ever has it; so a change says the handle and the fields that have changed, and nothing else.
 */
export type Handle = number;

export type Fields = Readonly<Record<string, unknown>>;

/** A row is gone; or some of its fields are other ones; or it is new, or so different that it is said whole. */
export type WireChange =
  | readonly [handle: Handle]
  | readonly [handle: Handle, patch: Fields]
  | readonly [handle: Handle, kind: string, id: string, row: Fields];

/** Rows of one kind that have the same fields, each as its handle, its id and a value for each field. */
export type WireTable = readonly [kind: string, fields: readonly string[], rows: readonly WireRow[]];
type WireRow = readonly [handle: Handle, id: string, ...values: unknown[]];

/**
 * All rows of a moment; `id` is that of the last event before it, after which a stream goes on. Empty where they are not all.
 * `tables` is text, as in an event: React would walk through each value of each row, for every page anew.
 */
export type Snapshot = Readonly<{ id: string; tables: string }>;

/**
 * What makes `after` of `before`: the fields that differ, of an object within an object likewise; empty where nothing does.
 * Undefined where a field is gone, which no patch says. A field that is undefined is none.
 */
export function patchOf(before: Fields, after: Fields): Fields | undefined {
  for (const field in before) {
    if (before[field] !== undefined && after[field] === undefined) {
      return undefined;
    }
  }
  const changed: [string, unknown][] = [];
  for (const field in after) {
    const was = before[field];
    const is = after[field];
    if (!areSame(was, is)) {
      const patch = areFields(was) && areFields(is) ? patchOf(was, is) : is;
      if (patch === undefined) {
        return undefined;
      }
      changed.push([field, patch]);
    }
  }
  // No assignment, for a field may have any name, also __proto__.
  return Object.fromEntries(changed);
}

/** The row after a patch; the one before stays as it was. */
export function applyPatch(row: Fields, patch: Fields): Fields {
  const changed = Object.entries(patch).map(([field, value]) => {
    const was = row[field];
    return [field, areFields(was) && areFields(value) ? applyPatch(was, value) : value] as const;
  });
  return { ...row, ...Object.fromEntries(changed) };
}

function areSame(some: unknown, other: unknown): boolean {
  if (Object.is(some, other)) {
    return true;
  }
  if (Array.isArray(some) && Array.isArray(other)) {
    return some.length === other.length && some.every((value, at) => areSame(value, other[at]));
  }
  if (areFields(some) && areFields(other)) {
    const patch = patchOf(some, other);
    return patch !== undefined && isEmpty(patch);
  }
  return false;
}

function areFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isEmpty(patch: Fields): boolean {
  return Object.keys(patch).length === 0;
}

/** Rows of one kind as tables, one for each set of fields that there is. */
export function tablesOf(
  kind: RowKind,
  rows: Iterable<readonly [handle: Handle, id: string, row: Fields]>,
): WireTable[] {
  const tables: [kind: RowKind, fields: readonly string[], rows: WireRow[]][] = [];
  for (const [handle, id, row] of rows) {
    let table = tables.find(([, fields]) => hasFields(row, fields));
    if (table === undefined) {
      table = [kind, Object.keys(row).filter((field) => row[field] !== undefined), []];
      tables.push(table);
    }
    const line: [handle: Handle, id: string, ...values: unknown[]] = [handle, id];
    for (const field of table[1]) {
      line.push(row[field]);
    }
    table[2].push(line);
  }
  return tables;
}

function hasFields(row: Fields, fields: readonly string[]): boolean {
  let count = 0;
  for (const field in row) {
    if (row[field] !== undefined) {
      if (fields[count] !== field) {
        return false;
      }
      count += 1;
    }
  }
  return count === fields.length;
}

/** Reads a table's rows back. There are many, and their fields have the names that our own types give them, so they are assigned. */
export function* rowsOf([, fields, rows]: WireTable): Iterable<readonly [handle: Handle, id: string, row: Fields]> {
  for (const line of rows) {
    const row: Record<string, unknown> = {};
    for (let at = 0; at < fields.length; at += 1) {
      row[fields[at] ?? ""] = line[at + 2];
    }
    yield [line[0], line[1], row];
  }
}

/**
 * Reads a delta off the stream; undefined for anything that is none. It comes from our own server over the same origin, typed
 * there: its shape is checked, for a row in the wrong place would be shown as a truth, and the values in a row are taken.
 */
export function parseDelta(text: string): readonly WireChange[] | undefined {
  return parseListOf(text, isChange);
}

/** Reads a snapshot's tables off the stream, as parseDelta reads a delta. */
export function parseTables(text: string): readonly WireTable[] | undefined {
  return parseListOf(text, isTable);
}

function parseListOf<Item>(text: string, isItem: (value: unknown) => value is Item): readonly Item[] | undefined {
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(items) && items.every(isItem) ? items : undefined;
}

function isChange(value: unknown): value is WireChange {
  if (!Array.isArray(value) || typeof value[0] !== "number") {
    return false;
  }
  const [, second, id, row] = value;
  switch (value.length) {
    case 1:
      return true;
    case 2:
      return areFields(second);
    case 4:
      return typeof second === "string" && typeof id === "string" && areFields(row);
    default:
      return false;
  }
}

function isTable(value: unknown): value is WireTable {
  if (!Array.isArray(value) || value.length !== 3) {
    return false;
  }
  const [kind, fields, rows] = value;
  return (
    typeof kind === "string" &&
    Array.isArray(fields) &&
    Array.isArray(rows) &&
    rows.every((row) => isRow(row, fields.length))
  );
}

function isRow(value: unknown, fields: number): boolean {
  return (
    Array.isArray(value) && value.length === fields + 2 && typeof value[0] === "number" && typeof value[1] === "string"
  );
}
