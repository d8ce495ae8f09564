import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import type { WorkloadRow } from "#lib/rollouts/model.ts";
import { type SeenGx, seeGx } from "#lib/testing/gx.ts";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const iso = (ms: number) => new Date(ms).toISOString();

let view: SeenGx["view"];
let ring: SeenGx["ring"];
let put: SeenGx["put"];

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  ({ view, ring, put } = seeGx(systemClock));
});

afterEach(() => {
  view.stop();
  vi.useRealTimers();
});

function named(uid: string, owner?: Readonly<{ uid: string; kind: string }>) {
  const ownerReferences = owner === undefined ? [] : [{ ...owner, controller: true }];
  return { uid, name: uid, namespace: "mainnet", creationTimestamp: iso(NOON), ownerReferences };
}

const BY_CRON_JOB = { uid: "backup", kind: "CronJob" };
const FAILED = { failed: 7, conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] };
const succeeded = (at: number) => ({
  completionTime: iso(at),
  succeeded: 1,
  conditions: [{ type: "Complete", status: "True" }],
});

function rows(): readonly WorkloadRow[] {
  view.flush();
  return ring.list("workload");
}

const standing = () => rows().map(({ kind, name, rollout }) => `${kind} ${name} ${rollout.state}`);

describe("the row of a workload that is rolled out", () => {
  const putNode = (unschedulable: boolean) =>
    put("Node", { metadata: { uid: "n", name: "n" }, spec: { unschedulable } });
  const putBudget = (disruptionsAllowed: number) =>
    put("PodDisruptionBudget", {
      metadata: named("ledger-budget"),
      spec: { minAvailable: 1, selector: { matchLabels: { app: "ledger" } } },
      status: { observedGeneration: 1, disruptionsAllowed },
    });
  const reason = () => rows()[0]?.rollout.reason?.code ?? null;

  it("says at once that its node cannot be drained, and no longer once it can", () => {
    const template = {
      metadata: { labels: { app: "ledger" } },
      spec: { containers: [{ name: "main", image: "l:1" }] },
    };
    put("StatefulSet", {
      metadata: named("ledger"),
      spec: { replicas: 1, template },
      status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
    });
    put("Pod", {
      metadata: named("ledger-0", { uid: "ledger", kind: "StatefulSet" }),
      spec: { nodeName: "n" },
      status: { phase: "Running" },
    });
    putNode(false);
    putBudget(0);
    expect([standing(), reason()]).toEqual([["StatefulSet ledger done"], null]);
    putNode(true);
    expect([standing(), reason()]).toEqual([["StatefulSet ledger done"], "eviction"]);
    putBudget(1);
    expect(reason()).toBeNull();
    putBudget(0);
    expect(reason()).toBe("eviction");
    view.removed("gx", "Node", "n");
    expect(reason()).toBeNull();
  });
});

