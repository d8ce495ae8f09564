import { describe, expect, it } from "vitest";
import {
  isFresh,
  type KindGap,
  SOURCE_STATES,
  type SourceFacts,
  type SourceRow,
  sayGaps,
  saySource,
  sourceName,
  sourceRowOf,
  unseenKinds,
} from "./freshness.ts";

const ASKED = Date.UTC(2026, 10, 21, 12, 0);
const minutes = (count: number) => ASKED + count * 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

function facts(changes: Partial<SourceFacts> = {}): SourceFacts {
  return {
    firstAskedAt: ASKED,
    lastGoodAt: undefined,
    isGoodNow: false,
    isDenied: false,
    kinds: [],
    message: null,
    ...changes,
  };
}

function row(changes: Partial<SourceFacts>, nowMs: number, previous?: SourceRow): SourceRow {
  return sourceRowOf("kubernetes:gravv", facts(changes), previous, nowMs);
}

describe("a source", () => {
  it("that never answered is unreachable since it was first asked", () => {
    expect(row({}, minutes(5))).toEqual({
      id: "kubernetes:gravv",
      state: "unreachable",
      since: iso(ASKED),
      message: null,
    });
  });

  it("that answers is ok since it began to, however often it is looked at", () => {
    const first = row({ isGoodNow: true, lastGoodAt: minutes(1) }, minutes(1));
    expect(first).toMatchObject({ state: "ok", since: iso(minutes(1)) });
    const later = row({ isGoodNow: true, lastGoodAt: minutes(9), message: "2 objects" }, minutes(9), first);
    expect(later).toMatchObject({ state: "ok", since: iso(minutes(1)), message: "2 objects" });
  });

  it("that stopped answering is stale since it was last known to be right, not since that was noticed", () => {
    const ok = row({ isGoodNow: true, lastGoodAt: minutes(3) }, minutes(3));
    const stale = row({ lastGoodAt: minutes(3) }, minutes(4), ok);
    expect(stale).toMatchObject({ state: "stale", since: iso(minutes(3)) });
    expect(row({ lastGoodAt: minutes(3), message: "silent" }, minutes(9), stale).since).toBe(iso(minutes(3)));
  });

  it("that refuses is denied since it did, even where something was read before", () => {
    const denied = row({ isDenied: true, lastGoodAt: minutes(1), isGoodNow: true }, minutes(2));
    expect(denied).toMatchObject({ state: "denied", since: iso(minutes(2)) });
    expect(row({ isDenied: true, message: "may not read Pod" }, minutes(5), denied).since).toBe(iso(minutes(2)));
  });

  it("that comes back is ok since it came back", () => {
    const stale = row({ lastGoodAt: minutes(1) }, minutes(2));
    expect(row({ isGoodNow: true, lastGoodAt: minutes(7) }, minutes(7), stale).since).toBe(iso(minutes(7)));
  });

  it("of which nothing changed keeps its very row, so that nothing is published", () => {
    const first = row({ message: "still reading Pod" }, minutes(1));
    expect(row({ message: "still reading Pod" }, minutes(2), first)).toBe(first);
  });
});

