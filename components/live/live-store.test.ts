import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Snapshot } from "#lib/watch/wire.ts";
import { createLiveStore } from "./live-store.ts";

const INITIAL: Snapshot = {
  id: "epoch:7",
  tables: JSON.stringify([["source", ["id", "state", "since", "message"], [[1, "a", "a", "ok", "", null]]]]),
};

/** What a browser's EventSource is to us: where it was opened, and what it hears. */
class Line extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Line[] = [];
  readonly url: string;
  readyState = 1;

  constructor(url: string) {
    super();
    this.url = url;
    Line.opened.push(this);
  }

  close(): void {
    this.readyState = Line.CLOSED;
  }

  hear(type: string, data: string, lastEventId = ""): void {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId }));
  }
}

const line = () => Line.opened.at(-1);
let disconnect: () => void;

function open(initial: Snapshot = INITIAL) {
  const store = createLiveStore("/live", initial);
  disconnect = store.connect(() => undefined);
  return store;
}

beforeEach(() => {
  vi.useFakeTimers();
  Line.opened = [];
  vi.stubGlobal("EventSource", Line);
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 16));
});
afterEach(() => {
  disconnect();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("the stream goes on where the page was rendered, and from its beginning where the page has not all rows", () => {
  expect(open().isWhole()).toBe(true);
  expect(line()?.url).toBe("/live?after=epoch%3A7");
  disconnect();
  const partial = open({ ...INITIAL, id: "" });
  expect(line()?.url).toBe("/live");
  expect(partial.isWhole()).toBe(false);
  line()?.hear("snapshot", "[]", "epoch:8");
  expect(partial.isWhole()).toBe(true);
  expect(partial.rows("source").size).toBe(0);
});

it("what was asked for whole is gone on from on another line, once: another replica that knows nothing of it tells all again", () => {
  const store = open({ ...INITIAL, id: "" });
  const first = line();
  first?.hear("snapshot", "[]", "epoch:8");
  expect(first?.readyState).toBe(Line.CLOSED);
  expect(line()?.url).toBe("/live?after=epoch%3A8");
  line()?.hear("snapshot", "[]", "other:3");
  line()?.hear("message", '[[1,"source","a",{"id":"a","state":"ok","since":"","message":null}]]', "other:4");
  expect(Line.opened).toHaveLength(2);
  expect(store.stream()).toBe("live");
  expect(store.rows("source").size).toBe(1);
});

it("a line on which two beats were missed is lost, its sources are stale, and it is opened again where it was", () => {
  const store = open();
  line()?.hear("message", '[[1,{"message":"m"}]]', "epoch:8");
  expect(store.stream()).toBe("live");
  vi.advanceTimersByTime(6000);
  line()?.hear("message", "");
  vi.advanceTimersByTime(12_900);
  expect(store.stream()).toBe("live");
  vi.advanceTimersByTime(200);
  expect(store.stream()).toBe("lost");
  expect(store.sources().get("a")?.state).toBe("stale");
  vi.advanceTimersByTime(1000);
  expect(line()?.url).toBe("/live?after=epoch%3A8");
});

it.each([
  ["speaks of a row never told of", '[[9,{"state":"stale"}]]'],
  ["is none", "[[1,"],
])("a delta that %s is shown by nobody: all is asked for anew", (_what, data) => {
  const store = open();
  line()?.hear("message", data, "epoch:8");
  expect(store.stream()).toBe("lost");
  expect(store.rows("source").get("a")?.state).toBe("ok");
  vi.advanceTimersByTime(1000);
  expect(line()?.url).toBe("/live");
});

it("the first change is told at once, and those that come faster than a screen shows them together", () => {
  const store = open();
  const told: (number | undefined)[] = [];
  vi.advanceTimersByTime(1000);
  store.subscribe((touched) => told.push(touched?.length));
  line()?.hear("message", '[[1,{"message":"1"}]]', "epoch:8");
  expect(told).toEqual([1]);
  line()?.hear("message", '[[1,{"message":"2"}]]', "epoch:9");
  line()?.hear("message", '[[1,{"message":"3"}]]', "epoch:10");
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(16);
  expect(told).toEqual([1, 2]);
});
