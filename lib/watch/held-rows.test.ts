import { describe, expect, it } from "vitest";
import { type HeldRows, holdRows } from "./held-rows.ts";
import { ROW_KINDS } from "./model.ts";
import type { WireTable } from "./wire.ts";

const FIELDS = ["id", "state", "since", "message"];
const TABLES: readonly WireTable[] = [
  [
    "source",
    FIELDS,
    [
      [1, "a", "a", "ok", "", null],
      [2, "b", "b", "ok", "", null],
    ],
  ],
  ["shape", ["environment", "movedAt"], [[3, "gravv/live", "gravv/live", 7]]],
];
const source = (id: string) => ({ id, state: "ok", since: "", message: null });

function start(): HeldRows {
  const held = holdRows();
  held.replace(TABLES);
  return held;
}

describe("a delta", () => {
  it("adds, changes and removes rows, and answers which", () => {
    const held = start();
    const touched = held.take([[4, "source", "c", source("c")], [1], [2, { state: "stale" }]]);
    expect([...held.rows("source").values()].map(({ id, state }) => [id, state])).toEqual([
      ["b", "stale"],
      ["c", "ok"],
    ]);
    expect(touched?.map(({ id }) => id)).toEqual(["c", "a", "b"]);
  });

  it("keeps the map of every kind that it does not touch, and gives another for what it does", () => {
    const held = start();
    const before = ROW_KINDS.map((kind) => held.rows(kind));
    held.take([[2, { state: "stale" }]]);
    expect(ROW_KINDS.filter((kind, at) => held.rows(kind) !== before[at])).toEqual(["source"]);
    expect(held.rows("source")).toBe(held.rows("source"));
  });

  it("leaves a map and the rows that were given out as they were", () => {
    const held = start();
    const before = held.rows("source");
    const row = held.row("source", "b");
    held.take([[1], [2, { state: "stale" }]]);
    expect([...before.keys()]).toEqual(["a", "b"]);
    expect(row?.state).toBe("ok");
  });

  it("keeps every row that it does not touch", () => {
    const held = start();
    const row = held.row("source", "a");
    held.take([[2, { state: "stale" }]]);
    expect(held.row("source", "a")).toBe(row);
  });

  it("takes several changes of one row in their order", () => {
    const held = start();
    held.take([[1], [5, "source", "a", source("a")], [5, { state: "denied" }], [6, "source", "d", source("d")], [6]]);
    expect(held.row("source", "a")?.state).toBe("denied");
    expect(held.row("source", "d")).toBeUndefined();
  });

  it.each<[string, Parameters<HeldRows["take"]>[0]]>([
    ["a patch", [[9, { state: "stale" }]]],
    ["a removal", [[9]]],
    ["a patch of a row that is gone", [[1], [1, { state: "stale" }]]],
  ])("that has %s of a row never told of shows that something was missed", (_what, changes) => {
    expect(start().take(changes)).toBeUndefined();
  });

  it("of a kind that this page does not know is no miss, and shows nothing", () => {
    const held = start();
    expect(held.take([[8, "comet", "x", { a: 1 }], [8, { a: 2 }], [8]])).toEqual([]);
  });
});

it("a snapshot replaces all that was held, also kinds that it does not speak of, and forgets the handles", () => {
  const held = start();
  held.take([[1, { state: "stale" }]]);
  held.replace([["source", FIELDS, [[1, "z", "z", "ok", "", null]]]]);
  expect([...held.rows("source").keys()]).toEqual(["z"]);
  expect(held.rows("shape").size).toBe(0);
  expect(held.take([[2]])).toBeUndefined();
});
