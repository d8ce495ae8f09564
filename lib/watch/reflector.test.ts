import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type FakeCluster, fakeCluster } from "#lib/systems/kubernetes/fake.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { startReflector, waitMs } from "./reflector.ts";

const unreachable = new ClusterError("unreachable", "the cluster does not answer");
const Named = z.object({ metadata: z.object({ uid: z.string() }), broken: z.boolean().optional() });

const pod = (uid: string, more: object = {}) => ({ metadata: { uid, name: uid }, ...more });

/** Runs a reflector into a plain map, with a log of what it says. */
function follow(cluster: FakeCluster, kind: WatchedKind = "Pod") {
  const held = new Map<string, unknown>();
  const said: string[] = [];
  const stop = new AbortController();
  const { ended, reopenIfSilentSince, tryNow } = startReflector(
    cluster.port,
    kind,
    {
      changed(object) {
        const { metadata, broken } = Named.parse(object);
        if (broken === true) {
          throw new Error(`cannot read ${metadata.uid}`);
        }
        held.set(metadata.uid, object);
        said.push(`+${metadata.uid}`);
      },
      removed(uid) {
        held.delete(uid);
        said.push(`-${uid}`);
      },
      listed(uids) {
        for (const uid of [...held.keys()].filter((one) => !uids.has(one))) {
          held.delete(uid);
          said.push(`gone ${uid}`);
        }
        said.push("listed");
      },
      unreadable: ({ uid, name }) => said.push(`unreadable: ${uid} ${name}`),
      live: () => said.push("live"),
      cut: (failure) => said.push(`cut ${failure?.code ?? "in good order"}`),
    },
    stop.signal,
  );
  return {
    held,
    said,
    ended,
    reopenIfSilentSince,
    tryNow,
    async stop() {
      stop.abort();
      await ended;
    },
    sayAnew: () => said.splice(0),
  };
}

let cluster: FakeCluster;
let reflector: ReturnType<typeof follow>;

beforeEach(() => {
  vi.useFakeTimers();
  cluster = fakeCluster("gravv", 2);
});
afterEach(async () => {
  await reflector.stop();
  vi.useRealTimers();
});

