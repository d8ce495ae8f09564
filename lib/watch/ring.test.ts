import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { PodRow } from "#lib/pods/model.ts";
import type { SourceState } from "./freshness.ts";
import { type HeldRows, holdRows } from "./held-rows.ts";
import { type Change, ROW_KINDS } from "./model.ts";
import { createRing, type Ring } from "./ring.ts";
import { parseDelta, parseTables, type WireChange } from "./wire.ts";

const isThere = (id: string, state: SourceState = "ok"): Change => ({
  kind: "source",
  id,
  row: { id, state, since: "", message: null },
});
const isGone = (id: string): Change => ({ kind: "source", id, row: null });

const textOf = (event: Uint8Array | undefined) => new TextDecoder().decode(event);
const idOf = (event: Uint8Array | undefined) => /^id: (.+)$/m.exec(textOf(event))?.[1] ?? "";
const dataOf = (event: Uint8Array | undefined) => /^data: (.+)$/m.exec(textOf(event))?.[1] ?? "";
const changesOf = (event: Uint8Array | undefined) => parseDelta(dataOf(event)) ?? [];
const newIds = (event: Uint8Array | undefined) => changesOf(event).flatMap((change) => change[2] ?? []);

/** What a browser holds that hears these events. Throws where it could not take one. */
function replay(events: readonly Uint8Array[], held: HeldRows = holdRows()): HeldRows {
  for (const event of events) {
    if (textOf(event).includes("\nevent: snapshot\n")) {
      held.replace(parseTables(dataOf(event)) ?? []);
    } else if (held.take(changesOf(event)) === undefined) {
      throw new Error(`missed something before ${textOf(event)}`);
    }
  }
  return held;
}

const shown = (held: HeldRows) => Object.fromEntries(ROW_KINDS.map((kind) => [kind, sorted(held.rows(kind))]));
const truth = (ring: Ring) => Object.fromEntries(ROW_KINDS.map((kind) => [kind, sorted(ring.rows()[kind])]));
const sorted = (rows: ReadonlyMap<string, object>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));

describe("the ring", () => {
  it("numbers its frames and tells every listener the same event", () => {
    const ring = createRing(10);
    const heard: Uint8Array[][] = [[], []];
    for (const list of heard) {
      ring.subscribe((event) => list.push(event));
    }
    ring.publish([isThere("a")]);
    ring.publish([isThere("b"), isGone("a")]);
    expect(heard[0]).toEqual(heard[1]);
    expect(heard[0]?.map((event) => idOf(event).split(":")[1])).toEqual(["1", "2"]);
    expect(heard[0]?.[0]).toBe(heard[1]?.[0]);
    expect(textOf(heard[0]?.[0])).toMatch(/^id: [\w-]{8}:1\ndata: \[\[1,"source","a",\{.*\}\]\]\n\n$/);
    expect(shown(replay(heard[0] ?? []))).toEqual(truth(ring));
  });

  it("publishes nothing for rows that are as they were, and nothing for the removal of what is not there", () => {
    const ring = createRing(10);
    const heard: Uint8Array[] = [];
    ring.subscribe((event) => heard.push(event));
    ring.publish([isThere("a")]);
    ring.publish([isThere("a"), isGone("b")]);
    ring.publish([]);
    expect(heard).toHaveLength(1);
    ring.publish([isThere("a"), isThere("c")]);
    expect(newIds(heard[1])).toEqual(["c"]);
  });

  it("says what was removed and came back the same as new, under another handle", () => {
    const ring = createRing(10);
    const heard: Uint8Array[] = [];
    ring.subscribe((event) => heard.push(event));
    ring.publish([isThere("a")]);
    ring.publish([isGone("a")]);
    ring.publish([isThere("a")]);
    expect(ring.list("source")).toHaveLength(1);
    expect(heard.map((event) => changesOf(event)[0]?.[0])).toEqual([1, 1, 2]);
  });

  it("says of a row that changes its handle and the changed field alone, and whole what has lost a field", () => {
    const ring = createRing(10);
    const heard: WireChange[] = [];
    const kinds = [{ kind: "Pod", state: "denied", since: "", objects: [], count: 0 }] as const;
    ring.publish([isThere("a")]);
    ring.subscribe((event) => heard.push(...changesOf(event)));
    ring.publish([isThere("a", "stale")]);
    ring.publish([{ kind: "source", id: "a", row: { id: "a", state: "stale", since: "", message: null, kinds } }]);
    ring.publish([isThere("a", "stale")]);
    expect(heard).toEqual([
      [1, { state: "stale" }],
      [1, { kinds }],
      [1, "source", "a", { id: "a", state: "stale", since: "", message: null }],
    ]);
  });

  it("needs at most 120 bytes to tell of one changed field of a pod, the id's line included", () => {
    const ring = createRing(10);
    const sizes: number[] = [];
    const pod: PodRow = {
      environment: "gx-protocol/mainnet",
      cluster: "gx-protocol",
      namespace: "mainnet",
      name: "svc-wallet-7c9d8f6b54-x2v9k",
      service: "svc-wallet",
      node: "node-0417",
      state: "Running",
      isReady: true,
      reason: null,
      restarts: 0,
      createdAt: 1_795_262_400_000,
    };
    const of = (at: number, row: PodRow): Change => ({ kind: "pod", id: `gx-protocol/${at}`, row });
    // Handles and numbers as long as those of a process that has run for long.
    ring.publish(Array.from({ length: 10_000 }, (_, at) => of(at, pod)));
    for (let restarts = 1; restarts < 10_000; restarts += 1) {
      ring.publish([of(9999, { ...pod, restarts })]);
    }
    ring.subscribe(({ byteLength }) => sizes.push(byteLength));
    ring.publish([of(9999, { ...pod, restarts: 10_001 })]);
    ring.publish([of(9999, { ...pod, restarts: 10_001, state: "CrashLoopBackOff" })]);
    ring.publish([of(9999, { ...pod, restarts: 10_001, state: "CrashLoopBackOff", isReady: false })]);
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(120);
  });

  it("tells a listener that left nothing more", () => {
    const ring = createRing(10);
    const heard: Uint8Array[] = [];
    const leave = ring.subscribe((event) => heard.push(event));
    ring.publish([isThere("a")]);
    leave();
    ring.publish([isThere("b")]);
    expect(heard).toHaveLength(1);
  });
});

