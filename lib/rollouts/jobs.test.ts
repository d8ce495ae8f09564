import { describe, expect, it } from "vitest";
import type { CronJob, Job, Pod, Warning } from "#lib/clusters/model.ts";
import { aCronJob, aJob, aPod } from "#lib/testing/cluster-objects.ts";
import {
  cronJobRolloutOf,
  jobReasonsOf,
  jobRolloutOf,
  judgeCronJob,
  judgeLoneJob,
  latestJob,
  shownUntil,
  timelyRolloutOf,
} from "./jobs.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

function facts(pods: readonly Pod[] = [aPod({ isReady: true })], warnings: readonly Warning[] = []) {
  return { pods, claims: [], warnings, nowMs: NOW };
}

const seen = (changes: Partial<Job>, pods?: readonly Pod[], warnings?: readonly Warning[]) =>
  jobRolloutOf(aJob(changes), facts(pods, warnings));

const QUOTA =
  'Error creating: pods "sweep-1-x" is forbidden: exceeded quota: limits, requested: pods=1, used: pods=9, limited: pods=9';
const refused = (changes: Partial<Warning> = {}): Warning => ({
  uid: "e",
  namespace: "live",
  name: "e",
  involvedUid: "j",
  reason: "FailedCreate",
  message: QUOTA,
  at: NOW,
  ...changes,
});

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

  it("whose pods the API server refuses is stuck by its words, until a pod is made after all", () => {
    const none = { active: 0, succeeded: 0 };
    expect(seen(none, [], [refused()])).toMatchObject({
      state: "stuck",
      reason: { code: "quota", quota: { name: "limits", resource: "pods" }, since: "2026-11-21T12:00:00.000Z" },
    });
    expect(seen(none, [], [refused({ involvedUid: "other" })]).state).toBe("progressing");
    expect(seen({ active: 1 }, [aPod({ createdAt: NOW + 1000 })], [refused()]).state).toBe("progressing");
    expect(seen({ active: 3, succeeded: 0 }, [], [refused()]).state).toBe("progressing");
  });

  it("whose pods fail again and again is stuck between its back-offs, too", () => {
    expect(seen({ state: "waiting", active: 0, succeeded: 0, failed: 1 }, []).state).toBe("progressing");
    expect(seen({ state: "waiting", active: 0, succeeded: 0, failed: 2 }, []).reason).toEqual({
      code: "crash_loop",
      message: "2 pods of sweep-1 have failed; it tries again until more than 6 have (backoffLimit)",
    });
    expect(seen({ failed: 2, succeeded: 60 }).state).toBe("progressing");
  });

  it("gives every reason, worst first, and none once it has succeeded", () => {
    const waiting = { container: "main", reason: "ImagePullBackOff", message: "", isInit: false };
    const all = facts([aPod({ waiting })], [refused()]);
    expect(jobReasonsOf(aJob({ failed: 3 }), all).map(({ code }) => code)).toEqual(["quota", "image", "crash_loop"]);
    expect(jobReasonsOf(aJob({ state: "succeeded" }), all)).toEqual([]);
  });

  it("is shown as long as it has not ended, and some time after that, longer where it failed", () => {
    expect(shownUntil(aJob())).toBeUndefined();
    expect(shownUntil(aJob({ state: "succeeded", endedAt: NOW }))).toBe(NOW + 24 * HOUR);
    expect(shownUntil(aJob({ state: "failed", endedAt: NOW }))).toBe(NOW + 7 * 24 * HOUR);
  });
});

describe("a Job that nobody schedules", () => {
  const standing = (changes: Partial<Job>, nowMs: number, pods?: readonly Pod[]) => {
    const job = aJob({ createdAt: NOW, startedAt: NOW, ...changes });
    return timelyRolloutOf(jobRolloutOf(job, { ...facts(pods), nowMs }), judgeLoneJob(job, nowMs));
  };
  const unbegun = { state: "waiting", active: 0, succeeded: 0 } as const;

  it("is stuck once it runs for longer than it may, but for a worse reason of its own", () => {
    expect(standing({}, NOW + HOUR)).toMatchObject({ state: "progressing", reason: null });
    expect(standing({ activeDeadlineMs: HOUR }, NOW + HOUR)).toMatchObject({
      state: "stuck",
      reason: { code: "overdue", message: "it has run for 60 min, and may take 60 min" },
    });
    const waiting = { container: "main", reason: "ImagePullBackOff", message: "", isInit: false };
    expect(standing({}, NOW + 25 * HOUR, [aPod({ waiting })]).reason?.code).toBe("image");
  });

  it("that has no pod waits, and did not start once it should have", () => {
    expect(standing(unbegun, NOW, [])).toMatchObject({ state: "progressing", reason: { code: "waiting" } });
    expect(standing(unbegun, NOW + HOUR, [])).toMatchObject({ state: "stuck", reason: { code: "missed" } });
    expect(standing({ ...unbegun, state: "suspended" }, NOW + HOUR, []).state).toBe("paused");
  });
});