describe("the rows of what runs to an end", () => {
  it("are one a CronJob, which moves with its Jobs and their pods, and one a Job of nobody's schedule", () => {
    put("CronJob", { metadata: named("backup"), spec: { schedule: "@hourly" } });
    expect(standing()).toEqual(["CronJob backup done"]);
    put("Job", { metadata: named("backup-1", BY_CRON_JOB), status: { active: 1 } });
    put("Job", { metadata: named("migrate"), status: { active: 1 } });
    put("Job", { metadata: named("step", { uid: "pipeline", kind: "Workflow" }), status: { active: 1 } });
    expect(standing()).toEqual(["CronJob backup progressing", "Job migrate progressing", "Job step progressing"]);
    const waiting = { reason: "ImagePullBackOff", message: "" };
    put("Pod", {
      metadata: named("backup-1-x", { uid: "backup-1", kind: "Job" }),
      spec: {},
      status: { phase: "Pending", containerStatuses: [{ name: "main", state: { waiting } }] },
    });
    expect(rows()[0]?.rollout).toMatchObject({ state: "stuck", reason: { code: "image" } });
    view.removed("gx", "Pod", "backup-1-x");
    put("Job", { metadata: named("backup-1", BY_CRON_JOB), status: FAILED });
    expect(rows()[0]?.rollout).toMatchObject({ state: "stuck", reason: { code: "job_failed" } });
    view.removed("gx", "CronJob", "backup");
    expect(standing()).toEqual(["Job migrate progressing", "Job step progressing"]);
  });

  it("come whole whichever of CronJob, Job, pod and event is told of first", () => {
    const message =
      'Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1';
    const involvedObject = { uid: "backup-1" };
    const at = iso(NOON);
    put("Event", {
      metadata: named("e"),
      type: "Warning",
      reason: "FailedCreate",
      message,
      involvedObject,
      lastTimestamp: at,
    });
    put("Job", { metadata: named("backup-1", BY_CRON_JOB) });
    expect(rows()).toEqual([]);
    put("CronJob", { metadata: named("backup"), spec: { schedule: "@hourly" } });
    expect(rows()).toMatchObject([{ kind: "CronJob", rollout: { state: "stuck", reason: { code: "quota" } } }]);
  });

  it("of Jobs that have ended go by themselves after a day, and that of a CronJob stays", () => {
    put("CronJob", { metadata: named("backup"), spec: { schedule: "0 0 1 1 *" } });
    put("Job", { metadata: named("backup-1", BY_CRON_JOB), status: succeeded(NOON) });
    put("Job", { metadata: named("migrate"), status: succeeded(NOON) });
    put("Job", { metadata: named("older"), status: succeeded(NOON - 25 * HOUR) });
    expect(standing()).toEqual(["CronJob backup done", "Job migrate done"]);
    vi.setSystemTime(NOON + 24 * HOUR);
    vi.advanceTimersByTime(5000);
    expect(standing()).toEqual(["CronJob backup done"]);
  });

  it("of a CronJob turns red by itself when its next run does not start", () => {
    const spec = { schedule: "0 * * * *" };
    const status = { lastScheduleTime: iso(NOON), lastSuccessfulTime: iso(NOON) };
    put("CronJob", { metadata: named("backup"), spec, status });
    expect(standing()).toEqual(["CronJob backup done"]);
    vi.setSystemTime(NOON + HOUR + 5 * 60_000);
    vi.advanceTimersByTime(5000);
    expect(ring.list("workload")).toMatchObject([{ rollout: { state: "done" } }]);
    vi.advanceTimersByTime(2 * 60_000);
    expect(ring.list("workload")).toMatchObject([{ rollout: { state: "stuck", reason: { code: "missed" } } }]);
  });

  it("say what somebody left word of", () => {
    const annotations = { "kubernetes.io/change-cause": "GX-7" };
    const labels = { "app.kubernetes.io/name": "vault" };
    put("CronJob", { metadata: { ...named("backup"), annotations, labels }, spec: { schedule: "@hourly" } });
    expect(rows()).toMatchObject([{ changeCause: "GX-7", service: "vault", rolloutRevision: null }]);
  });
});

it("the row of a StatefulSet tells the number of its newest revision, whichever of the two comes first", () => {
  const owner = { uid: "postgres", kind: "StatefulSet" };
  const data = { spec: { template: { spec: { containers: [{ image: "postgres:18" }] } } } };
  put("ControllerRevision", { metadata: named("postgres-1", owner), revision: 1, data });
  put("StatefulSet", { metadata: named("postgres"), spec: { template: { spec: { containers: [] } } } });
  expect(rows()).toMatchObject([{ kind: "StatefulSet", rolloutRevision: "1" }]);
  put("ControllerRevision", { metadata: named("postgres-2", owner), revision: 10, data });
  put("ControllerRevision", { metadata: named("postgres-3", owner), revision: 9, data });
  expect(rows()).toMatchObject([{ rolloutRevision: "10" }]);
  for (const uid of ["postgres-1", "postgres-2", "postgres-3"]) {
    view.removed("gx", "ControllerRevision", uid);
  }
  expect(rows()).toMatchObject([{ rolloutRevision: null }]);
});

it("the row of a workload moves with the claims of its pods, whichever comes first, and with what is said of them", () => {
  const claim = (phase: string) =>
    put("PersistentVolumeClaim", {
      metadata: named("data-0"),
      spec: { storageClassName: "fast", resources: { requests: { storage: "8Gi" } } },
      status: { phase },
    });
  const message = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
  const reason = () => rows()[0]?.rollout.reason?.message;
  claim("Pending");
  put("StatefulSet", { metadata: named("postgres"), spec: { template: { spec: { containers: [] } } } });
  put("Pod", {
    metadata: named("postgres-0", { uid: "postgres", kind: "StatefulSet" }),
    spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-0" } }] },
    status: { phase: "Pending", conditions },
  });
  expect(reason()).toBe("volume claim data-0 is pending: storage class fast has given it no volume of 8Gi yet");
  const involvedObject = { uid: "data-0" };
  const event = { metadata: named("e"), type: "Warning", reason: "ProvisioningFailed", involvedObject };
  put("Event", { ...event, message: "no disk is left" });
  expect(reason()).toBe("volume claim data-0 is pending: no disk is left");
  claim("Bound");
  expect(reason()).toBe("postgres-0 does not get its volume: its claim is not bound to a volume yet");
});
