import { describe, expect, it } from "vitest";
import type { Rollout } from "#lib/rollouts/model.ts";
import type { ScheduleRow, ScheduleState } from "#lib/schedules/model.ts";
import { anEnvironment } from "#lib/testing/rows.ts";
import { SOURCE_STATES, type SourceRow } from "#lib/watch/freshness.ts";
import { environmentHealth, healthOf, type ServiceRow, servicesIn, worstHealth } from "./model.ts";

const DONE: Rollout = { state: "done", reason: null, desired: 4, updated: 4, ready: 4, available: 4 };

function service(rollout: Partial<Rollout> = {}): ServiceRow {
  return {
    id: "gravv/live/ledger",
    environment: "gravv/live",
    platform: "gravv",
    cluster: "gravv",
    namespace: "gravv-live",
    name: "ledger",
    kind: "Deployment",
    release: { version: "1", image: "ledger:1", digest: undefined, revision: undefined },
    rollout: { ...DONE, ...rollout },
    behind: null,
  };
}

function source(state: SourceRow["state"] = "ok"): SourceRow {
  return { id: "kubernetes:gravv", state, since: "2026-11-21T12:34:56.000Z", message: null };
}

const stuck: Partial<Rollout> = {
  state: "stuck",
  reason: { code: "quota", message: "quota q leaves no room" },
  available: 3,
};

describe("a service's health", () => {
  it.each<[string, Partial<Rollout>, ReturnType<typeof healthOf>]>([
    ["ok when it is rolled out", {}, { state: "ok", reasons: [] }],
    ["ok when it is meant to have no pods", { desired: 0, updated: 0, available: 0 }, { state: "ok", reasons: [] }],
    [
      "warn while it rolls out with pods available",
      { state: "progressing", updated: 2, available: 3 },
      { state: "warn", reasons: ["rolling out, 2 of 4 new, 3 available"] },
    ],
    ["warn while it is paused", { state: "paused" }, { state: "warn", reasons: ["its rollout is paused"] }],
    [
      "warn while it is paused after all of it has rolled out",
      { reason: { code: "paused", message: "it is paused" } },
      { state: "warn", reasons: ["its rollout is paused"] },
    ],
    [
      "crit while it is paused and its pods are broken",
      { state: "paused", reason: { code: "image", message: "it is paused; its image is gone" } },
      { state: "crit", reasons: ["it is paused; its image is gone"] },
    ],
    ["crit when it is stuck", stuck, { state: "crit", reasons: ["stuck: quota q leaves no room"] }],
    [
      "crit without a single available pod",
      { state: "progressing", available: 0 },
      { state: "crit", reasons: ["no pod is available"] },
    ],
    [
      "crit without a single available pod, paused or not",
      { state: "paused", available: 0 },
      { state: "crit", reasons: ["no pod is available"] },
    ],
    ["unknown before it was seen", { state: "unknown" }, { state: "unknown", reasons: ["not seen yet"] }],
  ])("is %s", (_what, rollout, health) => {
    expect(healthOf(service(rollout), source())).toEqual(health);
  });

  it.each(SOURCE_STATES.filter((state) => state !== "ok"))(
    "is never ok, nor anything else known, from a source that is %s",
    (state) => {
      for (const rollout of [{}, stuck]) {
        expect(healthOf(service(rollout), source(state)).state).toBe("unknown");
      }
    },
  );

  it("is never ok without a source", () => {
    expect(healthOf(service(), undefined)).toEqual({
      state: "unknown",
      reasons: ["cluster gravv has not been asked yet; last known: healthy"],
    });
  });

  it("says what was last known and since when nobody answers", () => {
    expect(healthOf(service(stuck), source("stale")).reasons).toEqual([
      "cluster gravv has not answered since 12:34 UTC; last known: stuck: quota q leaves no room",
    ]);
  });
});

