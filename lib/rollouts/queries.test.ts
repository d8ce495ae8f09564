import { beforeEach, describe, expect, it } from "vitest";
import { GatehouseError } from "#lib/platform/errors.ts";
import { listPosture } from "#lib/posture/queries.ts";
import { search } from "#lib/search/queries.ts";
import { denied, EVERYTHING, type SeenGx, seeGx, TESTNET, unreadable, viewerOf } from "#lib/testing/gx.ts";
import type { KindGap } from "#lib/watch/freshness.ts";
import type { RolloutKind } from "./model.ts";
import { listRollouts, readRollout } from "./queries.ts";

const NOON = new Date("2026-11-21T12:00:00.000Z");
const MAINNET = { environment: "gx/mainnet" };

let view: SeenGx["view"];
let runtime: SeenGx["runtime"];
let put: SeenGx["put"];
let putSource: SeenGx["putSource"];

beforeEach(() => {
  ({ view, runtime, put, putSource } = seeGx(() => NOON));
  view.stop();
  putSource("ok");
  for (const namespace of ["mainnet", "testnet"]) {
    putWallet(namespace);
  }
  view.flush();
});

function named(namespace: string, name: string, owner?: string, kind = "Deployment") {
  const ownerReferences = owner === undefined ? [] : [{ uid: `${namespace}-${owner}`, kind, controller: true }];
  return { uid: `${namespace}-${name}`, namespace, name, generation: 1, ownerReferences };
}

/** A Deployment of two with one pod that cannot pull its image; a CronJob whose last run has failed. */
function putWallet(namespace: string): void {
  const template = {
    metadata: { labels: { app: "wallet" } },
    spec: { containers: [{ name: "main", image: "wallet:2" }] },
  };
  put("Deployment", {
    metadata: named(namespace, "wallet"),
    spec: { replicas: 2, template },
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
  });
  put("ReplicaSet", { metadata: named(namespace, "wallet-7c4", "wallet"), spec: { replicas: 2 } });
  const waiting = { reason: "ImagePullBackOff", message: "not found" };
  put("Pod", {
    metadata: named(namespace, "wallet-7c4-x1", "wallet-7c4"),
    spec: { nodeName: "node-1" },
    status: { phase: "Pending", containerStatuses: [{ name: "main", state: { waiting } }] },
  });
  put("CronJob", { metadata: named(namespace, "backup"), spec: { schedule: "@hourly" } });
  put("Job", {
    metadata: named(namespace, "backup-1", "backup", "CronJob"),
    status: { failed: 1, conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] },
  });
}

