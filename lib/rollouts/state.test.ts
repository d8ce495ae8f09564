import { describe, expect, it } from "vitest";
import type { DisruptionBudget, Pod, ReplicaSet, Warning, Workload } from "#lib/clusters/model.ts";
import { aBudget, aPod, aReplicaSet, aWorkload } from "#lib/testing/cluster-objects.ts";
import { CRASH_MEMORY_MS, PROBE_PATIENCE_MS } from "./reasons.ts";
import { rolloutOf } from "./state.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

function workload(changes: Partial<Workload> = {}): Workload {
  return aWorkload({ replicas: 5, updated: 2, ...changes });
}

const COMPLETE = { replicas: 4, updated: 4, ready: 4, available: 4 };

function unhealthy(message: string): Warning {
  return { uid: "e", namespace: "live", name: "e", involvedUid: "p", reason: "Unhealthy", message, at: NOW };
}

function stuckBy(parts: {
  workload?: Partial<Workload>;
  replicaSets?: ReplicaSet[];
  pods?: Pod[];
  warnings?: Warning[];
  budgets?: DisruptionBudget[];
  cordoned?: string[];
}) {
  return rolloutOf({
    workload: workload(parts.workload),
    replicaSets: parts.replicaSets ?? [],
    pods: parts.pods ?? [],
    claims: [],
    warnings: parts.warnings ?? [],
    budgets: parts.budgets ?? [],
    isCordoned: (node) => parts.cordoned?.includes(node) ?? false,
    nowMs: NOW,
  });
}

describe("a rollout is done", () => {
  it("when this generation is seen, every replica is of it, no other is left and all are available", () => {
    expect(stuckBy({ workload: COMPLETE })).toEqual({
      state: "done",
      reason: null,
      desired: 4,
      updated: 4,
      ready: 4,
      available: 4,
    });
  });

  it.each([
    ["the controller has not seen this generation", { generation: 4 }],
    ["a replica is not new yet", { updated: 3 }],
    ["an old replica is left", { replicas: 5 }],
    ["a replica is not available yet", { available: 3 }],
  ])("and not while %s", (_why, lack) => {
    expect(stuckBy({ workload: { ...COMPLETE, ...lack } }).state).toBe("progressing");
  });

  it("for a workload of no replicas", () => {
    const none = { desired: 0, replicas: 0, updated: 0, ready: 0, available: 0 };
    expect(stuckBy({ workload: none }).state).toBe("done");
  });

  it("even when the Deployment's own deadline once ran out, or a pod of before still complains", () => {
    const pods = [aPod({ waiting: { container: "main", reason: "ImagePullBackOff", message: "", isInit: false } })];
    expect(stuckBy({ workload: { ...COMPLETE, deadlineExceeded: true }, pods }).state).toBe("done");
  });

  it("when it is paused after its last replica, and says that it is paused", () => {
    const paused = stuckBy({ workload: { ...COMPLETE, paused: true } });
    expect(paused).toMatchObject({ state: "done", reason: { code: "paused" } });
  });
});

it("a paused rollout is paused, whatever its pods say", () => {
  expect(stuckBy({ workload: { paused: true } })).toMatchObject({ state: "paused", reason: { code: "paused" } });
  const pods = [aPod({ unschedulable: "0/4 nodes are available" })];
  expect(stuckBy({ workload: { paused: true }, pods }).state).toBe("paused");
});

it("a paused rollout whose pods are broken names both", () => {
  const waiting = { container: "main", reason: "ImagePullBackOff", message: "", isInit: false };
  const pods = [aPod({ waiting, notReadySince: NOW - 1000 })];
  expect(stuckBy({ workload: { paused: true }, pods })).toMatchObject({
    state: "paused",
    reason: {
      code: "image",
      message:
        "it is paused (spec.paused): nothing rolls out until it is resumed; ledger-7c4-x1 cannot pull the image of main (ImagePullBackOff)",
      since: new Date(NOW - 1000).toISOString(),
    },
  });
});

it("a rollout whose pods only take their time is progressing", () => {
  const pods = [
    aPod({ phase: "Pending" }),
    aPod({ waiting: { container: "main", reason: "ContainerCreating", message: "", isInit: false } }),
    aPod({ unreadySince: NOW - 1000 }),
    aPod({ isReady: true }),
  ];
  expect(stuckBy({ replicaSets: [aReplicaSet()], pods })).toMatchObject({ state: "progressing", reason: null });
});

