import { describe, expect, it } from "vitest";
import type { SourceState } from "./freshness.ts";
import { applyFrame, type Change, type LiveRows, NO_ROWS, parseFrame, ROW_KINDS } from "./model.ts";
import { createRing } from "./ring.ts";

const isThere = (id: string, state: SourceState = "ok"): Change => ({
  kind: "source",
  id,
  row: { id, state, since: "", message: null },
});
const isGone = (id: string): Change => ({ kind: "source", id, row: null });

const idOf = (event: string) => /^id: (.+)$/m.exec(event)?.[1] ?? "";
const frameOf = (event: string) => parseFrame(/^data: (.+)$/m.exec(event)?.[1] ?? "");

function replay(events: readonly string[], from: LiveRows = NO_ROWS): LiveRows {
  return events.reduce((rows, event) => {
    const frame = frameOf(event);
    return frame === undefined ? rows : applyFrame(rows, frame);
  }, from);
}

describe("the ring", () => {
  it("numbers its frames and tells every listener the same event", () => {
    const ring = createRing(10);
    const heard: string[][] = [[], []];
    for (const list of heard) {
      ring.subscribe((event) => list.push(event));
    }
    ring.publish([isThere("a")]);
    ring.publish([isThere("b"), isGone("a")]);
    expect(heard[0]).toEqual(heard[1]);
    expect(heard[0]?.map((event) => idOf(event).split(":")[1])).toEqual(["1", "2"]);
    expect(heard[0]?.[0]).toMatch(/^id: [0-9a-f]{12}:1\nevent: delta\ndata: \{.*\}\n\n$/);
    expect(replay(heard[0] ?? [])).toEqual(ring.rows());
  });

  it("publishes nothing for rows that are as they were, and nothing for the removal of what is not there", () => {
    const ring = createRing(10);
    const heard: string[] = [];
    ring.subscribe((event) => heard.push(event));
    ring.publish([isThere("a")]);
    ring.publish([isThere("a"), isGone("b")]);
    ring.publish([]);
    expect(heard).toHaveLength(1);
    ring.publish([isThere("a"), isThere("c")]);
    expect(frameOf(heard[1] ?? "")?.changes.map((change) => change.id)).toEqual(["c"]);
  });

  it("says anew what was removed and came back the same", () => {
    const ring = createRing(10);
    ring.publish([isThere("a")]);
    ring.publish([isGone("a")]);
    ring.publish([isThere("a")]);
    expect(ring.list("source")).toHaveLength(1);
  });

  it("tells a listener that left nothing more", () => {
    const ring = createRing(10);
    const heard: string[] = [];
    const leave = ring.subscribe((event) => heard.push(event));
    ring.publish([isThere("a")]);
    leave();
    ring.publish([isThere("b")]);
    expect(heard).toHaveLength(1);
  });
});

describe("whoever comes back with its last id", () => {
  const ring = createRing(3);
  const events: string[] = [];
  ring.subscribe((event) => events.push(event));
  for (const id of ["a", "b", "c", "d", "e"]) {
    ring.publish([isThere(id)]);
  }
  const since = (index: number) => ring.since(idOf(events[index] ?? ""));

  it("gets exactly what it missed", () => {
    expect(since(3)).toEqual([events[4]]);
    expect(since(1)).toEqual(events.slice(2));
    expect(replay(since(2) ?? [], replay(events.slice(0, 3)))).toEqual(ring.rows());
  });

  it("gets nothing when it missed nothing", () => {
    expect(since(4)).toEqual([]);
  });

  it("gets no part of it when some has left the ring", () => {
    expect(since(0)).toBeUndefined();
  });

  it.each([
    ["of another process", "0123456789ab:5"],
    ["from the future", `${idOf(events[0] ?? "").split(":")[0]}:6`],
    ["that is none", "hello"],
    ["that is empty", ""],
    ["with a negative number", `${idOf(events[0] ?? "").split(":")[0]}:-1`],
  ])("is told nothing for an id %s", (_what, id) => {
    expect(ring.since(id)).toBeUndefined();
  });

  it("resumes a snapshot where the snapshot ended", () => {
    const snapshot = ring.snapshot();
    expect(replay([snapshot])).toEqual(ring.rows());
    expect(ring.since(idOf(snapshot))).toEqual([]);
  });
});

it("a ring to which nothing has happened resumes its own empty snapshot, and not another ring's", () => {
  const ring = createRing(3);
  expect(ring.since(idOf(ring.snapshot()))).toEqual([]);
  expect(ring.since(idOf(createRing(3).snapshot()))).toBeUndefined();
});

describe("somebody who may not see all", () => {
  const glass = (id: string, environment: string): Change => ({
    kind: "breakGlass",
    id,
    row: {
      id,
      environment,
      account: "ada",
      reason: "",
      told: [],
      openedAt: "",
      endsAt: "",
      closedAt: null,
      closedBy: null,
      reviewedAt: null,
      reviewedBy: null,
      review: null,
    },
  });
  const gone = (id: string): Change => ({ kind: "breakGlass", id, row: null });
  const inSandbox = ({ kind, row }: Change) =>
    kind !== "breakGlass" || row === null || row.environment === "gravv/sandbox";

  it("gets their own rows alone, under the same numbers, and hears of no other row, not even that it is gone", () => {
    const ring = createRing(10);
    const heard: string[] = [];
    const feed = ring.only(inSandbox);
    feed.subscribe((event) => heard.push(event));
    ring.publish([glass("bg_1", "gravv/sandbox"), glass("bg_2", "gravv/live"), isThere("a")]);
    ring.publish([gone("bg_2")]);
    ring.publish([gone("bg_1")]);
    expect(heard.map((event) => idOf(event).split(":")[1])).toEqual(["1", "2", "3"]);
    expect(heard.map((event) => frameOf(event)?.changes.map(({ id }) => id))).toEqual([["bg_1", "a"], [], ["bg_1"]]);
    expect(heard.join("")).not.toContain("bg_2");
    expect(feed.snapshot()).not.toContain("gravv/live");
  });

  it("resumes where they were, with the rows they may see", () => {
    const ring = createRing(10);
    const feed = ring.only(inSandbox);
    const first = idOf(feed.snapshot());
    ring.publish([glass("bg_1", "gravv/sandbox")]);
    ring.publish([glass("bg_2", "gravv/live")]);
    expect(replay(feed.since(first) ?? [])).toEqual(replay([feed.snapshot()]));
    expect(feed.since("other:1")).toBeUndefined();
  });
});

it("a snapshot holds rows of every kind that the stream carries", () => {
  const ring = createRing(10);
  ring.publish([{ kind: "breakGlass", id: "bg_1", row: null }, isThere("a")]);
  expect(Object.keys(replay([ring.snapshot()])).sort()).toEqual([...ROW_KINDS].sort());
  expect(replay([ring.snapshot()])).toEqual(ring.rows());
});
