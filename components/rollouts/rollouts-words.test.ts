import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import { podFits } from "#lib/pods/list.ts";
import type { PodRow } from "#lib/pods/model.ts";
import type { Rollout, WorkloadRow } from "#lib/rollouts/model.ts";
import { anEnvironment, aSource, byId } from "#lib/testing/rows.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import {
  availableWords,
  changeWords,
  countsWords,
  filterRollouts,
  historyUnknown,
  podsOfPath,
  rolloutsWords,
  rolloutTone,
  shownRollouts,
  stateWords,
} from "./rollouts-words.ts";

const DONE: Rollout = { state: "done", reason: null, desired: 3, updated: 3, ready: 3, available: 3 };
const STUCK: Rollout = {
  ...DONE,
  state: "stuck",
  reason: { code: "image", message: "wallet-1 cannot pull the image of main", since: "2026-11-21T14:02:11.000Z" },
  available: 2,
};
const MOVING: Rollout = { ...DONE, state: "progressing", updated: 1 };

const ENVIRONMENTS = byId(
  anEnvironment(),
  anEnvironment({ id: "gx/testnet", tier: "sandbox" }),
  anEnvironment({ id: "gravv/live" }),
);
const sources = (changes: Partial<SourceRow> = {}) => byId(aSource({ id: "kubernetes:gravv" }), aSource(changes));

function row(name: string, where: string, rollout: Rollout, changes: Partial<WorkloadRow> = {}): WorkloadRow {
  const { cluster = "" } = ENVIRONMENTS.get(where) ?? {};
  return {
    id: `${cluster}/${name}`,
    environment: where,
    cluster,
    namespace: where.split("/")[1] ?? "",
    kind: "Deployment",
    name,
    service: name,
    revision: null,
    rolloutRevision: null,
    changeCause: null,
    rollout,
    ...changes,
  };
}

const shown = (rows: readonly WorkloadRow[], changes: Partial<SourceRow> = {}) =>
  shownRollouts(rows, ENVIRONMENTS, sources(changes));

function said(rows: readonly WorkloadRow[], changes: Partial<SourceRow> = {}) {
  const words = rolloutsWords(shown(rows, changes), ENVIRONMENTS, sources(changes));
  return { title: words.title, lead: plainWords(words.lead) };
}

it("what is done and holds up a drain stands before what is done, and is said, but not as stuck", () => {
  const reason = { code: "eviction" as const, message: "node-1 cannot be drained" };
  const found = shown([row("a", "gx/mainnet", DONE), row("held", "gx/mainnet", { ...DONE, reason })]);
  expect(found.map((one) => [one.row.name, stateWords(one), rolloutTone(one)])).toEqual([
    ["held", "done, holds up a drain", "look"],
    ["a", "done", "fine"],
  ]);
  const { title, lead } = rolloutsWords(found, ENVIRONMENTS, new Map());
  expect(title).toBe("No rollout of 2 is stuck.");
  expect(plainWords(lead)).toContain("held in gx/mainnet stands on a node that cannot be drained.");
});

it("stuck comes before what is not known, then what moves, then what is held, then what is done; live before the rest", () => {
  const rows = [
    row("done", "gx/mainnet", DONE),
    row("moving", "gx/mainnet", MOVING),
    row("held", "gx/mainnet", { ...DONE, state: "paused" }),
    row("stuck-in-testnet", "gx/testnet", STUCK),
    row("stuck-in-mainnet", "gx/mainnet", STUCK),
  ];
  expect(shown(rows).map((one) => one.row.name)).toEqual([
    "stuck-in-mainnet",
    "stuck-in-testnet",
    "moving",
    "held",
    "done",
  ]);
});