/** Lets everything happen that needs no time, and then what needs up to `ms`. */
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe.each(["by WatchList", "by pages of a list"])("the reflector, told everything %s,", (how) => {
  beforeEach(() => {
    if (how === "by pages of a list") {
      cluster.refuseWatchLists();
    }
  });

  it("is told everything once, and then watches for ever", async () => {
    for (const uid of ["a", "b", "c"]) {
      cluster.put("Pod", pod(uid));
    }
    reflector = follow(cluster);
    await settle();
    expect(reflector.sayAnew()).toEqual(["+a", "+b", "+c", "listed", "live"]);
    cluster.put("Pod", pod("d"));
    cluster.put("Pod", pod("a"));
    cluster.remove("Pod", "b");
    await settle();
    expect(reflector.said).toEqual(["+d", "+a", "-b"]);
    expect([...reflector.held.keys()]).toEqual(["a", "c", "d"]);
    expect(cluster.lists("Pod")).toBe(1);
  });

  it("opens a watch that ended in good order again, from where it was, without a list and without a gap", async () => {
    reflector = follow(cluster);
    await settle(2000);
    cluster.put("Pod", pod("a"));
    await settle();
    cluster.endWatches("Pod");
    cluster.put("Pod", pod("b"));
    await settle();
    expect(reflector.said).toEqual(["listed", "live", "+a", "cut in good order", "live", "+b"]);
    expect(cluster.lists("Pod")).toBe(1);
  });

  it("goes on from a bookmark when nothing else has come since", async () => {
    reflector = follow(cluster);
    await settle(2000);
    cluster.forget("Pod");
    cluster.say("Pod", { type: "bookmark", resourceVersion: "101", isWhole: false });
    await settle();
    cluster.endWatches("Pod", unreachable);
    await settle(500);
    expect(cluster.lists("Pod")).toBe(1);
    expect(reflector.said.at(-1)).toBe("live");
  });

  it("says so when the connection is cut, waits, and catches up on what it missed", async () => {
    reflector = follow(cluster);
    await settle(2000);
    cluster.endWatches("Pod", unreachable);
    await settle();
    cluster.put("Pod", pod("meanwhile"));
    expect(reflector.said.at(-1)).toBe("cut unreachable");
    await settle(200);
    expect(reflector.said.slice(-2)).toEqual(["live", "+meanwhile"]);
    expect(cluster.lists("Pod")).toBe(1);
  });

  it("lists once anew after 410, and reports what has vanished meanwhile as gone", async () => {
    cluster.put("Pod", pod("stays"));
    cluster.put("Pod", pod("vanishes"));
    reflector = follow(cluster);
    await settle(2000);
    reflector.sayAnew();
    cluster.endWatches("Pod", unreachable);
    await settle();
    cluster.remove("Pod", "vanishes");
    cluster.put("Pod", pod("comes"));
    cluster.forget("Pod");
    await settle(2000);
    expect(reflector.said).toEqual([
      "cut unreachable",
      "cut expired",
      "+stays",
      "+comes",
      "gone vanishes",
      "listed",
      "live",
    ]);
    expect(cluster.lists("Pod")).toBe(2);
  });

  it("lists anew when 410 comes in the middle of a watch", async () => {
    reflector = follow(cluster);
    await settle(2000);
    cluster.endWatches("Pod", new ClusterError("expired", "the cluster no longer holds that version"));
    await settle(500);
    expect(reflector.said).toEqual(["listed", "live", "cut expired", "listed", "live"]);
    expect(cluster.lists("Pod")).toBe(2);
  });

  it("flags an object that cannot be read, at first and later, and the rest goes on", async () => {
    cluster.put("Pod", pod("a", { broken: true }));
    cluster.put("Pod", pod("b"));
    reflector = follow(cluster);
    await settle();
    expect(reflector.sayAnew()).toEqual(["unreadable: a a", "+b", "listed", "live"]);
    cluster.put("Pod", pod("c", { broken: true }));
    cluster.say("Pod", { type: "changed", object: { metadata: { namespace: "<b>", name: "x", uid: 7 } } });
    cluster.say("Pod", { type: "changed", object: null });
    cluster.put("Pod", pod("d"));
    await settle();
    expect(reflector.said).toEqual([
      "unreadable: c c",
      "unreadable: <b>/x <b>/x",
      "unreadable: without a name without a name",
      "+d",
    ]);
    expect(cluster.lists("Pod")).toBe(1);
  });

  it("asks for everything anew once something came that makes no sense, for nobody knows what it said", async () => {
    reflector = follow(cluster);
    await settle(3000);
    cluster.endWatches("Pod", new ClusterError("garbled", "no event"));
    cluster.put("Pod", pod("a"));
    await settle(500);
    expect(reflector.said).toEqual(["listed", "live", "cut garbled", "+a", "listed", "live"]);
    expect(cluster.lists("Pod")).toBe(2);
  });

  it("gives up a connection on which nothing was heard, and goes on from where it was", async () => {
    reflector = follow(cluster);
    await settle(3000);
    const askedAt = performance.now();
    await settle(2000);
    reflector.reopenIfSilentSince(askedAt);
    await settle(500);
    expect(reflector.said).toEqual(["listed", "live", "cut unreachable", "live"]);
    expect([cluster.lists("Pod"), cluster.openWatches("Pod")]).toEqual([1, 1]);
  });

  it("keeps a connection on which something was heard meanwhile", async () => {
    reflector = follow(cluster);
    await settle(3000);
    const askedAt = performance.now();
    await settle(1000);
    cluster.put("Pod", pod("a"));
    await settle();
    reflector.reopenIfSilentSince(askedAt);
    await settle(500);
    expect(reflector.said).toEqual(["listed", "live", "+a"]);
  });

  it("tries at once when told that the server answers again", async () => {
    cluster.failLists("Pod", unreachable);
    reflector = follow(cluster);
    await settle(30_000);
    cluster.failLists("Pod", undefined);
    reflector.tryNow();
    await settle();
    expect(reflector.said.slice(-2)).toEqual(["listed", "live"]);
  });

  it("looks for a kind that is not installed about twice a minute, and takes it up when it is there", async () => {
    cluster.failLists("HTTPRoute", new ClusterError("not_found", "no such kind"));
    reflector = follow(cluster, "HTTPRoute");
    await settle(120_000);
    expect(cluster.lists("HTTPRoute")).toBeGreaterThanOrEqual(4);
    expect(cluster.lists("HTTPRoute")).toBeLessThanOrEqual(9);
    cluster.failLists("HTTPRoute", undefined);
    cluster.put("HTTPRoute", pod("a"));
    await settle(30_000);
    expect(reflector.said.slice(-3)).toEqual(["+a", "listed", "live"]);
  });

  it("an object made anew under the same name within a cut is one object, the new one", async () => {
    cluster.put("Pod", { metadata: { uid: "old", name: "web-0" } });
    reflector = follow(cluster);
    await settle(3000);
    cluster.endWatches("Pod", unreachable);
    await settle();
    cluster.remove("Pod", "old");
    cluster.put("Pod", { metadata: { uid: "new", name: "web-0" } });
    await settle(500);
    expect([...reflector.held.keys()]).toEqual(["new"]);
    cluster.remove("Pod", "new");
    cluster.put("Pod", { metadata: { uid: "newest", name: "web-0" } });
    cluster.forget("Pod");
    cluster.endWatches("Pod", unreachable);
    await settle(2000);
    expect([...reflector.held.keys()]).toEqual(["newest"]);
  });

  it("an object that cannot be read is still there: a list does not report it gone", async () => {
    cluster.put("Pod", pod("a"));
    reflector = follow(cluster);
    await settle(2000);
    cluster.put("Pod", pod("a", { broken: true }));
    cluster.forget("Pod");
    cluster.endWatches("Pod", new ClusterError("expired", "gone"));
    await settle(2000);
    expect(reflector.said).not.toContain("gone a");
    expect(reflector.held.has("a")).toBe(true);
  });

  it("tries ever more seldom while nothing works, never gives up and never throws", async () => {
    cluster.failLists("Pod", unreachable);
    reflector = follow(cluster);
    await settle();
    expect(cluster.lists("Pod")).toBe(1);
    await settle(60_000);
    const inFirstMinute = cluster.lists("Pod");
    expect(inFirstMinute).toBeGreaterThan(60_000 / 4000);
    expect(inFirstMinute).toBeLessThan(40);
    await settle(60_000);
    expect(cluster.lists("Pod") - inFirstMinute).toBeLessThanOrEqual(31);
    expect(new Set(reflector.said)).toEqual(new Set(["cut unreachable"]));
    cluster.failLists("Pod", undefined);
    await settle(4000);
    expect(reflector.said.slice(-2)).toEqual(["listed", "live"]);
  });

  it("begins with short delays again once a watch has held for a while", async () => {
    cluster.failLists("Pod", unreachable);
    reflector = follow(cluster);
    await settle(30_000);
    cluster.failLists("Pod", undefined);
    await settle(8000);
    cluster.endWatches("Pod", unreachable);
    await settle(200);
    expect(reflector.said.at(-1)).toBe("live");
  });

  it("waits as long as the server asks it to", async () => {
    cluster.failLists("Pod", new ClusterError("throttled", "slow down", { retryAfterMs: 30_000 }));
    reflector = follow(cluster);
    await settle(29_000);
    expect(cluster.lists("Pod")).toBe(1);
    reflector.tryNow();
    await settle(500);
    expect(cluster.lists("Pod")).toBe(1);
    await settle(3501);
    expect(cluster.lists("Pod")).toBe(2);
  });

  it("does not spin on watches that end at once", async () => {
    reflector = follow(cluster);
    await settle();
    const before = reflector.said.length;
    for (let round = 0; round < 50; round += 1) {
      cluster.endWatches("Pod");
      await settle();
    }
    expect(reflector.said.length - before).toBeLessThan(5);
  });

  it("does not spin on watches that open and fail at once", async () => {
    reflector = follow(cluster);
    for (let tenths = 0; tenths < 200; tenths += 1) {
      cluster.endWatches("Pod", unreachable);
      await settle(100);
    }
    expect(reflector.said.filter((word) => word.startsWith("cut")).length).toBeLessThan(14);
  });

  it("stopped, it leaves no watch and no timer behind, wherever it was", async () => {
    reflector = follow(cluster);
    await settle();
    expect(cluster.openWatches("Pod")).toBe(1);
    await reflector.stop();
    expect(cluster.openWatches("Pod")).toBe(0);
    cluster.failLists("Deployment", unreachable);
    const waiting = fakeCluster();
    waiting.failLists("Pod", unreachable);
    const other = follow(waiting);
    await settle();
    await other.stop();
    expect(vi.getTimerCount()).toBe(0);
    cluster.put("Pod", pod("late"));
    await settle(10_000);
    expect(reflector.said).toEqual(["listed", "live"]);
    expect(waiting.lists("Pod")).toBe(1);
  });
});