describe("a CronJob", () => {
  function standing(changes: Partial<CronJob>, latest?: Partial<Job>) {
    const cronJob = aCronJob(changes);
    const jobs = latest === undefined ? [] : [aJob(latest)];
    const [job] = jobs;
    return cronJobRolloutOf(cronJob, job && { job, rollout: seen(job) }, judgeCronJob(cronJob, jobs, NOW));
  }

  it("stands where its latest Job stands", () => {
    expect(standing({}, { state: "failed" }).state).toBe("stuck");
    expect(standing({}, {}).state).toBe("progressing");
  });

  it("that is suspended is paused, whatever its latest Job did", () => {
    expect(standing({ isSuspended: true }, { state: "failed" })).toMatchObject({
      state: "paused",
      reason: { code: "paused" },
    });
  });

  it("that has not run yet has nothing to roll out", () => {
    expect(standing({})).toMatchObject({ state: "done", desired: 0 });
  });

  it("that did not start when it was due is stuck, though its last run went well, unless it is suspended or runs", () => {
    const late = { lastScheduledAt: NOW - 2 * HOUR, lastSucceededAt: NOW - 2 * HOUR };
    const went = { state: "succeeded", scheduledAt: NOW - 2 * HOUR, endedAt: NOW - 2 * HOUR } as const;
    expect(standing(late, went)).toMatchObject({
      state: "stuck",
      available: 0,
      reason: {
        code: "missed",
        message: expect.stringContaining("it was due 2026-11-21 11:00 UTC and has not started"),
      },
    });
    expect(standing({ ...late, isSuspended: true }, went).state).toBe("paused");
    const forbids = { ...late, concurrency: "Forbid", activeDeadlineMs: 24 * HOUR };
    expect(standing(forbids, { ...went, state: "running" }).state).toBe("progressing");
    expect(standing({ ...late, lastScheduledAt: NOW, lastSucceededAt: NOW }, went).state).toBe("done");
  });

  it("whose run does not end, waits, or is gone for longer than it may take is not under way as usual", () => {
    const scheduled = { lastScheduledAt: NOW - HOUR / 2, activeDeadlineMs: HOUR / 4 };
    const begun = { scheduledAt: NOW - HOUR / 2, startedAt: NOW - HOUR / 2 };
    expect(standing(scheduled, begun)).toMatchObject({ state: "stuck", reason: { code: "overdue" } });
    const unbegun = { state: "waiting", active: 0, succeeded: 0 } as const;
    expect(standing({ lastScheduledAt: NOW }, { ...unbegun, scheduledAt: NOW })).toMatchObject({
      state: "progressing",
      reason: { code: "waiting" },
    });
    expect(standing(scheduled)).toMatchObject({ state: "stuck", reason: { code: "run_gone" } });
  });

  it("whose last run is gone and is not said to have succeeded is not known to be done", () => {
    const scheduled = { lastScheduledAt: NOW, lastSucceededAt: NOW - HOUR };
    const reason = {
      code: "run_gone",
      message: "the Job of its last run, due 2026-11-21 12:00 UTC, is gone, and nothing says that it succeeded",
    };
    expect(standing(scheduled)).toMatchObject({ state: "unknown", reason });
    expect(standing(scheduled, { state: "succeeded", scheduledAt: NOW - HOUR })).toMatchObject({ state: "unknown" });
    expect(standing({ ...scheduled, lastSucceededAt: NOW + 1000 }).state).toBe("done");
    expect(standing({ ...scheduled, active: 1 }).state).toBe("done");
    expect(standing(scheduled, { state: "succeeded", scheduledAt: NOW }).state).toBe("done");
  });
});

it("the latest Job is the one that was made last", () => {
  expect(latestJob([aJob({ name: "b", createdAt: NOW }), aJob({ name: "a", createdAt: NOW - 1 })])?.name).toBe("b");
  expect(latestJob([])).toBeUndefined();
});