describe("whoever comes back with its last id", () => {
  const ring = createRing(3);
  const events: Uint8Array[] = [];
  ring.subscribe((event) => events.push(event));
  for (const id of ["a", "b", "c", "d", "e"]) {
    ring.publish([isThere(id)]);
  }
  const since = (index: number) => ring.since(idOf(events[index]));

  it("gets exactly what it missed", () => {
    expect(since(3)).toEqual([events[4]]);
    expect(since(1)).toEqual(events.slice(2));
    expect(shown(replay(since(2) ?? [], replay(events.slice(0, 3))))).toEqual(truth(ring));
  });

  it("gets nothing when it missed nothing", () => {
    expect(since(4)).toEqual([]);
  });

  it("gets a snapshot instead of changes that are as long as one, and goes on from after them", () => {
    const full = createRing(100);
    const begun = idOf(full.snapshot());
    const listing = Array.from({ length: 10_000 }, (_, index) => isThere(`cluster-${index}`));
    full.publish(listing);
    expect(full.since(begun)).toBeUndefined();
    const snapshot = full.snapshot();
    const listed = idOf(snapshot);
    expect(full.since(listed)).toEqual([]);
    full.publish([isGone("cluster-7")]);
    expect(full.since(begun)).toBeUndefined();
    expect(shown(replay(full.since(listed) ?? [], replay([snapshot])))).toEqual(truth(full));
  });

  it("gets no part of it when some has left the ring", () => {
    expect(since(0)).toBeUndefined();
  });

  it.each([
    ["of another process", "01234567:5"],
    ["from the future", `${idOf(events[0]).split(":")[0]}:6`],
    ["that is none", "hello"],
    ["that is empty", ""],
    ["with a negative number", `${idOf(events[0]).split(":")[0]}:-1`],
  ])("is told nothing for an id %s", (_what, id) => {
    expect(ring.since(id)).toBeUndefined();
  });

  it("resumes a snapshot where the snapshot ended", () => {
    const snapshot = ring.snapshot();
    expect(shown(replay([snapshot]))).toEqual(truth(ring));
    expect(ring.since(idOf(snapshot))).toEqual([]);
  });

  it("resumes a page where the page was rendered", () => {
    const { id, tables } = ring.held();
    const held = holdRows();
    held.replace(parseTables(tables) ?? []);
    expect(shown(held)).toEqual(truth(ring));
    expect(ring.since(id)).toEqual([]);
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
  const inSandbox = (environment: string | undefined) => environment === undefined || environment === "gravv/sandbox";

  it("gets their own rows alone, under the same numbers, and hears of no other row, not even that it is gone", () => {
    const ring = createRing(10);
    const heard: Uint8Array[] = [];
    const feed = ring.only(inSandbox, "sand");
    feed.subscribe((event) => heard.push(event));
    ring.publish([glass("bg_1", "gravv/sandbox"), glass("bg_2", "gravv/live"), isThere("a")]);
    ring.publish([gone("bg_2")]);
    ring.publish([gone("bg_1")]);
    expect(heard.map((event) => idOf(event).split(":")[1])).toEqual(["1", "3"]);
    expect(newIds(heard[0])).toEqual(["bg_1", "a"]);
    expect(changesOf(heard[1])).toEqual([[1]]);
    expect(heard.map(textOf).join("")).not.toContain("bg_2");
    expect(textOf(feed.snapshot())).not.toContain("gravv/live");
    expect(JSON.stringify(feed.held())).not.toContain("gravv/live");
  });

  it("is told that a row is gone when it moves out of their sight, and of a new one when it moves in", () => {
    const ring = createRing(10);
    const heard: WireChange[] = [];
    ring.publish([glass("bg_1", "gravv/sandbox")]);
    ring.only(inSandbox, "sand").subscribe((event) => heard.push(...changesOf(event)));
    ring.publish([glass("bg_1", "gravv/live")]);
    ring.publish([glass("bg_1", "gravv/sandbox")]);
    expect(heard.map(([handle, kind]) => [handle, kind])).toEqual([
      [1, undefined],
      [3, "breakGlass"],
    ]);
  });

  it("resumes nothing with an id from before they saw something else", () => {
    const ring = createRing(10);
    const before = idOf(ring.only(inSandbox, "sand").snapshot());
    expect(ring.only(inSandbox, "sand").since(before)).toEqual([]);
    expect(ring.only(inSandbox, "live").since(before)).toBeUndefined();
    expect(ring.since(before)).toBeUndefined();
  });

  it("resumes where they were, with the rows they may see", () => {
    const ring = createRing(10);
    const feed = ring.only(inSandbox, "sand");
    const first = idOf(feed.snapshot());
    ring.publish([glass("bg_1", "gravv/sandbox")]);
    ring.publish([glass("bg_2", "gravv/live")]);
    expect(shown(replay(feed.since(first) ?? []))).toEqual(shown(replay([feed.snapshot()])));
    expect(feed.since("other:1")).toBeUndefined();
  });
});

/** Numbers that look random and are the same in each run (mulberry32). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function randomChange(below: (below: number) => number): Change {
  const id = `row-${below(6)}`;
  if (below(4) === 0) {
    return below(2) === 0 ? { kind: "source", id, row: null } : { kind: "shape", id, row: null };
  }
  if (below(2) === 0) {
    const gap = { kind: "Pod", state: "unreadable", since: "", objects: [id], count: below(3) } as const;
    const kinds = Array.from({ length: below(3) }, () => gap);
    const row = { id, state: "ok", since: `${below(2)}`, message: below(2) === 0 ? null : "m" } as const;
    return { kind: "source", id, row: { ...row, ...(kinds.length > 0 && { kinds }) } };
  }
  return { kind: "shape", id, row: { environment: below(2) === 0 ? "a" : "b", movedAt: below(3) } };
}

it("whoever hears all, hears a part, is cut off or comes late holds what is true, in 1,000 random histories", () => {
  for (let seed = 0; seed < 1000; seed += 1) {
    const below = numbersFrom(seed);
    const ring = createRing(3);
    const partial = ring.only((one) => one === undefined || one === "a", "a");
    const readers = [ring, partial].map((feed) => ({ feed, held: holdRows(), lastId: "" }));
    for (let step = 0; step < 8; step += 1) {
      ring.publish(Array.from({ length: 1 + below(3) }, () => randomChange(below)));
      for (const reader of readers.filter(() => below(3) === 0)) {
        const events = reader.feed.since(reader.lastId) ?? [reader.feed.snapshot()];
        replay(events, reader.held);
        reader.lastId = idOf(events.at(-1)) || reader.lastId;
        expect(isDeepStrictEqual(shown(reader.held), shown(replay([reader.feed.snapshot()]))), `seed ${seed}`).toBe(
          true,
        );
      }
    }
  }
});