describe("a stuck rollout names its reason:", () => {
  // Copied from a ReplicaSet's ReplicaFailure condition as Kubernetes 1.36 wrote it.
  const FROM_API_SERVER =
    'pods "over-858b496586-pm9l8" is forbidden: exceeded quota: live-quota, requested: requests.cpu=700m, used: requests.cpu=700m, limited: requests.cpu=1';

  it("a quota, with what is needed, used and allowed, from the API server's own words", () => {
    expect(stuckBy({ replicaSets: [aReplicaSet({ failure: FROM_API_SERVER })] })).toMatchObject({
      state: "stuck",
      reason: {
        code: "quota",
        message:
          "quota live-quota leaves no room: needs requests.cpu=700m, in use requests.cpu=700m, limit requests.cpu=1",
      },
    });
  });

  it("a quota of several resources, each of them", () => {
    const failure =
      'pods "a-1" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=500m, used: pods=10,requests.cpu=16, limited: pods=10,requests.cpu=16';
    expect(stuckBy({ replicaSets: [aReplicaSet({ failure })] }).reason?.message).toBe(
      "quota q leaves no room: needs pods=1,requests.cpu=500m, in use pods=10,requests.cpu=16, limit pods=10,requests.cpu=16",
    );
  });

  it("another refusal of the API server, cut to a readable length", () => {
    const failure = `pods "a-1" is forbidden: no such ${"x".repeat(400)}`;
    const { reason } = stuckBy({ replicaSets: [aReplicaSet({ failure })] });
    expect(reason?.code).toBe("rejected");
    expect(reason?.message).toMatch(/^the API server refuses the pod: no such x+…$/);
    expect(reason?.message.length).toBeLessThan(340);
  });

  it("a refusal that its Deployment has told before its ReplicaSet was seen", () => {
    expect(stuckBy({ workload: { failure: FROM_API_SERVER } }).reason?.code).toBe("quota");
  });

  it("but not the refusal of a ReplicaSet that wants no pods any more", () => {
    expect(stuckBy({ replicaSets: [aReplicaSet({ desired: 0, failure: FROM_API_SERVER })] }).state).toBe("progressing");
  });

  it.each(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])("an image (%s)", (reason) => {
    const pods = [aPod({ waiting: { container: "main", reason, message: "x/y:2: not found", isInit: false } })];
    expect(stuckBy({ pods })).toMatchObject({
      state: "stuck",
      reason: {
        code: "image",
        message: `ledger-7c4-x1 cannot pull the image of main (${reason}): x/y:2: not found`,
      },
    });
  });

  it("a crash loop, with the last exit code and the restarts", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "back-off 40s", isInit: false };
    expect(stuckBy({ pods: [aPod({ waiting, lastExitCode: 137, restarts: 5 })] })).toMatchObject({
      state: "stuck",
      reason: {
        code: "crash_loop",
        message: "main in ledger-7c4-x1 does not stay up (CrashLoopBackOff, last exit code 137, 5 restarts)",
      },
    });
  });

  it("a crash loop also in the moments in which the container runs again", () => {
    const between = aPod({ restarts: 5, lastExitCode: 1, lastExitAt: NOW - 2000, unreadySince: NOW - 1000 });
    expect(stuckBy({ pods: [between] })).toMatchObject({ state: "stuck", reason: { code: "crash_loop" } });
    expect(stuckBy({ pods: [{ ...between, restarts: 1 }] }).state).toBe("progressing");
    expect(stuckBy({ pods: [{ ...between, isReady: true, unreadySince: undefined }] }).state).toBe("progressing");
  });

  it("the probe, where what crashed once has run for as long as the kubelet remembers a crash", () => {
    const crashed = aPod({ uid: "p", restarts: 5, lastExitCode: 1, unreadySince: NOW - 1000 });
    const warnings = [unhealthy("Readiness probe failed: HTTP probe failed with statuscode: 503")];
    const codeAt = (lastExitAt: number | undefined) =>
      stuckBy({ pods: [{ ...crashed, lastExitAt }], warnings }).reason?.code;
    expect(codeAt(NOW - CRASH_MEMORY_MS + 1)).toBe("crash_loop");
    expect(codeAt(NOW - CRASH_MEMORY_MS)).toBe("probe");
    expect(codeAt(undefined)).toBe("probe");
  });

  it("a container that cannot be configured", () => {
    const waiting = { container: "main", reason: "CreateContainerConfigError", message: "", isInit: false };
    expect(stuckBy({ pods: [aPod({ waiting })] }).reason?.message).toBe(
      "main in ledger-7c4-x1 cannot be made (CreateContainerConfigError)",
    );
  });

  it("a probe, at once when Kubernetes has reported it", () => {
    const warnings = [unhealthy("Readiness probe failed: HTTP probe failed with statuscode: 503")];
    expect(stuckBy({ pods: [aPod({ unreadySince: NOW - 1 })], warnings })).toMatchObject({
      state: "stuck",
      reason: {
        code: "probe",
        message: "ledger-7c4-x1 is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
      },
    });
  });

  it("a probe, by time alone when no event tells, and not a millisecond before", () => {
    const since = (ms: number) => stuckBy({ pods: [aPod({ unreadySince: NOW - ms })] });
    expect(since(PROBE_PATIENCE_MS - 1).state).toBe("progressing");
    expect(since(PROBE_PATIENCE_MS).reason).toEqual({
      code: "probe",
      message: "ledger-7c4-x1 runs and is not ready for 30 s: its readiness probe fails",
    });
  });

  it("but no probe for a pod that is ready, whatever was reported before", () => {
    const warnings = [unhealthy("Startup probe failed")];
    expect(stuckBy({ pods: [aPod({ isReady: true })], warnings }).state).toBe("progressing");
  });

  it("a pod that no node takes", () => {
    const unschedulable = "0/4 nodes are available: 4 Insufficient cpu.";
    expect(stuckBy({ pods: [aPod({ unschedulable })] }).reason).toEqual({
      code: "unschedulable",
      message: "none of 4 nodes takes ledger-7c4-x1: too little CPU free on 4",
    });
  });

  it("the Deployment's own deadline, when nothing better is known", () => {
    expect(stuckBy({ workload: { deadlineExceeded: true } }).reason).toEqual({
      code: "deadline",
      message: "no progress within the Deployment's progressDeadlineSeconds",
    });
  });

  it("a better reason before the deadline", () => {
    const pods = [aPod({ unschedulable: "no room" })];
    expect(stuckBy({ workload: { deadlineExceeded: true }, pods }).reason?.code).toBe("unschedulable");
  });

  it("never that of a pod that is going away", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "", isInit: false };
    expect(stuckBy({ pods: [aPod({ isDeleting: true, waiting })] }).state).toBe("progressing");
  });

  it("an init container, and says that it is one", () => {
    const waiting = { container: "migrate", reason: "CrashLoopBackOff", message: "", isInit: true };
    expect(stuckBy({ pods: [aPod({ waiting, lastExitCode: 1, restarts: 1 })] }).reason).toEqual({
      code: "init",
      message:
        "init container migrate of ledger-7c4-x1 does not finish (CrashLoopBackOff, last exit code 1, 1 restart)",
    });
  });

  it("a container that is killed for its memory", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "", isInit: false };
    const pods = [aPod({ waiting, lastExitCode: 137, lastExitReason: "OOMKilled", restarts: 4 })];
    expect(stuckBy({ pods }).reason?.message).toBe(
      "main in ledger-7c4-x1 does not stay up (CrashLoopBackOff, out of memory, last exit code 137, 4 restarts)",
    );
  });

  it("a volume that cannot be mounted, while the container still waits to be made", () => {
    const waiting = { container: "main", reason: "ContainerCreating", message: "", isInit: false };
    const message = 'MountVolume.SetUp failed for volume "tls": secret "ledger-tls" not found';
    const warnings = [{ ...unhealthy(message), reason: "FailedMount" }];
    expect(stuckBy({ pods: [aPod({ waiting })], warnings }).reason).toEqual({
      code: "volume",
      message: `ledger-7c4-x1 does not get its volume: ${message}`,
    });
    expect(stuckBy({ pods: [aPod({ waiting: undefined })], warnings }).state).toBe("progressing");
  });

  const NO_ROOM = aBudget({ maxUnavailable: 0, disruptionsAllowed: 0 });

  it("a node that cannot be drained, because a budget lets no pod go", () => {
    const drain = { pods: [aPod({ isReady: true })], cordoned: ["node-1"] };
    expect(stuckBy({ ...drain, budgets: [NO_ROOM] }).reason).toEqual({
      code: "eviction",
      message: "node-1 takes no new pods and cannot be drained: PodDisruptionBudget ledger lets none of 1 go now",
    });
    expect(stuckBy({ ...drain, budgets: [{ ...NO_ROOM, disruptionsAllowed: 1 }] }).state).toBe("progressing");
    expect(stuckBy({ ...drain, budgets: [{ ...NO_ROOM, disruptionsAllowed: undefined }] }).state).toBe("progressing");
    expect(stuckBy({ ...drain, cordoned: ["node-2"], budgets: [NO_ROOM] }).state).toBe("progressing");
  });

  it("a node that cannot be drained holds up no rollout that is done, and is said of it all the same", () => {
    const drain = { workload: COMPLETE, pods: [aPod({ isReady: true })], cordoned: ["node-1"] };
    expect(stuckBy({ ...drain, budgets: [NO_ROOM] })).toMatchObject({ state: "done", reason: { code: "eviction" } });
    expect(stuckBy({ ...drain, budgets: [] })).toMatchObject({ state: "done", reason: null });
  });

  it("since when, as the object that tells it says", () => {
    const since = "2026-11-21T11:58:00.000Z";
    const at = Date.parse(since);
    expect(stuckBy({ replicaSets: [aReplicaSet({ failure: FROM_API_SERVER, failedSince: at })] }).reason).toMatchObject(
      {
        since,
      },
    );
    expect(stuckBy({ pods: [aPod({ unschedulable: "no room", notReadySince: at })] }).reason).toMatchObject({ since });
  });

  it("the refusal in an event, of a workload that makes its pods itself, until a pod is made after it", () => {
    const statefulSet = { kind: "StatefulSet", replicas: 2, updated: 2 } as const;
    const message = `create Pod ledger-2 in StatefulSet ledger failed error: ${FROM_API_SERVER}`;
    const warnings = [{ ...unhealthy(message), involvedUid: "w", reason: "FailedCreate" }];
    const quota = { name: "live-quota", resource: "requests.cpu" };
    expect(stuckBy({ workload: statefulSet, warnings }).reason).toMatchObject({ code: "quota", quota });
    expect(stuckBy({ workload: statefulSet, warnings, pods: [aPod({ createdAt: NOW + 1 })] }).state).toBe(
      "progressing",
    );
    expect(stuckBy({ workload: { ...statefulSet, replicas: 4 }, warnings }).state).toBe("progressing");
  });

  it("the worst of several first, with how many more there are", () => {
    const waiting = { container: "main", reason: "ImagePullBackOff", message: "not found", isInit: false };
    const pods = [
      aPod({ uid: "a", name: "a", unschedulable: "no nodes available to schedule pods" }),
      aPod({ waiting }),
    ];
    const replicaSets = [aReplicaSet({ failure: FROM_API_SERVER })];
    expect(stuckBy({ pods, replicaSets, workload: { deadlineExceeded: true } }).reason).toMatchObject({
      code: "quota",
      message: expect.stringMatching(/^quota live-quota leaves no room: .*; and 2 more$/),
    });
    expect(stuckBy({ pods, workload: { deadlineExceeded: true } }).reason).toMatchObject({ code: "image" });
  });

  it("the pod that has had it longest, of several with the same reason", () => {
    const unschedulable = "no nodes available to schedule pods";
    const pods = [
      aPod({ name: "younger", unschedulable, notReadySince: NOW }),
      aPod({ name: "older", unschedulable, notReadySince: NOW - 1 }),
      aPod({ name: "of an unknown age", unschedulable }),
    ];
    expect(stuckBy({ pods }).reason?.message).toBe("no node takes older: the cluster has none");
  });

  it("but not that of a pod of the revision that goes", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "", isInit: false };
    const replicaSets = [aReplicaSet({ rolloutRevision: "6" }), aReplicaSet({ uid: "new", rolloutRevision: "7" })];
    const of = (ownerUid: string) =>
      stuckBy({ workload: { rolloutRevision: "7" }, replicaSets, pods: [aPod({ ownerUid, waiting })] }).state;
    expect(of("rs")).toBe("progressing");
    expect(of("new")).toBe("stuck");
  });
});

