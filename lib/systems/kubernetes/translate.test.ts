import { describe, expect, it } from "vitest";
import { actorFor } from "./port.ts";
import { accessReview, decisionOf, identify, messageOfStatus, restartPatch, toMarked, translate } from "./translate.ts";

const made = actorFor({ account: "ada", groups: ["ops"] }, ["ops"]);
if (!made.ok) {
  throw new Error(made.because);
}
const ada = made.actor;
const access = { verb: "patch", group: "apps", resource: "deployments", namespace: "live", name: "svc-ledger" };

describe("a question to the cluster's rules", () => {
  it("asks for the person, their groups and the one that every person has", () => {
    expect(accessReview(ada, access)).toMatchObject({
      kind: "SubjectAccessReview",
      spec: { user: "ada", groups: ["ops", "system:authenticated"], resourceAttributes: access },
    });
  });

  it.each([
    [{ allowed: true }, true],
    [{ allowed: true, denied: true }, false],
    [{ allowed: false }, false],
    [{ allowed: false, denied: true }, false],
  ])("answered with %j is %s, and never in the cluster's own words", (status, allowed) => {
    const reason = 'RBAC: allowed by RoleBinding "secret-name/live"';
    const decision = decisionOf({ status: { ...status, reason, evaluationError: reason } }, ada, access);
    const because = `the cluster ${allowed ? "lets" : "does not let"} ada patch deployments live/svc-ledger`;
    expect(decision).toEqual({ allowed, because });
  });

  it.each([{}, { status: {} }, { status: { allowed: "yes" } }, null, "<html>"])("is not answered by %j", (answer) => {
    expect(() => decisionOf(answer, ada, access)).toThrow();
  });
});

describe("a mark", () => {
  const metadata = { uid: "u", resourceVersion: "7", generation: 3 };

  it("is read off the workload", () => {
    const annotations = { "gatehouse.dev/operation-id": "op_1", other: "x" };
    expect(toMarked({ metadata: { ...metadata, annotations } })).toEqual({ ...metadata, operationId: "op_1" });
    expect(toMarked({ metadata })).toEqual({ ...metadata, operationId: undefined });
  });

  it.each([{}, { metadata: {} }, { metadata: { ...metadata, resourceVersion: undefined } }, null])(
    "is not read off %j",
    (object) => {
      expect(() => toMarked(object)).toThrow();
    },
  );

  it("is left with the restart in one patch that holds for the seen version of the seen object alone", () => {
    const patch = restartPatch({ uid: "u", resourceVersion: "7" }, { operationId: "op_1", at: new Date(0) });
    const template = { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "1970-01-01T00:00:00.000Z" } } };
    expect(patch).toEqual({
      metadata: { uid: "u", resourceVersion: "7", annotations: { "gatehouse.dev/operation-id": "op_1" } },
      spec: { template },
    });
  });
});

it.each([
  [{ kind: "Status", message: "no" }, "no"],
  [{ kind: "Status" }, ""],
  ["<html>", ""],
  [null, ""],
])("a refusal that reads %j says %j", (status, message) => {
  expect(messageOfStatus(status)).toBe(message);
});

const metadata = { uid: "u", name: "a", namespace: "live", resourceVersion: "7" };
const container = (name: string, requests: Record<string, string>) => ({
  name,
  image: `${name}:1`,
  resources: { requests },
});
const condition = (type: string, status: string, reason: string) => ({ type, status, reason, message: `${reason}!` });
const time = "2026-11-21T12:00:00Z";

