import { describe, expect, it } from "vitest";
import type { KindGap, SourceRow } from "#lib/watch/freshness.ts";
import { areKindsSeen, sightOf, whyKindsUnseen, whyNotDelivered, whyUnseen } from "./model.ts";

const LIVE = { cluster: "gravv", platform: "gravv", namespaces: ["gravv-live"], branch: "main" };

const SOURCE: SourceRow = { id: "kubernetes:gravv", state: "ok", since: "2026-11-21T12:34:56.000Z", message: null };

function sources(cluster: SourceRow["state"], git: SourceRow["state"]): ReadonlyMap<string, SourceRow> {
  const row = (id: string, state: SourceRow["state"]): [string, SourceRow] => [
    id,
    { id, state, since: "2026-11-21T12:34:56.000Z", message: null },
  ];
  return new Map([row("kubernetes:gravv", cluster), row("git:gravv", git)]);
}

describe("an environment", () => {
  it("is seen when its cluster and its repository answer", () => {
    expect(whyUnseen(LIVE, sources("ok", "ok"))).toBeUndefined();
  });

  it("is not seen when either does not, and says which and since when", () => {
    expect(whyUnseen(LIVE, sources("stale", "ok"))).toContain("Cluster gravv has not answered since 12:34 UTC.");
    expect(whyUnseen(LIVE, sources("ok", "unreachable"))).toContain(
      "The Git repository of gravv has not been reached since 12:34 UTC.",
    );
  });

  it("that Gatehouse only watches is seen through its cluster alone", () => {
    const watched = { ...LIVE, branch: null };
    expect(whyUnseen(watched, new Map([...sources("ok", "ok")].slice(0, 1)))).toBeUndefined();
    expect(whyUnseen(watched, sources("stale", "ok"))).toContain("Cluster gravv has not answered");
  });

  it("that Gatehouse does not deliver says so, and what it does there", () => {
    const watched = { id: "airpay/production", platformName: "Airpay", branch: null };
    expect(whyNotDelivered(watched)).toBe(
      "Gatehouse does not deliver Airpay yet: it watches airpay/production, and promotes or rolls back nothing there.",
    );
    expect(whyNotDelivered({ ...watched, branch: "main" })).toBeUndefined();
  });

  it("is not seen where its rollouts cannot be, and is where only another kind or another namespace cannot", () => {
    const lacking = (kind: string, state: "denied" | "unreadable", objects: string[] = []) => {
      const all = sources("ok", "ok");
      const gap = { kind, state, since: "2026-11-21T12:34:56.000Z", objects, count: objects.length };
      const cluster: SourceRow = { id: "kubernetes:gravv", state: "ok", since: "", message: null, kinds: [gap] };
      return whyUnseen(LIVE, new Map([...all, [cluster.id, cluster]]));
    };
    expect(lacking("Pod", "denied")).toContain("Cluster gravv does not let Gatehouse read Pod since 12:34 UTC.");
    expect(lacking("Deployment", "unreadable", ["gravv-live/svc-a"])).toContain("Deployment gravv-live/svc-a");
    expect(lacking("Deployment", "unreadable", ["gravv-live-2/svc-a"])).toBeUndefined();
    expect(lacking("CronJob", "denied")).toBeUndefined();
  });

  it("tells what is known there of some kinds of object, and why the others are not", () => {
    const gap = { kind: "CronJob", state: "denied" as const, since: "2026-11-21T12:34:56.000Z", objects: [], count: 0 };
    const cluster: SourceRow = { id: "kubernetes:gravv", state: "ok", since: "", message: null, kinds: [gap] };
    const seen = new Map([[cluster.id, cluster]]);
    expect(areKindsSeen(LIVE, ["Deployment", "Pod"], seen)).toBe(true);
    expect(areKindsSeen(LIVE, ["Pod", "CronJob"], seen)).toBe(false);
    expect(whyKindsUnseen(LIVE, ["CronJob"], seen)).toBe(
      "Cluster gravv does not let Gatehouse read CronJob since 12:34 UTC",
    );
    expect(areKindsSeen(LIVE, ["Pod"], sources("stale", "ok"))).toBe(false);
    expect(areKindsSeen(LIVE, ["Pod"], sources("ok", "stale"))).toBe(true);
    expect(whyKindsUnseen(LIVE, ["Pod"], new Map())).toBe("Cluster gravv has not been asked yet");
  });

  it("has answers that say what is not known and why, of a kind that is refused as of one that cannot be read, and of its silence", () => {
    const basis = {
      tells: { Pod: "what runs" },
      namespaces: LIVE.namespaces,
      whileSilent: "this is what was last seen",
    };
    const at = (state: SourceRow["state"], ...kinds: KindGap[]) =>
      sightOf(LIVE, basis, new Map([["kubernetes:gravv", { ...SOURCE, state, kinds }]]));
    expect(at("ok")).toMatchObject({ isCurrent: true, unknown: [] });
    expect(at("ok").sees(["Pod"])).toBe(true);
    const refused: KindGap = { kind: "Pod", state: "denied", since: SOURCE.since, objects: [], count: 0 };
    expect(at("ok", refused).unknown).toEqual([
      "Cluster gravv does not let Gatehouse read Pod since 12:34 UTC: what runs is not known.",
    ]);
    const unread: KindGap = { ...refused, state: "unreadable", objects: ["gravv-live/a"], count: 1 };
    expect(at("ok", unread).unknown).toEqual([
      "Cluster gravv has what cannot be read since 12:34 UTC: Pod gravv-live/a: what runs is not known.",
    ]);
    expect([refused, unread].map((gap) => at("ok", gap).sees(["Pod"]))).toEqual([false, false]);
    expect(at("ok", { ...refused, kind: "Node" })).toMatchObject({ isCurrent: true, unknown: [] });
    const stale = at("stale");
    expect([stale.isCurrent, stale.sees(["Pod"])]).toEqual([false, true]);
    expect(stale.unknown).toEqual(["Cluster gravv has not answered since 12:34 UTC: this is what was last seen."]);
    expect(at("unreachable").sees(["Pod"])).toBe(false);
    expect(sightOf(LIVE, basis, new Map()).unknown).toEqual([
      "Cluster gravv has not been asked yet: this is what was last seen.",
    ]);
  });

  it("on a Compose host has answers that say when one of its containers cannot be read, and not when another project's cannot", () => {
    const basis = { tells: { Deployment: "what runs" }, namespaces: ["acme"], whileSilent: "" };
    const at = (object: string) => {
      const gap: KindGap = { kind: "Pod", state: "unreadable", since: SOURCE.since, objects: [object], count: 1 };
      const source = { ...SOURCE, id: "docker:clients", kinds: [gap] };
      return sightOf({ cluster: "docker:clients" }, basis, new Map([[source.id, source]]));
    };
    expect(at("acme/acme-api-1").sees(["Deployment"])).toBe(false);
    expect(at("acme/acme-api-1").unknown).toEqual([
      "Compose host clients has what cannot be read since 12:34 UTC: Pod acme/acme-api-1: what else runs there is not known.",
    ]);
    expect(at("other/other-api-1")).toMatchObject({ unknown: [] });
    expect(at("other/other-api-1").sees(["Deployment"])).toBe(true);
  });

  it("is not seen before its sources have been asked", () => {
    expect(whyUnseen(LIVE, new Map())).toContain("Cluster gravv has not been asked yet.");
  });
});
