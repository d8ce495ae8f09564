import { describe, expect, it } from "vitest";
import { type Pod, PROBE_PATIENCE_MS, type ReplicaSet, rolloutOf, type Warning, type Workload } from "./model.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

function workload(changes: Partial<Workload> = {}): Workload {
  return {
    kind: "Deployment",
    uid: "w",
    namespace: "live",
    name: "ledger",
    service: "ledger",
    revision: undefined,
    images: [{ container: "main", image: "ledger:2" }],
    generation: 3,
    observedGeneration: 3,
    desired: 4,
    replicas: 5,
    updated: 2,
    ready: 4,
    available: 4,
    paused: false,
    deadlineExceeded: false,
    podDemand: { pods: 1, cpuCores: 0.5, memoryBytes: 2 ** 28 },
    ...changes,
  };
}

const COMPLETE = { replicas: 4, updated: 4, ready: 4, available: 4 };

function pod(changes: Partial<Pod> = {}): Pod {
  return {
    uid: "p",
    namespace: "live",
    name: "ledger-7c4-x1",
    ownerUid: "rs",
    phase: "Running",
    isReady: false,
    isDeleting: false,
    node: "node-1",
    restarts: 0,
    waiting: undefined,
    lastExitCode: undefined,
    unreadySince: undefined,
    unschedulable: undefined,
    ...changes,
  };
}

function replicaSet(changes: Partial<ReplicaSet> = {}): ReplicaSet {
  return {
    uid: "rs",
    namespace: "live",
    name: "ledger-7c4",
    ownerUid: "w",
    desired: 4,
    failure: undefined,
    ...changes,
  };
}

function unhealthy(message: string): Warning {
  return { uid: "e", namespace: "live", involvedUid: "p", reason: "Unhealthy", message, at: NOW };
}

function stuckBy(parts: {
  workload?: Partial<Workload>;
  replicaSets?: ReplicaSet[];
  pods?: Pod[];
  warnings?: Warning[];
}) {
  return rolloutOf(workload(parts.workload), parts.replicaSets ?? [], parts.pods ?? [], parts.warnings ?? [], NOW);
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
    const pods = [pod({ waiting: { container: "main", reason: "ImagePullBackOff", message: "" } })];
    expect(stuckBy({ workload: { ...COMPLETE, deadlineExceeded: true }, pods }).state).toBe("done");
  });

  it("when it is paused after its last replica", () => {
    expect(stuckBy({ workload: { ...COMPLETE, paused: true } }).state).toBe("done");
  });
});

it("a paused rollout is paused, whatever its pods say", () => {
  const pods = [pod({ unschedulable: "0/4 nodes are available" })];
  expect(stuckBy({ workload: { paused: true }, pods })).toMatchObject({ state: "paused", reason: null });
});

it("a rollout whose pods only take their time is progressing", () => {
  const pods = [
    pod({ phase: "Pending" }),
    pod({ waiting: { container: "main", reason: "ContainerCreating", message: "" } }),
    pod({ unreadySince: NOW - 1000 }),
    pod({ isReady: true }),
  ];
  expect(stuckBy({ replicaSets: [replicaSet()], pods })).toMatchObject({ state: "progressing", reason: null });
});