describe("the sentence", () => {
  it("counts the stuck ones and names each with its reason and since when", () => {
    const rows = [row("svc-wallet", "gx/mainnet", STUCK), row("a", "gx/mainnet", DONE), row("b", "gravv/live", MOVING)];
    expect(said(rows)).toEqual({
      title: "1 of 3 rollouts is stuck.",
      lead: "svc-wallet in gx/mainnet cannot pull its image since 14:02 UTC. 1 is under way.",
    });
  });

  it("names three and counts the rest", () => {
    const rows = ["a", "b", "c", "d", "e"].map((name) => row(name, "gx/mainnet", STUCK));
    expect(said(rows).title).toBe("5 of 5 rollouts are stuck.");
    expect(said(rows).lead).toMatch(/^a in .*b in .*c in .* 2 more are listed below\.$/);
  });

  it("says that nothing is stuck, and stops", () => {
    expect(said([row("a", "gx/mainnet", DONE), row("b", "gx/mainnet", DONE)])).toEqual({
      title: "No rollout of 2 is stuck.",
      lead: "",
    });
  });

  it("never counts what is not seen fresh as done, nor as stuck, and says why it is not known", () => {
    const rows = [row("a", "gx/mainnet", STUCK), row("b", "gx/testnet", DONE), row("c", "gravv/live", DONE)];
    expect(said(rows, { state: "stale" })).toEqual({
      title: "How 2 of 3 rollouts stand is not known.",
      lead: "Cluster gx has not answered since 13:00 UTC: 2 rollouts there are shown as last seen.",
    });
  });

  it("tells what is seen and has no health check from what is not seen", () => {
    const unchecked = { ...DONE, state: "unknown" as const };
    expect(said([row("a", "gx/mainnet", unchecked), row("b", "gx/mainnet", DONE)])).toEqual({
      title: "How 1 of 2 rollouts stand is not known.",
      lead: "1 service without a health check: whether it works is not known.",
    });
  });

  it("names the kind that Gatehouse may not read", () => {
    const kinds = [{ kind: "Pod", state: "denied", since: "2026-11-21T13:00:00.000Z", objects: [], count: 0 } as const];
    expect(said([row("a", "gx/mainnet", DONE)], { kinds }).lead).toMatch(
      /^Cluster gx does not let Gatehouse read Pod since 13:00 UTC: /,
    );
  });

  it("says that nothing has been seen yet", () => {
    expect(said([]).title).toBe("No rollout has been seen yet.");
  });
});

describe("what runs to an end", () => {
  const kinds = [
    { kind: "CronJob", state: "denied", since: "2026-11-21T13:00:00.000Z", objects: [], count: 0 } as const,
  ];

  it("is not known where Gatehouse may not read it, and what runs services is all the same", () => {
    const rows = [row("a", "gx/mainnet", DONE), row("backup", "gx/mainnet", DONE, { kind: "CronJob" })];
    expect(shown(rows, { kinds }).map((one) => `${one.row.name} ${one.state}`)).toEqual(["backup unknown", "a done"]);
  });

  it("is missed where it cannot be seen at all, though no row tells of it", () => {
    expect(said([row("a", "gx/mainnet", DONE)], { kinds }).lead).toBe(
      "Cluster gx does not let Gatehouse read CronJob since 13:00 UTC: what rolls out there is not known.",
    );
  });

  it("whose last run is gone is not counted as a service without a health check", () => {
    const gone: Rollout = { ...DONE, state: "unknown", reason: { code: "run_gone", message: "" } };
    const rows = ["backup", "sweep"].map((name) => row(name, "gx/mainnet", gone, { kind: "CronJob" }));
    expect(said(rows).lead).toBe("backup and 1 other CronJob: how the last run went is not known.");
  });

  it("is counted by what has succeeded, and says that it runs or has not run yet", () => {
    const job = row("migrate", "gx/mainnet", { ...MOVING, desired: 1, ready: 1, available: 0 }, { kind: "Job" });
    expect([countsWords(job), availableWords(job)]).toEqual(["0 / 1", "0 of 1 succeeded"]);
    expect(stateWords({ row: job, state: "progressing", isLive: true })).toBe("runs");
    const fresh = row("sweep", "gx/mainnet", { ...DONE, desired: 0 }, { kind: "CronJob" });
    expect(stateWords({ row: fresh, state: "done", isLive: true })).toBe("has not run yet");
    expect(rolloutTone({ row: fresh, state: "done", isLive: true })).toBe("pending");
    expect(rolloutTone({ row: job, state: "done", isLive: true })).toBe("fine");
  });
});

it.each([
  ["Deployment", "ReplicaSet"],
  ["StatefulSet", "ControllerRevision"],
  ["DaemonSet", "ControllerRevision"],
] as const)("what came before of a %s is not known where Gatehouse may not read %s", (kind, holder) => {
  const one = row("a", "gx/mainnet", DONE, { kind });
  expect(historyUnknown(one, ["Pod", holder])).toBe(
    `Not known: Gatehouse cannot read ${holder}s of cluster gx, which hold the revisions.`,
  );
  expect(historyUnknown(one, ["Pod"])).toBeUndefined();
  expect(historyUnknown({ ...one, kind: "CronJob" }, [holder])).toBeUndefined();
});

