import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { applyPatch, type Fields, parseDelta, parseTables, patchOf, rowsOf, tablesOf } from "./wire.ts";

describe("a patch", () => {
  it.each<[string, Fields, Fields, Fields]>([
    ["nothing that is as it was", { a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 2 }] }, {}],
    ["a field that differs", { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ["a field that is new", { a: 1 }, { a: 1, b: null }, { b: null }],
    ["the field of an object within", { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ["an object where there was none", { a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["no object where there was one", { a: { b: 1 } }, { a: null }, { a: null }],
    ["a list whole", { a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
    ["no field that is undefined", { a: 1, b: undefined }, { a: 1, b: undefined }, {}],
  ])("says %s", (_what, before, after, patch) => {
    expect(patchOf(before, after)).toEqual(patch);
    expect(applyPatch(before, patch)).toEqual(after);
  });

  it.each<[string, Fields, Fields]>([
    ["a field", { a: 1, b: 2 }, { a: 1 }],
    ["a field of an object within", { a: { b: 1, c: 2 } }, { a: { b: 1 } }],
    ["a field that is undefined now", { a: 1 }, { a: undefined }],
  ])("cannot take %s away, so that there is none", (_what, before, after) => {
    expect(patchOf(before, after)).toBeUndefined();
  });

  it("leaves the row before it as it was, and what it does not touch as the same object", () => {
    const before = { a: { b: 1 }, c: { d: 1 } };
    const after = applyPatch(before, { a: { b: 2 } });
    expect(before).toEqual({ a: { b: 1 }, c: { d: 1 } });
    expect(after).toEqual({ a: { b: 2 }, c: { d: 1 } });
    expect(after.c).toBe(before.c);
  });

  it("makes of the row before exactly the row after, for any two of which no field is gone", () => {
    const values = [
      0,
      1,
      null,
      "a",
      [1],
      [{ b: 1 }],
      { b: 1 },
      { b: 2, c: null },
      { b: { c: 1, d: 2 } },
      { b: { c: 2, d: 2 } },
    ];
    const rows = values.flatMap((a) =>
      values.flatMap((b) => [
        { a, b },
        { a, b, c: 1 },
      ]),
    );
    let patched = 0;
    for (const before of rows) {
      for (const after of rows) {
        const patch = patchOf(before, after);
        patched += patch === undefined ? 0 : 1;
        expect(patch === undefined || isDeepStrictEqual(applyPatch(before, patch), after)).toBe(true);
      }
    }
    expect(patched).toBeGreaterThan(1000);
  });

  it("changes no prototype, whatever a field is called", () => {
    const after = JSON.parse('{"a":{"__proto__":{"isAdmin":true},"constructor":1}}');
    const patched = applyPatch({ a: {} }, patchOf({ a: {} }, after) ?? {});
    expect(JSON.stringify(patched)).toBe(JSON.stringify(after));
    expect(Reflect.get({}, "isAdmin")).toBeUndefined();
  });
});

it("rows with other fields stand in other tables, and are read back as they were", () => {
  const rows: [number, string, Fields][] = [
    [1, "a", { id: "a", state: "ok", message: null }],
    [2, "b", { id: "b", state: "ok", message: null, kinds: [] }],
    [3, "c", { id: "c", state: "stale", message: "gone" }],
  ];
  const tables = tablesOf("source", rows);
  expect(tables.map(([, fields]) => fields)).toEqual([
    ["id", "state", "message"],
    ["id", "state", "message", "kinds"],
  ]);
  const read = parseTables(JSON.stringify(tables)) ?? [];
  expect(read.flatMap((table) => [...rowsOf(table)]).sort(([a], [b]) => a - b)).toEqual(rows);
});

describe("what is no message of ours is not read", () => {
  it.each([
    ["half a line", "[[1,"],
    ["no list", "7"],
    ["a change without a handle", '[["a"]]'],
    ["a change of three", '[[1,"pod","a"]]'],
    ["a patch that is a list", "[[1,[]]]"],
    ["a row without an id", '[[1,"pod",null,{}]]'],
    ["a row that is none", '[[1,"pod","a",null]]'],
    ["null for a change", "[null]"],
  ])("as a delta: %s", (_what, text) => {
    expect(parseDelta(text)).toBeUndefined();
  });

  it.each([
    ["half a line", '[["pod",["a"],[[1,'],
    ["an object", "{}"],
    ["a table without rows", '[["pod",["a"]]]'],
    ["a row with a value too few", '[["pod",["a","b"],[[1,"x",2]]]]'],
    ["a row without a handle", '[["pod",[],[["x","x"]]]]'],
    ["a row without an id", '[["pod",[],[[1,2]]]]'],
  ])("as a snapshot: %s", (_what, text) => {
    expect(parseTables(text)).toBeUndefined();
  });
});