describe("an object of the API server", () => {
  it("is known by uid and version, or not at all", () => {
    expect(identify({ metadata })).toEqual({ uid: "u", resourceVersion: "7" });
    expect(() => identify({ metadata: { uid: "u" } })).toThrow();
  });

  it.each(["Deployment", "StatefulSet"] as const)("%s: what is missing in it is not seen, and never ready", (kind) => {
    const containers = [container("a", { cpu: "250m", memory: "1Gi" }), container("b", { cpu: "1" })];
    expect(translate(kind, { metadata, spec: { template: { spec: { containers } } } }, [])).toEqual({
      kind: "Workload",
      value: {
        kind,
        uid: "u",
        namespace: "live",
        name: "a",
        service: "a",
        revision: undefined,
        images: [
          { container: "a", image: "a:1" },
          { container: "b", image: "b:1" },
        ],
        generation: 0,
        observedGeneration: 0,
        desired: 1,
        replicas: 0,
        updated: 0,
        ready: 0,
        available: 0,
        paused: false,
        deadlineExceeded: false,
        podDemand: { pods: 1, cpuCores: 1.25, memoryBytes: 1024 ** 3 },
      },
    });
  });

  it("a workload has the service that its label names, and the first revision that it carries", () => {
    const named = {
      ...metadata,
      labels: { "app.kubernetes.io/name": "svc-ledger" },
      annotations: { second: "2", third: "3" },
    };
    const object = {
      metadata: named,
      spec: { paused: true, replicas: 0, template: { spec: {} } },
      status: { conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] },
    };
    expect(translate("Deployment", object, ["first", "second", "third"])).toMatchObject({
      value: { service: "svc-ledger", revision: "2", desired: 0, paused: true, deadlineExceeded: true },
    });
  });

  it.each([
    ["True", "FailedCreate!"],
    ["False", undefined],
  ])(
    "a ReplicaSet whose ReplicaFailure is %s fails with %s, and belongs to its controller alone",
    (status, failure) => {
      const ownerReferences = [{ uid: "no" }, { uid: "owner", controller: true }];
      const conditions = [condition("ReplicaFailure", status, "FailedCreate")];
      const object = { metadata: { ...metadata, ownerReferences }, spec: { replicas: 2 }, status: { conditions } };
      expect(translate("ReplicaSet", object, [])).toMatchObject({ value: { ownerUid: "owner", desired: 2, failure } });
    },
  );

  it("a pod of which nothing is known is in no phase, not ready and nowhere", () => {
    expect(translate("Pod", { metadata, spec: {} }, [])).toEqual({
      kind: "Pod",
      value: {
        uid: "u",
        namespace: "live",
        name: "a",
        ownerUid: undefined,
        phase: "Unknown",
        isReady: false,
        isDeleting: false,
        node: undefined,
        restarts: 0,
        waiting: undefined,
        lastExitCode: undefined,
        unreadySince: undefined,
        unschedulable: undefined,
      },
    });
  });

  it("a pod says why it waits, how it ended, and since when it runs without being ready", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off" };
    const crashed = { name: "main", restartCount: 3, state: { waiting }, lastState: { terminated: { exitCode: 137 } } };
    const pod = (status: unknown) => translate("Pod", { metadata, spec: { nodeName: "n" }, status }, []);
    expect(pod({ phase: "Running", containerStatuses: [crashed] })).toMatchObject({
      value: { restarts: 3, waiting: { container: "main", ...waiting }, lastExitCode: 137, unreadySince: undefined },
    });
    const conditions = [{ ...condition("Ready", "False", "ContainersNotReady"), lastTransitionTime: time }];
    const containerStatuses = [{ name: "main", state: { running: {} } }];
    expect(pod({ phase: "Running", conditions, containerStatuses })).toMatchObject({
      value: { isReady: false, unreadySince: Date.parse(time) },
    });
    expect(pod({ conditions: [condition("PodScheduled", "False", "Unschedulable")] })).toMatchObject({
      value: { unschedulable: "Unschedulable!" },
    });
  });

  it("an Event is a warning or of no interest, and without a time as old as can be", () => {
    const event = { metadata, reason: "Failed", message: "no", involvedObject: { uid: "pod" } };
    expect(translate("Event", { ...event, type: "Normal" }, [])).toEqual({ kind: "Ignored" });
    const value = { uid: "u", namespace: "live", involvedUid: "pod", reason: "Failed", message: "no" };
    const warning = { ...event, type: "Warning" };
    expect(translate("Event", warning, [])).toEqual({ kind: "Warning", value: { ...value, at: 0 } });
    for (const when of [{ lastTimestamp: time }, { lastTimestamp: null, eventTime: time }]) {
      expect(translate("Event", { ...warning, ...when }, [])).toMatchObject({ value: { at: Date.parse(time) } });
    }
  });

  it("a quota that is not counted yet has nothing used", () => {
    expect(translate("ResourceQuota", { metadata, spec: { hard: { pods: "4" } } }, [])).toEqual({
      kind: "ResourceQuota",
      value: { uid: "u", namespace: "live", name: "a", hard: { pods: "4" }, used: {} },
    });
  });

  it.each([
    [[condition("Ready", "True", "KubeletReady")], true],
    [[condition("Ready", "Unknown", "NodeStatusUnknown")], false],
    [[], false],
  ])("a node with the conditions %j is ready: %s", (conditions, isReady) => {
    const labels = { "topology.kubernetes.io/zone": "b" };
    expect(translate("Node", { metadata: { ...metadata, labels }, status: { conditions } }, [])).toEqual({
      kind: "Node",
      value: { uid: "u", name: "a", isReady, zone: "b" },
    });
  });

  it.each(["Deployment", "StatefulSet", "ReplicaSet", "Pod", "Event", "ResourceQuota", "Node"] as const)(
    "that is no %s is not taken for one",
    (kind) => {
      expect(() => translate(kind, { metadata: {} }, [])).toThrow();
      expect(() => translate(kind, null, [])).toThrow();
    },
  );
});