it("the way to its pods finds those of the workload and namespace, live and of any state", () => {
  const wallet = row("wallet", "gx/mainnet", DONE);
  const asked = new URLSearchParams(podsOfPath(wallet).split("?")[1]);
  expect(podsOfPath(wallet)).toMatch(/^\/pods\?/);
  const fits = podFits({ environment: asked.get("environment") ?? "", text: asked.get("text") ?? "" });
  const pod: PodRow = {
    environment: "gx/mainnet",
    cluster: "gx",
    namespace: "mainnet",
    name: "wallet-7c4-x1",
    service: null,
    node: null,
    state: "ImagePullBackOff",
    isReady: false,
    reason: null,
    restarts: 0,
    createdAt: null,
  };
  expect(fits(pod)).toBe(true);
  for (const other of [{ name: "ledger-7c4-x1" }, { namespace: "backups" }, { environment: "gx/testnet" }]) {
    expect(fits({ ...pod, ...other })).toBe(false);
  }
});

it("what is shown fits everything that is asked for; the words are looked for in names and reasons alike", () => {
  const rollouts = shown([
    row("svc-wallet", "gx/mainnet", STUCK),
    row("svc-wallet", "gx/testnet", DONE),
    row("postgres", "gx/mainnet", DONE, { kind: "StatefulSet" }),
  ]);
  const none = { environment: undefined, kind: undefined, state: undefined, text: undefined };
  const names = (filter: Partial<typeof none> | Record<string, string>) =>
    filterRollouts(rollouts, { ...none, ...filter }).map((one) => `${one.row.environment} ${one.row.name}`);
  expect(names({})).toHaveLength(3);
  expect(names({ text: "Wallet IMAGE" })).toEqual(["gx/mainnet svc-wallet"]);
  expect(names({ environment: "gx/testnet" })).toEqual(["gx/testnet svc-wallet"]);
  expect(names({ kind: "StatefulSet" })).toEqual(["gx/mainnet postgres"]);
  expect(names({ state: "stuck" })).toEqual(["gx/mainnet svc-wallet"]);
});

it.each([
  [STUCK, "stuck on its image"],
  [MOVING, "1 of 3 new"],
  [{ ...DONE, state: "paused", reason: { code: "paused", message: "" } }, "paused"],
  [{ ...DONE, state: "paused", reason: { code: "on_delete", message: "" } }, "waits for a deletion"],
  [{ ...DONE, state: "paused", reason: { code: "image", message: "" } }, "paused, stuck on its image"],
  [{ ...DONE, reason: { code: "paused", message: "" } }, "done, paused"],
  [DONE, "done"],
] as const)("a state has its words: %o", (rollout, words) => {
  const [one] = shown([row("a", "gx/mainnet", rollout)]);
  expect(one && stateWords(one)).toBe(words);
});

it("what is paused and broken is named, and a pause is never green", () => {
  const broken = { ...DONE, state: "paused", reason: { code: "image", message: "" } } as const;
  const held = { ...DONE, reason: { code: "paused", message: "" } } as const;
  const found = shown([row("a", "gx/mainnet", broken), row("b", "gx/mainnet", held)]);
  expect(found.map(rolloutTone)).toEqual(["broken", "look"]);
  const { lead } = rolloutsWords(found, new Map(), new Map());
  expect(plainWords(lead)).toContain("Though it is paused: a in gx/mainnet cannot pull its image.");
});

it("what is not seen fresh is not known, whatever it was", () => {
  const [one] = shown([row("a", "gx/mainnet", DONE)], { state: "unreachable" });
  expect(one && stateWords(one)).toBe("not known");
});

it("what changed is said as far as somebody left word of it", () => {
  const change = { changeCause: "GX-7", rolloutRevision: "3", revision: "4f1c2a9b0d" };
  expect(changeWords(row("a", "gx/mainnet", DONE, change))).toBe("GX-7 · revision 3 · commit 4f1c2a9b");
  expect(changeWords(row("a", "gx/mainnet", DONE))).toBe("");
});
