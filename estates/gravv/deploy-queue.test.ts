import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DeployQueue, type Failure } from "./deploy-queue.ts";
import { UndeployableCommit } from "./deployment.ts";

type Attempt = { revision: string; succeed: () => void; fail: (error: Error) => void };

/** A queue whose deployments end when the test says so. */
function scriptedQueue() {
  const attempts: Attempt[] = [];
  const failures: Failure[] = [];
  const stop = new AbortController();
  const queue = new DeployQueue({
    deploy: (revision) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      attempts.push({ revision, succeed: resolve, fail: reject });
      return promise;
    },
    report: (failure) => failures.push(failure),
    signal: stop.signal,
  });
  return { queue, attempts, failures, stop, done: queue.run() };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

test("one deployment runs at a time, and of the revisions that come meanwhile only the latest follows", async () => {
  const { queue, attempts } = scriptedQueue();
  queue.want("one");
  await settle();
  queue.want("two");
  queue.want("three");
  await settle();
  expect(attempts.map(({ revision }) => revision)).toEqual(["one"]);

  attempts[0]?.succeed();
  await settle();

  expect(attempts.map(({ revision }) => revision)).toEqual(["one", "three"]);
});

test("a revision that is deployed is not deployed again", async () => {
  const { queue, attempts } = scriptedQueue();
  queue.want("one");
  await settle();
  attempts[0]?.succeed();
  await settle();

  queue.want("one");
  await vi.advanceTimersByTimeAsync(60_000);

  expect(attempts).toHaveLength(1);
});

test("a failed deployment is tried again until it succeeds", async () => {
  const { queue, attempts, failures } = scriptedQueue();
  queue.want("one");
  await settle();
  attempts[0]?.fail(new Error("connection refused"));
  await vi.advanceTimersByTimeAsync(500);
  attempts[1]?.fail(new Error("connection refused"));
  await vi.advanceTimersByTimeAsync(1_000);
  attempts[2]?.succeed();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(attempts.map(({ revision }) => revision)).toEqual(["one", "one", "one"]);
  expect(failures.map(({ retryInMs }) => retryInMs === null)).toEqual([false, false]);
});

test("a later revision does not wait out the delay of the one that failed", async () => {
  const { queue, attempts } = scriptedQueue();
  queue.want("one");
  await settle();
  attempts[0]?.fail(new Error("connection refused"));
  await settle();

  queue.want("two");
  await settle();

  expect(attempts.map(({ revision }) => revision)).toEqual(["one", "two"]);
});

test("a commit that cannot be deployed waits for another one", async () => {
  const { queue, attempts, failures } = scriptedQueue();
  queue.want("broken");
  await settle();
  attempts[0]?.fail(new UndeployableCommit("x.yaml is not YAML"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(attempts).toHaveLength(1);
  expect(failures).toMatchObject([{ revision: "broken", retryInMs: null }]);

  queue.want("mended");
  await settle();

  expect(attempts.map(({ revision }) => revision)).toEqual(["broken", "mended"]);
});

test.each(["idle", "deploying", "waiting to try again"])(
  "the queue ends when it is stopped while %s",
  async (state) => {
    const { queue, attempts, failures, stop, done } = scriptedQueue();
    if (state !== "idle") {
      queue.want("one");
      await settle();
    }
    if (state === "waiting to try again") {
      attempts[0]?.fail(new Error("connection refused"));
      await settle();
    }

    stop.abort();
    attempts[0]?.fail(new Error("stopped"));

    await expect(done).resolves.toBeUndefined();
    expect(attempts.length).toBeLessThanOrEqual(1);
    expect(failures).toHaveLength(state === "waiting to try again" ? 1 : 0);
  },
);