describe("by the rule of its kind", () => {
  it("a StatefulSet is done when all from its partition on are new", () => {
    const statefulSet = { kind: "StatefulSet", replicas: 4, ready: 4, available: 4 } as const;
    expect(stuckBy({ workload: { ...statefulSet, updated: 3, partition: 1 } }).state).toBe("done");
    expect(stuckBy({ workload: { ...statefulSet, updated: 2, partition: 1 } }).state).toBe("progressing");
    expect(stuckBy({ workload: { ...statefulSet, updated: 4, available: 3 } }).state).toBe("progressing");
  });

  it("a DaemonSet is done when each node it wants has a new pod that is available", () => {
    const daemonSet = { kind: "DaemonSet", desired: 3, replicas: 3, updated: 3, ready: 3, available: 3 } as const;
    expect(stuckBy({ workload: daemonSet }).state).toBe("done");
    expect(stuckBy({ workload: { ...daemonSet, updated: 2 } }).state).toBe("progressing");
    expect(stuckBy({ workload: { ...daemonSet, available: 2 } }).state).toBe("progressing");
  });

  it("with OnDelete it waits for somebody, which is no progress and no failure", () => {
    const onDelete = { kind: "StatefulSet", updateStrategy: "OnDelete", replicas: 4, updated: 1 } as const;
    expect(stuckBy({ workload: onDelete })).toMatchObject({
      state: "paused",
      reason: {
        code: "on_delete",
        message: "its pods are replaced only when somebody deletes them (OnDelete): 1 of 4 are new",
      },
    });
    expect(stuckBy({ workload: { ...onDelete, available: 3 } }).state).toBe("progressing");
  });
});