describe("the rollouts", () => {
  it("are those of every kind, with what the contract names of each", () => {
    const { items, sources } = listRollouts(runtime, EVERYTHING, MAINNET);
    expect(items.map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual([
      "Deployment wallet stuck",
      "CronJob backup stuck",
    ]);
    expect(items[0]).toEqual({
      cluster: "gx",
      namespace: "mainnet",
      kind: "Deployment",
      name: "wallet",
      environment: "gx/mainnet",
      desired: 2,
      updated: 1,
      ready: 1,
      available: 1,
      state: "stuck",
      reason: { code: "image", message: "wallet-7c4-x1 cannot pull the image of main (ImagePullBackOff): not found" },
    });
    expect(sources.map(({ id }) => id)).toEqual(["kubernetes:gx"]);
  });

  it("are unknown where their cluster is not seen fresh, and those of one kind where that kind is refused", () => {
    const states = () => listRollouts(runtime, EVERYTHING, MAINNET).items.map(({ state }) => state);
    putSource("ok", [denied("CronJob")]);
    expect(states()).toEqual(["stuck", "unknown"]);
    putSource("ok", [denied("ReplicaSet")]);
    expect(states()).toEqual(["unknown", "stuck"]);
    putSource("stale");
    expect(states()).toEqual(["unknown", "unknown"]);
  });

  it("say which kinds cannot be seen, so that their absence is no evidence, and only of the kind that is asked for", () => {
    const unknown = (kind?: RolloutKind) => listRollouts(runtime, EVERYTHING, { ...MAINNET, kind }).unknown;
    expect(unknown()).toEqual([]);
    putSource("ok", [denied("StatefulSet"), denied("CronJob")]);
    const [statefulSets, cronJobs] = ["StatefulSet", "CronJob"].map(
      (kind) => `Cluster gx does not let Gatehouse read ${kind} since 11:00 UTC: what depends on it is not known.`,
    );
    expect(unknown()).toEqual([statefulSets, cronJobs]);
    expect(unknown("CronJob")).toEqual([cronJobs]);
    expect(unknown("Deployment")).toEqual([statefulSets]);
  });

  it("are those of one kind, where one is asked for", () => {
    const names = (kind: RolloutKind) => listRollouts(runtime, TESTNET, { kind }).items.map(({ name }) => name);
    expect(names("CronJob")).toEqual(["backup"]);
    expect(names("Deployment")).toEqual(["wallet"]);
    expect(names("DaemonSet")).toEqual([]);
  });

  it("are those of the person's own environments; another's is as if it were not there", () => {
    const environments = listRollouts(runtime, TESTNET).items.map(({ environment }) => environment);
    expect(new Set(environments)).toEqual(new Set(["gx/testnet"]));
    expect(() => listRollouts(runtime, TESTNET, MAINNET)).toThrow(GatehouseError);
  });
});

describe("one rollout", () => {
  it("tells why, what came before, and its pods, those that are not ready first", () => {
    expect(readRollout(runtime, EVERYTHING, "gx/mainnet-wallet")).toMatchObject({
      reasons: [{ code: "image" }],
      updateStrategy: "RollingUpdate",
      scaling: null,
      budgets: [],
      pods: [{ name: "wallet-7c4-x1", node: "node-1", isReady: false, state: "ImagePullBackOff" }],
      findings: expect.arrayContaining([expect.objectContaining({ code: "no_budget" })]),
      unknown: [],
    });
  });

  it("says which kinds are refused, so that an empty list of them is no evidence, and finds nothing by them", () => {
    putSource("ok", [denied("PodDisruptionBudget")]);
    const { unknown, findings } = readRollout(runtime, EVERYTHING, "gx/mainnet-wallet");
    expect(unknown).toEqual(["PodDisruptionBudget"]);
    expect(findings.map(({ code }) => code)).not.toContain("no_budget");
  });

  it("has the revisions of a StatefulSet; where they are refused it says so, and the rest goes on", () => {
    const template = { metadata: { labels: {} }, spec: { containers: [{ name: "main", image: "postgres:18" }] } };
    put("StatefulSet", { metadata: named("mainnet", "postgres"), spec: { replicas: 3, template } });
    put("ControllerRevision", {
      metadata: named("mainnet", "postgres-1", "postgres", "StatefulSet"),
      revision: 1,
      data: { spec: { template } },
    });
    view.flush();
    const detail = () => readRollout(runtime, EVERYTHING, "gx/mainnet-postgres");
    expect(detail()).toMatchObject({
      revisions: [{ number: 1, isCurrent: true, images: ["postgres:18"] }],
      unknown: [],
    });
    putSource("ok", [denied("ControllerRevision")]);
    expect(detail().unknown).toEqual(["ControllerRevision"]);
    const states = listRollouts(runtime, EVERYTHING, MAINNET).items.map(({ state }) => state);
    expect(states).toEqual(["stuck", "stuck", "progressing"]);
  });

  it.each(["gx/mainnet-wallet", "gx/none", "other/mainnet-wallet", "", "/", "gx"])(
    "is not there for somebody who may not see it: %o",
    (id) => {
      expect(() => readRollout(runtime, TESTNET, id)).toThrow("There is no such workload.");
    },
  );
});

describe("the rollout of what runs to an end", () => {
  it("is that of a CronJob by its latest Job, with that one's reason and pods", () => {
    put("Pod", {
      metadata: named("mainnet", "backup-1-x", "backup-1", "Job"),
      spec: {},
      status: { phase: "Failed" },
    });
    expect(readRollout(runtime, EVERYTHING, "gx/mainnet-backup")).toMatchObject({
      reasons: [{ code: "job_failed", message: expect.stringContaining("BackoffLimitExceeded") }],
      updateStrategy: null,
      job: { name: "backup-1", failed: 1, backoffLimit: 6 },
      pods: [{ name: "backup-1-x", state: "Failed" }],
      findings: [],
    });
  });

  it("gives no reason of an earlier Job while it is suspended", () => {
    put("CronJob", { metadata: named("mainnet", "backup"), spec: { schedule: "@hourly", suspend: true } });
    expect(readRollout(runtime, EVERYTHING, "gx/mainnet-backup").reasons).toEqual([]);
  });

  it("is there once: a CronJob's own Job is not there beside it", () => {
    expect(() => readRollout(runtime, EVERYTHING, "gx/mainnet-backup-1")).toThrow("There is no such workload.");
  });

  it("is found by its pods, too", () => {
    put("Pod", { metadata: named("testnet", "backup-1-x", "backup-1", "Job"), spec: {} });
    expect(search(runtime, TESTNET, "backup-1-x").hits).toMatchObject([
      { kind: "pod", href: "/rollouts?workload=gx%2Ftestnet-backup" },
    ]);
  });
});

describe("posture", () => {
  it("is that of the person's own environments, worst first", () => {
    const environments = new Set(listPosture(runtime, TESTNET).items.map(({ environment }) => environment));
    expect(environments).toEqual(new Set(["gx/testnet"]));
    const severities = listPosture(runtime, EVERYTHING, "gx/mainnet").items.map(({ severity }) => severity);
    expect(severities).toEqual(
      [...severities].sort((a, b) => "high medium low".indexOf(a) - "high medium low".indexOf(b)),
    );
    expect(severities[0]).toBe("high");
  });

  it("is not known where the cluster is not seen fresh, and by the kinds that are refused", () => {
    putSource("ok", [denied("NetworkPolicy")]);
    const refused = listPosture(runtime, EVERYTHING, "gx/mainnet");
    expect(refused.unknown).toEqual([
      "Cluster gx does not let Gatehouse read NetworkPolicy since 11:00 UTC: what is closed by default is not known.",
    ]);
    expect(refused.items.map(({ code }) => code)).not.toContain("no_default_deny");
    putSource("unreachable");
    expect(listPosture(runtime, EVERYTHING, "gx/mainnet")).toMatchObject({
      items: [],
      unknown: ["Cluster gx has not been reached since 11:00 UTC: how gx/mainnet stands is not known."],
    });
  });
});

it("what stands behind a workload says which kinds are refused there or cannot be read, and no other namespace's", () => {
  const unknownBy = (gap: KindGap) => {
    putSource("ok", [gap]);
    return readRollout(runtime, EVERYTHING, "gx/mainnet-wallet").unknown;
  };
  expect(unknownBy(denied("PodDisruptionBudget"))).toEqual(["PodDisruptionBudget"]);
  expect(unknownBy(unreadable("PodDisruptionBudget", "mainnet/wallet"))).toEqual(["PodDisruptionBudget"]);
  expect(unknownBy(unreadable("PodDisruptionBudget", "testnet/wallet"))).toEqual([]);
});

describe("posture is not said to be clean", () => {
  const unknownBy = (gap: KindGap) => {
    putSource("ok", [gap]);
    return listPosture(runtime, EVERYTHING, "gx/mainnet").unknown;
  };

  it.each(["Deployment", "StatefulSet", "DaemonSet", "Node", "Pod", "ReplicaSet", "LimitRange", "Namespace"])(
    "where %s is refused or cannot be read",
    (kind) => {
      const expected = [expect.stringMatching(new RegExp(`^Cluster gx .*${kind}.* is not known\\.$`))];
      expect(unknownBy(denied(kind))).toEqual(expected);
      const object = kind === "Node" || kind === "Namespace" ? "mainnet" : "mainnet/x";
      expect(unknownBy(unreadable(kind, object))).toEqual(expected);
    },
  );

  it("and is not in doubt where only what no rule looks at, or another environment's, cannot be read", () => {
    expect(unknownBy(denied("Service"))).toEqual([]);
    expect(unknownBy(unreadable("Deployment", "testnet/x"))).toEqual([]);
  });

  it("of one workload either", () => {
    expect(readRollout(runtime, EVERYTHING, "gx/mainnet-wallet").findingsUnknown).toEqual([]);
    putSource("ok", [denied("PodDisruptionBudget")]);
    const { findings, findingsUnknown } = readRollout(runtime, EVERYTHING, "gx/mainnet-wallet");
    expect(findings.map(({ code }) => code)).not.toContain("no_budget");
    expect(findingsUnknown).toEqual([
      "Cluster gx does not let Gatehouse read PodDisruptionBudget since 11:00 UTC: what a drain may take is not known.",
    ]);
  });
});

describe("the search", () => {
  it("finds an environment, a service, its workload and its pods, each with a page", () => {
    const found = (typed: string) => search(runtime, TESTNET, typed).hits.map(({ kind, label }) => `${kind} ${label}`);
    expect(found("wall")).toEqual(["service wallet", "workload wallet", "pod wallet-7c4-x1"]);
    expect(found("testnet")).toEqual(["environment gx/testnet"]);
    const pod = search(runtime, TESTNET, "wallet-7c4").hits[0];
    expect(pod).toMatchObject({
      hint: "ImagePullBackOff on node-1 in gx/testnet",
      href: "/rollouts?workload=gx%2Ftestnet-wallet",
    });
  });

  it("finds a node by way of an environment that one may see, with what is wrong with it", () => {
    put("Node", { metadata: { uid: "n", name: "worker-2" }, spec: { unschedulable: true } });
    view.flush();
    expect(search(runtime, TESTNET, "worker").hits).toEqual([
      {
        kind: "node",
        label: "worker-2",
        hint: "not ready, cordoned in cluster gx",
        href: "/topology?environment=gx%2Ftestnet&view=nodes&whatIf=node%3Aworker-2",
      },
    ]);
    expect(search(runtime, viewerOf(), "worker").hits).toEqual([]);
  });

  it("finds a resource of a quota, and what is not counted yet is not 0", () => {
    put("ResourceQuota", { metadata: named("testnet", "limits"), spec: { hard: { pods: "10" } } });
    view.flush();
    expect(search(runtime, TESTNET, "limits").hits).toEqual([
      {
        kind: "quota",
        label: "limits pods",
        hint: "? of 10 requested in gx/testnet",
        href: "/quotas?environment=gx%2Ftestnet&quota=gx%2Ftestnet-limits%2Fpods",
      },
    ]);
  });

  it("finds nothing in what one may not see", () => {
    expect(search(runtime, TESTNET, "mainnet").hits).toEqual([]);
    expect(search(runtime, EVERYTHING, "mainnet").hits).toHaveLength(1);
    expect(
      search(runtime, TESTNET, "wallet")
        .hits.map(({ hint }) => hint)
        .join(),
    ).not.toContain("mainnet");
  });

  it.each(["", " ", "w", "no-such-name"])("finds nothing for %o", (typed) => {
    expect(search(runtime, EVERYTHING, typed)).toMatchObject({ hits: [], more: [] });
  });
});
