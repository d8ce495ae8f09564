import { describe, expect, it } from "vitest";
import type { QuotaRow } from "#lib/quotas/model.ts";
import type { SourceRow } from "./freshness.ts";
import { applyFrame, type Change, NO_ROWS, parseFrame, ROW_KINDS } from "./model.ts";

const source = (id: string, state: SourceRow["state"] = "ok"): SourceRow => ({ id, state, since: "", message: null });
const quota: QuotaRow = {
  id: "q",
  environment: "gravv/live",
  cluster: "gravv",
  namespace: "live",
  quota: "live",
  resource: "pods",
  hard: "3",
  requested: null,
};
const isThere = (id: string, state?: SourceRow["state"]): Change => ({ kind: "source", id, row: source(id, state) });
const isGone = (id: string): Change => ({ kind: "source", id, row: null });

const start = applyFrame(NO_ROWS, {
  type: "snapshot",
  changes: [isThere("a"), isThere("b"), { kind: "quota", id: "q", row: quota }],
});

describe("a delta", () => {
  const next = applyFrame(start, { type: "delta", changes: [isThere("c"), isGone("a"), isThere("b", "stale")] });

  it("adds, changes and removes rows", () => {
    expect([...next.source.values()].map(({ id, state }) => [id, state])).toEqual([
      ["b", "stale"],
      ["c", "ok"],
    ]);
  });

  it("leaves the rows before it as they were", () => {
    expect([...start.source.keys()]).toEqual(["a", "b"]);
    expect(start.source.get("b")?.state).toBe("ok");
  });

  it("keeps the identity of every kind that it does not touch, and gives a new one to what it does", () => {
    const untouched = ROW_KINDS.filter((kind) => next[kind] === start[kind]);
    expect(untouched).toEqual(ROW_KINDS.filter((kind) => kind !== "source"));
  });

  it("keeps the identity of every row that it does not touch", () => {
    const after = applyFrame(start, { type: "delta", changes: [isThere("c")] });
    expect(after.source.get("a")).toBe(start.source.get("a"));
  });

  it("takes several changes of one row in their order", () => {
    const changes = [isGone("a"), isThere("a", "denied"), isThere("d"), isGone("d")];
    const after = applyFrame(start, { type: "delta", changes });
    expect(after.source.get("a")?.state).toBe("denied");
    expect(after.source.has("d")).toBe(false);
  });

  it("that removes what is not there changes nothing", () => {
    expect([...applyFrame(start, { type: "delta", changes: [isGone("x")] }).source.keys()]).toEqual(["a", "b"]);
  });
});

it("a snapshot replaces all that was held, also kinds that it does not speak of", () => {
  const next = applyFrame(start, { type: "snapshot", changes: [isThere("z")] });
  expect([...next.source.keys()]).toEqual(["z"]);
  expect(next.quota.size).toBe(0);
});

describe("a frame off the stream", () => {
  it("is read as it was written", () => {
    const frame = { type: "delta", changes: [isThere("a"), isGone("b")] };
    expect(parseFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it.each([
    ["half a line", '{"type":"delta","chan'],
    ["no object", "7"],
    ["of another type", '{"type":"hello","changes":[]}'],
    ["without changes", '{"type":"delta"}'],
    ["of an unknown kind", '{"type":"delta","changes":[{"kind":"pet","id":"a","row":null}]}'],
    ["without an id", '{"type":"delta","changes":[{"kind":"quota","row":null}]}'],
    ["without a row", '{"type":"delta","changes":[{"kind":"quota","id":"a"}]}'],
    ["with null for a change", '{"type":"delta","changes":[null]}'],
  ])("that is %s is none", (_what, text) => {
    expect(parseFrame(text)).toBeUndefined();
  });
});