describe("a kind that a cluster does not give", () => {
  const denied: KindGap = { kind: "Pod", state: "denied", since: iso(minutes(3)), objects: [], count: 0 };
  const absent: KindGap = { kind: "HTTPRoute", state: "absent", since: iso(ASKED), objects: [], count: 0 };
  const unreadable = (objects: string[], count = objects.length): KindGap => ({
    kind: "Deployment",
    state: "unreadable",
    since: iso(ASKED),
    objects,
    count,
  });
  const lacking = (...kinds: KindGap[]) => row({ isGoodNow: true, kinds }, minutes(5));
  const needs = (kind: string) => ({ kinds: [kind], namespaces: ["live"] });

  it("is a gap for whoever needs it, and for nobody else", () => {
    const source = lacking(denied, absent);
    expect(source.state).toBe("ok");
    expect(["Pod", "HTTPRoute", "Node"].map((kind) => isFresh(source, needs(kind)))).toEqual([false, false, true]);
    expect(isFresh(source)).toBe(true);
    expect(saySource(source, "gravv", needs("Pod"))).toBe("gravv does not let Gatehouse read Pod since 12:03 UTC");
    expect(saySource(source, "gravv", needs("HTTPRoute"))).toBe("gravv has no HTTPRoute");
    expect(saySource(source, "gravv", needs("Node"))).toBe("gravv answers");
  });

  it("in single objects is a gap in their namespace, and everywhere once not all of them are named", () => {
    const deployments = needs("Deployment");
    expect(isFresh(lacking(unreadable(["live/a", "other/b"])), deployments)).toBe(false);
    expect(isFresh(lacking(unreadable(["live-2/a"])), deployments)).toBe(true);
    expect(isFresh(lacking(unreadable(["other/a"], 2)), deployments)).toBe(false);
    expect(saySource(lacking(unreadable(["live/a", "live/b"])), "gravv", deployments)).toBe(
      "gravv has what cannot be read since 12:00 UTC: Deployment live/a and 1 more",
    );
  });

  it("in an object that lies in no namespace is a gap for whoever needs the kind", () => {
    const node: KindGap = { ...unreadable(["node-1"]), kind: "Node" };
    expect(isFresh(lacking(node), needs("Node"))).toBe(false);
  });

  it("is why all that is drawn from it is not known, unless it is not installed: then it has no objects, which is known", () => {
    const source = lacking(denied, absent, unreadable(["other/b"]));
    const kinds = ["Pod", "HTTPRoute", "Deployment", "Node"];
    expect(unseenKinds(source, { kinds, namespaces: "every" })).toEqual([
      { kind: "Pod", why: "Cluster gravv does not let Gatehouse read Pod since 12:03 UTC" },
      {
        kind: "Deployment",
        why: "Cluster gravv has what cannot be read since 12:00 UTC: Deployment other/b",
      },
    ]);
    expect(unseenKinds(source, { kinds, namespaces: ["live"] }).map(({ kind }) => kind)).toEqual(["Pod"]);
  });

  it("is told in one sentence; one that is not installed is no fault", () => {
    expect(sayGaps([denied, { ...denied, kind: "Node" }, absent, unreadable(["live/a"])])).toEqual([
      "may not read Pod, Node",
      "cannot be read and are left out: Deployment live/a",
    ]);
    expect(sayGaps([absent])).toEqual([]);
  });

  it("changes the row, and one that stays as it was does not", () => {
    const first = lacking(denied);
    expect(row({ isGoodNow: true, kinds: [{ ...denied }] }, minutes(9), first)).toBe(first);
    expect(row({ isGoodNow: true, kinds: [denied, absent] }, minutes(9), first).kinds).toHaveLength(2);
    expect(row({ isGoodNow: true }, minutes(9), first).kinds).toBeUndefined();
  });
});

it("only what is ok is fresh", () => {
  const fresh = SOURCE_STATES.filter((state) => isFresh({ id: "a", state, since: iso(ASKED), message: null }));
  expect(fresh).toEqual(["ok"]);
});

it("each state is said in words, with its time in UTC", () => {
  const say = (state: SourceRow["state"]) => saySource({ id: "a", state, since: iso(ASKED), message: null }, "gravv");
  expect(SOURCE_STATES.map(say)).toEqual([
    "gravv answers",
    "gravv does not let Gatehouse read since 12:00 UTC",
    "gravv has not been reached since 12:00 UTC",
    "gravv has not answered since 12:00 UTC",
  ]);
  expect(saySource(undefined, "gravv")).toBe("gravv has not been asked yet");
});

it("a source is called by what it is, and one of an unknown sort by its id", () => {
  expect(sourceName("kubernetes:gravv")).toBe("Cluster gravv");
  expect(sourceName("git:gx-protocol")).toBe("The Git repository of gx-protocol");
  expect(sourceName("loki:logs")).toBe("loki:logs");
});