describe("a stuck rollout names its reason:", () => {
  // Copied from a ReplicaSet's ReplicaFailure condition as Kubernetes 1.36 wrote it.
  const FROM_API_SERVER =
    'pods "over-858b496586-pm9l8" is forbidden: exceeded quota: live-quota, requested: requests.cpu=700m, used: requests.cpu=700m, limited: requests.cpu=1';

  it("a quota, with what is needed, used and allowed, from the API server's own words", () => {
    expect(stuckBy({ replicaSets: [replicaSet({ failure: FROM_API_SERVER })] })).toMatchObject({
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
    expect(stuckBy({ replicaSets: [replicaSet({ failure })] }).reason?.message).toBe(
      "quota q leaves no room: needs pods=1,requests.cpu=500m, in use pods=10,requests.cpu=16, limit pods=10,requests.cpu=16",
    );
  });

  it("another refusal of the API server, cut to a readable length", () => {
    const failure = `pods "a-1" is forbidden: violates PodSecurity ${"x".repeat(400)}`;
    const { reason } = stuckBy({ replicaSets: [replicaSet({ failure })] });
    expect(reason?.code).toBe("rejected");
    expect(reason?.message).toMatch(
      /^the API server refuses the pod: pods "a-1" is forbidden: violates PodSecurity x+…$/,
    );
    expect(reason?.message.length).toBeLessThan(340);
  });

  it("but not the refusal of a ReplicaSet that wants no pods any more", () => {
    expect(stuckBy({ replicaSets: [replicaSet({ desired: 0, failure: FROM_API_SERVER })] }).state).toBe("progressing");
  });

  it.each(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])("an image (%s)", (reason) => {
    const pods = [pod({ waiting: { container: "main", reason, message: "x/y:2: not found" } })];
    expect(stuckBy({ pods })).toMatchObject({
      state: "stuck",
      reason: {
        code: "image",
        message: `ledger-7c4-x1 cannot pull the image of main (${reason}): x/y:2: not found`,
      },
    });
  });

  it("a crash loop, with the last exit code and the restarts", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "back-off 40s" };
    expect(stuckBy({ pods: [pod({ waiting, lastExitCode: 137, restarts: 5 })] })).toMatchObject({
      state: "stuck",
      reason: {
        code: "crash_loop",
        message: "main in ledger-7c4-x1 does not stay up (CrashLoopBackOff, last exit code 137, 5 restarts)",
      },
    });
  });

  it("a crash loop also in the moments in which the container runs again", () => {
    const between = pod({ restarts: 5, lastExitCode: 1, unreadySince: NOW - 1000 });
    expect(stuckBy({ pods: [between] })).toMatchObject({ state: "stuck", reason: { code: "crash_loop" } });
    expect(stuckBy({ pods: [{ ...between, restarts: 1 }] }).state).toBe("progressing");
    expect(stuckBy({ pods: [{ ...between, isReady: true, unreadySince: undefined }] }).state).toBe("progressing");
  });

  it("a container that cannot be configured", () => {
    const waiting = { container: "main", reason: "CreateContainerConfigError", message: "" };
    expect(stuckBy({ pods: [pod({ waiting })] }).reason?.message).toBe(
      "main in ledger-7c4-x1 does not stay up (CreateContainerConfigError, 0 restarts)",
    );
  });

  it("a probe, at once when Kubernetes has reported it", () => {
    const warnings = [unhealthy("Readiness probe failed: HTTP probe failed with statuscode: 503")];
    expect(stuckBy({ pods: [pod({ unreadySince: NOW - 1 })], warnings })).toMatchObject({
      state: "stuck",
      reason: {
        code: "probe",
        message: "ledger-7c4-x1 is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
      },
    });
  });

  it("a probe, by time alone when no event tells, and not a millisecond before", () => {
    const since = (ms: number) => stuckBy({ pods: [pod({ unreadySince: NOW - ms })] });
    expect(since(PROBE_PATIENCE_MS - 1).state).toBe("progressing");
    expect(since(PROBE_PATIENCE_MS).reason).toEqual({
      code: "probe",
      message: "ledger-7c4-x1 runs and is not ready for 30 s: its readiness probe fails",
    });
  });

  it("but no probe for a pod that is ready, whatever was reported before", () => {
    const warnings = [unhealthy("Startup probe failed")];
    expect(stuckBy({ pods: [pod({ isReady: true })], warnings }).state).toBe("progressing");
  });

  it("a pod that no node takes", () => {
    const unschedulable = "0/4 nodes are available: 4 Insufficient cpu.";
    expect(stuckBy({ pods: [pod({ unschedulable })] }).reason).toEqual({
      code: "unschedulable",
      message: "no node takes ledger-7c4-x1: 0/4 nodes are available: 4 Insufficient cpu.",
    });
  });

  it("the Deployment's own deadline, when nothing better is known", () => {
    expect(stuckBy({ workload: { deadlineExceeded: true } }).reason).toEqual({
      code: "deadline",
      message: "no progress within the Deployment's progressDeadlineSeconds",
    });
  });

  it("a better reason before the deadline", () => {
    const pods = [pod({ unschedulable: "no room" })];
    expect(stuckBy({ workload: { deadlineExceeded: true }, pods }).reason?.code).toBe("unschedulable");
  });

  it("never that of a pod that is going away", () => {
    const waiting = { container: "main", reason: "CrashLoopBackOff", message: "" };
    expect(stuckBy({ pods: [pod({ isDeleting: true, waiting })] }).state).toBe("progressing");
  });
});