describe("the worst of several healths", () => {
  const named = (...states: ("ok" | "warn" | "crit" | "unknown")[]) =>
    states.map((state, index) => ({ name: `s${index}`, health: { state, reasons: [state] } }));

  it.each([
    [["ok", "ok"], "ok"],
    [["ok", "warn"], "warn"],
    [["warn", "unknown", "ok"], "unknown"],
    [["unknown", "crit", "warn"], "crit"],
  ] as const)("of %j is %s", (states, worst) => {
    expect(worstHealth(named(...states)).state).toBe(worst);
  });

  it("keeps every reason with its service's name", () => {
    expect(worstHealth(named("warn", "crit")).reasons).toEqual(["s0: warn", "s1: crit"]);
  });

  it("of nothing is unknown, not ok", () => {
    expect(worstHealth([]).state).toBe("unknown");
  });
});

describe("an environment", () => {
  const healthIn = (
    name: string,
    services: readonly ServiceRow[],
    schedules: readonly ScheduleRow[] = [],
    seenBy: SourceRow = source(),
  ) =>
    environmentHealth(
      anEnvironment({ id: `gravv/${name}`, cluster: "gravv", namespaces: [`gravv-${name}`] }),
      { services, schedules },
      seenBy,
    );
  const elsewhere: ServiceRow = { ...service(stuck), id: "gravv/sandbox/ledger", environment: "gravv/sandbox" };

  it("is judged by its own services alone", () => {
    expect(healthIn("live", [service(), elsewhere]).state).toBe("ok");
    expect(healthIn("sandbox", [service(), elsewhere])).toEqual({
      state: "crit",
      reasons: ["ledger: stuck: quota q leaves no room"],
    });
  });

  it("is unknown when its cluster does not answer or nothing of it has been seen", () => {
    expect(healthIn("live", [service()], [], source("stale")).state).toBe("unknown");
    expect(healthIn("live", [elsewhere]).state).toBe("unknown");
  });

  it("gives each of its services with its own health", () => {
    expect(servicesIn("gravv/live", [service(), elsewhere], source())).toEqual([
      { service: service(), health: { state: "ok", reasons: [] } },
    ]);
  });

  const job = (role: string | null, state: ScheduleState): ScheduleRow => ({
    id: "gravv/j",
    environment: "gravv/live",
    cluster: "gravv",
    namespace: "gravv-live",
    kind: "CronJob",
    name: "nightly",
    role,
    schedule: "@daily",
    timeZone: null,
    state,
    message: state === "ok" ? null : "it did not do what it should",
    lastSuccess: null,
    nextDue: null,
    usualMs: null,
    isPastKnown: true,
    runs: [],
  });

  it.each<[string | null, ScheduleState, string]>([
    ["reconciliation", "missed", "crit"],
    ["backup", "failed", "crit"],
    ["backup", "overdue", "crit"],
    ["restore-test", "unreadable", "crit"],
    ["backup", "gone", "crit"],
    ["backup", "unknown", "unknown"],
    ["reports", "missed", "warn"],
    [null, "failed", "warn"],
  ])("with healthy services and a job for %s that is %s is %s, and says which job and why", (role, state, health) => {
    expect(healthIn("live", [service()], [job(role, state)])).toEqual({
      state: health,
      reasons: ["nightly: it did not do what it should"],
    });
    expect(healthIn("sandbox", [{ ...service(), environment: "gravv/sandbox" }], [job(role, state)]).state).toBe("ok");
  });

  it.each<ScheduleState>(["ok", "running", "pending", "waiting"])("is well with a backup that is %s", (state) => {
    expect(healthIn("live", [service()], [job("backup", state)])).toEqual({ state: "ok", reasons: [] });
  });

  it("is not known where what is scheduled cannot be seen, whatever was last known of it", () => {
    const refused = { kind: "CronJob", state: "denied", since: source().since, objects: [], count: 0 } as const;
    const seenBy = { ...source(), kinds: [refused] };
    const why = "what is scheduled: cluster gravv does not let Gatehouse read CronJob since 12:34 UTC; last known";
    expect(healthIn("live", [service()], [], seenBy)).toEqual({ state: "unknown", reasons: [`${why}: nothing amiss`] });
    expect(healthIn("live", [service()], [job("backup", "failed")], seenBy)).toEqual({
      state: "unknown",
      reasons: [`${why}: nightly: it did not do what it should`],
    });
  });

  it("in which nothing has been seen is unknown, also where only a job without a label has failed", () => {
    expect(healthIn("live", [], [job(null, "failed")]).state).toBe("unknown");
  });
});