it("a reflector that was cut before everything was told begins anew, and reports nothing gone by half a telling", async () => {
  cluster.put("Pod", pod("a"));
  const asked: (string | undefined)[] = [];
  const half: FakeCluster = {
    ...cluster,
    port: {
      ...cluster.port,
      async *watch(kind, from, signal) {
        asked.push(from.resourceVersion);
        if (asked.length === 2) {
          yield { type: "opened" };
          yield { type: "changed", object: { metadata: { uid: "b", resourceVersion: "900" } } };
          throw unreachable;
        }
        yield* cluster.port.watch(kind, from, signal);
      },
    },
  };
  reflector = follow(half);
  await settle(3000);
  cluster.forget("Pod");
  const expired = new ClusterError("expired", "gone");
  cluster.endWatches("Pod", expired);
  await settle(2000);
  expect(reflector.held.has("a")).toBe(true);
  expect(reflector.said.at(-1)).toBe("live");
  expect(asked).toEqual([undefined, undefined, undefined]);
});

describe("the pause before another try", () => {
  const wait = (failures: number, random: number, failure?: ClusterError) => waitMs(failure, failures, () => random);

  it("doubles up to 4 s", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 60].map((failures) => wait(failures, 1))).toEqual([
      200, 400, 800, 1600, 3200, 4000, 4000, 4000,
    ]);
  });

  it("lies anywhere in its upper half, so that many do not come back at once", () => {
    expect(wait(3, 0)).toBe(400);
    expect(wait(3, 0.5)).toBe(600);
    expect(wait(60, 0)).toBe(2000);
  });

  it("is never shorter than the server asks for, and a little longer for most", () => {
    const throttled = new ClusterError("throttled", "slow down", { retryAfterMs: 10_000 });
    expect([wait(1, 0, throttled), wait(60, 1, throttled)]).toEqual([10_000, 11_000]);
  });
});
