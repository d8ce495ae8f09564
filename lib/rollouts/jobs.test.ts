import { describe, expect, it } from "vitest";
import type { CronJob, Job } from "#lib/clusters/model.ts";
import { aPod } from "#lib/testing/cluster-objects.ts";
import { cronJobRolloutOf, jobRolloutOf, latestJob } from "./jobs.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

function job(changes: Partial<Job> = {}): Job {
  return {
    uid: "j",
    namespace: "live",
    name: "sweep-1",
    ownerUid: undefined,
    labels: {},
    annotations: {},
    createdAt: NOW,
    startedAt: NOW,
    endedAt: undefined,
    state: "running",
    failure: undefined,
    scheduledAt: undefined,
    completions: 3,
    podLabels: {},
    active: 1,
    succeeded: 1,
    failed: 0,
    activeDeadlineMs: undefined,
    ...changes,
  };
}

const cronJob: CronJob = {
  uid: "c",
  namespace: "live",
  name: "sweep",
  labels: {},
  annotations: {},
  podLabels: {},
  createdAt: NOW,
  schedule: "@hourly",
  timeZone: undefined,
  isSuspended: false,
  startingDeadlineMs: undefined,
  concurrency: "Forbid",
  activeDeadlineMs: undefined,
  lastScheduledAt: undefined,
  lastSucceededAt: undefined,
  active: 0,
  images: [],
};

const seen = (changes: Partial<Job>, pods = [aPod({ isReady: true })]) =>
  jobRolloutOf(job(changes), { pods, warnings: [], nowMs: NOW });

describe("a Job", () => {
  it("is progressing while it runs, counted by its completions", () => {
    expect(seen({})).toEqual({ state: "progressing", reason: null, desired: 3, updated: 2, ready: 1, available: 1 });
  });

  it.each([
    ["succeeded", "done"],
    ["suspended", "paused"],
    ["waiting", "progressing"],
  ] as const)("that %s is %s", (state, expected) => {
    expect(seen({ state }).state).toBe(expected);
  });

  it("that has failed says why and since when", () => {
    const failure = { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
    expect(seen({ state: "failed", failure, endedAt: NOW }).reason).toEqual({
      code: "job_failed",
      message: "sweep-1 has failed (BackoffLimitExceeded): Job has reached the specified backoff limit",
      since: "2026-11-21T12:00:00.000Z",
    });
  });

  it("whose pod cannot start is stuck by that pod's reason", () => {
    const waiting = { container: "main", reason: "ImagePullBackOff", message: "", isInit: false };
    expect(seen({}, [aPod({ waiting })])).toMatchObject({ state: "stuck", reason: { code: "image" } });
    expect(seen({}, [aPod({ waiting, isDeleting: true })]).state).toBe("progressing");
  });
});

describe("a CronJob", () => {
  it("stands where its latest Job stands", () => {
    expect(cronJobRolloutOf(cronJob, seen({ state: "failed" })).state).toBe("stuck");
    expect(cronJobRolloutOf(cronJob, seen({})).state).toBe("progressing");
  });

  it("that is suspended is paused, whatever its latest Job did", () => {
    expect(cronJobRolloutOf({ ...cronJob, isSuspended: true }, seen({ state: "failed" }))).toMatchObject({
      state: "paused",
      reason: { code: "paused" },
    });
  });

  it("that has not run yet has nothing to roll out", () => {
    expect(cronJobRolloutOf(cronJob, undefined)).toMatchObject({ state: "done", desired: 0 });
  });
});

it("the latest Job is the one that was made last", () => {
  expect(latestJob([job({ name: "b", createdAt: NOW }), job({ name: "a", createdAt: NOW - 1 })])?.name).toBe("b");
  expect(latestJob([])).toBeUndefined();
});
