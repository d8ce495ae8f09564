import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type FakeCluster, fakeCluster } from "#lib/systems/kubernetes/fake.ts";
import { WATCHED_KINDS, type WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { watchCluster } from "./cluster-watch.ts";
import type { SourceRow } from "./freshness.ts";
import { createRing } from "./ring.ts";

const BEGIN = Date.UTC(2026, 10, 21, 12);
const denied = new ClusterError("denied", "no");
const absent = new ClusterError("not_found", "no such kind");
const unreachable = new ClusterError("unreachable", "nobody there");

const Named = z.object({ metadata: z.object({ uid: z.string() }), broken: z.boolean().optional() });

/** Watches a fake cluster into a set of `<kind> <uid>`. */
function watch(cluster: FakeCluster) {
  const ring = createRing(100);
  const held = new Set<string>();
  const stop = new AbortController();
  const view = {
    changed(_cluster: string, kind: WatchedKind, object: unknown) {
      const { metadata, broken } = Named.parse(object);
      if (broken === true) {
        throw new Error("cannot be read");
      }
      held.add(`${kind} ${metadata.uid}`);
    },
    removed: (_cluster: string, kind: WatchedKind, uid: string) => held.delete(`${kind} ${uid}`),
    listed(_cluster: string, kind: WatchedKind, uids: ReadonlySet<string>) {
      for (const key of [...held].filter(
        (one) => one.startsWith(`${kind} `) && !uids.has(one.slice(kind.length + 1)),
      )) {
        held.delete(key);
      }
    },
  };
  const log = pino({ level: "silent" });
  const ended = watchCluster({ cluster: cluster.port, view, ring, clock: () => new Date(), log }, stop.signal);
  return {
    held,
    row: (): SourceRow | undefined => ring.rows().source.get("kubernetes:gravv"),
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** Takes every call and answers none. */
function fakeHangingCluster(): FakeCluster {
  const never = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const fake = fakeCluster("gravv");
  return {
    ...fake,
    port: {
      ...fake.port,
      probe: never,
      async *watch(_kind, _from, signal) {
        yield await never(signal);
      },
    },
  };
}

let cluster: FakeCluster;
let watched: ReturnType<typeof watch>;

beforeEach(() => {
  vi.useFakeTimers({ now: BEGIN });
  cluster = fakeCluster("gravv");
});
afterEach(async () => {
  await watched.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const pod = (uid: string, more: object = {}) => ({ metadata: { uid, name: uid, namespace: "live" }, ...more });

describe("a cluster", () => {
  it("is ok once every kind has been read and the API server answers", async () => {
    watched = watch(cluster);
    expect(watched.row()).toMatchObject({ state: "unreachable", message: "the API server does not answer" });
    await settle(1);
    expect(watched.row()).toEqual({
      id: "kubernetes:gravv",
      state: "ok",
      since: expect.stringMatching(/^2026-11-21T12:00:00/),
      message: null,
    });
  });

  it("is not ok before every kind has been read, and says which are missing", async () => {
    cluster.failLists("Pod", unreachable);
    watched = watch(cluster);
    await settle(1000);
    expect(watched.row()).toMatchObject({ state: "unreachable", message: "still reading Pod" });
  });

  it("is stale within 5 s of its silence, since it last answered, though no watch says anything", async () => {
    watched = watch(cluster);
    await settle(60_000);
    cluster.failProbes(unreachable);
    await settle(5000);
    expect(watched.row()?.state).toBe("stale");
    expect(Date.parse(watched.row()?.since ?? "")).toBeGreaterThan(BEGIN + 58_000);
  });

  it("has each silent watch opened anew when a probe is not answered, without a list", async () => {
    watched = watch(cluster);
    await settle(60_000);
    const lists = cluster.lists("Pod");
    cluster.failProbes(unreachable);
    cluster.loseMessages();
    cluster.put("Pod", pod("lost"));
    await settle(5000);
    cluster.failProbes(undefined);
    await settle(5000);
    expect(watched.held).toContain("Pod lost");
    expect(watched.row()?.state).toBe("ok");
    expect(cluster.lists("Pod")).toBe(lists);
  });

  it("catches up within 2 s of its return, however long it was away", async () => {
    watched = watch(cluster);
    await settle(10_000);
    cluster.failProbes(unreachable);
    cluster.failLists("Pod", unreachable);
    cluster.forget("Pod");
    cluster.endWatches("Pod", unreachable);
    await settle(600_000);
    cluster.put("Pod", pod("meanwhile"));
    cluster.failProbes(undefined);
    cluster.failLists("Pod", undefined);
    await settle(2000);
    expect(watched.held).toContain("Pod meanwhile");
    expect(watched.row()?.state).toBe("ok");
  });

  it("that refuses one kind is ok, names that kind, and shows all the rest", async () => {
    cluster.failLists("Event", denied);
    cluster.put("Pod", pod("a"));
    watched = watch(cluster);
    await settle(4000);
    expect(watched.row()).toMatchObject({
      state: "ok",
      message: "may not read Event",
      kinds: [{ kind: "Event", state: "denied", since: "2026-11-21T12:00:00.000Z" }],
    });
    expect(watched.held).toContain("Pod a");
    cluster.failLists("Event", undefined);
    await settle(5000);
    expect(watched.row()).toMatchObject({ state: "ok", message: null });
    expect(watched.row()?.kinds).toBeUndefined();
  });

  it("that refuses everything is denied", async () => {
    cluster.failProbes(denied);
    for (const kind of WATCHED_KINDS) {
      cluster.failLists(kind, denied);
    }
    watched = watch(cluster);
    await settle(5000);
    expect(watched.row()).toMatchObject({ state: "denied", message: "does not let Gatehouse in" });
  });

  it("that lacks a kind is ok and says nothing of it but in its list, and takes it up when it is installed", async () => {
    cluster.failLists("HTTPRoute", absent);
    watched = watch(cluster);
    await settle(4000);
    expect(watched.row()).toMatchObject({
      state: "ok",
      message: null,
      kinds: [{ kind: "HTTPRoute", state: "absent" }],
    });
    cluster.failLists("HTTPRoute", undefined);
    cluster.put("HTTPRoute", pod("route"));
    await settle(31_000);
    expect(watched.held).toContain("HTTPRoute route");
    expect(watched.row()?.kinds).toBeUndefined();
  });

  it("from which a kind is uninstalled keeps none of its objects", async () => {
    cluster.put("HTTPRoute", pod("route"));
    watched = watch(cluster);
    await settle(4000);
    cluster.forget("HTTPRoute");
    cluster.failLists("HTTPRoute", absent);
    cluster.endWatches("HTTPRoute");
    await settle(5000);
    expect(watched.held).not.toContain("HTTPRoute route");
    expect(watched.row()).toMatchObject({ state: "ok", kinds: [{ kind: "HTTPRoute", state: "absent" }] });
  });

  it.each(["Pod", "Deployment", "HorizontalPodAutoscaler"] as const)(
    "that says it has no %s, which every cluster has, keeps what was seen, is stale, and catches up soon",
    async (kind) => {
      cluster.put(kind, pod("a"));
      watched = watch(cluster);
      await settle(10_000);
      cluster.failLists(kind, absent);
      cluster.forget(kind);
      cluster.endWatches(kind, absent);
      await settle(5000);
      expect(watched.held).toContain(`${kind} a`);
      expect(watched.row()?.state).toBe("stale");
      expect(watched.row()?.kinds).toBeUndefined();
      cluster.put(kind, pod("b"));
      cluster.failLists(kind, undefined);
      await settle(5000);
      expect(watched.held).toContain(`${kind} b`);
      expect(watched.row()?.state).toBe("ok");
    },
  );

  it("names an object that cannot be read until it can be, or is gone", async () => {
    cluster.put("Pod", pod("a", { broken: true }));
    cluster.put("Pod", pod("b", { broken: true }));
    watched = watch(cluster);
    await settle(4000);
    expect(watched.row()).toMatchObject({
      state: "ok",
      message: "cannot be read and are left out: Pod live/a and 1 more",
      kinds: [{ kind: "Pod", state: "unreadable", objects: ["live/a", "live/b"], count: 2 }],
    });
    cluster.put("Pod", pod("a"));
    await settle(2000);
    expect(watched.row()?.kinds?.[0]?.objects).toEqual(["live/b"]);
    cluster.remove("Pod", "b");
    await settle(2000);
    expect(watched.row()).toMatchObject({ message: null });
    expect(watched.held).toContain("Pod a");
  });

  it("still names what has no uid after all was read, and no more what vanished meanwhile", async () => {
    cluster.put("Pod", JSON.parse('{"metadata":{"namespace":"live","name":"nobody"}}'));
    cluster.put("Pod", pod("a", { broken: true }));
    watched = watch(cluster);
    await settle(4000);
    expect(watched.row()?.kinds?.[0]?.objects).toEqual(["live/nobody", "live/a"]);
    cluster.endWatches("Pod", unreachable);
    cluster.remove("Pod", "a");
    cluster.forget("Pod");
    await settle(5000);
    expect(watched.row()?.kinds?.[0]?.objects).toEqual(["live/nobody"]);
  });

  it("that hangs keeps no other waiting", async () => {
    const hanging = watch(fakeHangingCluster());
    watched = watch(cluster);
    await settle(60_000);
    expect([hanging.row()?.state, watched.row()?.state]).toEqual(["unreachable", "ok"]);
    await hanging.stop();
  });

  it("of which one watch has gone silent and cannot be opened anew is stale at once, for it was silent before", async () => {
    watched = watch(cluster);
    await settle(10_000);
    cluster.failLists("Pod", unreachable);
    cluster.forget("Pod");
    cluster.endWatches("Pod", new ClusterError("unreachable", "silent", { silentForMs: 4000 }));
    await settle(1);
    expect(watched.row()?.state).toBe("stale");
  });

  it("of whose kinds one cannot be watched is stale, and says since when", async () => {
    watched = watch(cluster);
    await settle(10_000);
    cluster.failLists("Pod", unreachable);
    cluster.forget("Pod");
    cluster.endWatches("Pod", unreachable);
    await settle(5000);
    expect(watched.row()?.state).toBe("stale");
  });
});
