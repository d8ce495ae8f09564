import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSteps, type Steps } from "./start-steps.mjs";

const plan = [
  { id: "packages", name: "Packages", detail: "npm ci", usualSeconds: 35 },
  { id: "cluster", name: "Control plane", detail: "etcd and the API server" },
];

let said: string[];
let steps: Steps;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-21T10:00:00Z") });
  said = [];
  steps = createSteps(plan, { now: Date.now, say: (line) => said.push(line) });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A step that takes that long. */
function lasting(seconds: number): () => Promise<void> {
  return () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

describe("the steps of a start", () => {
  test("wait until they are run, then count their seconds, then keep them", async () => {
    expect(steps.state().steps.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
    const running = steps.run("packages", lasting(20));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(steps.state().steps[0]).toMatchObject({ state: "running", elapsedSeconds: 12, usualSeconds: 35 });
    await vi.advanceTimersByTimeAsync(8_000);
    await running;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(steps.state().steps[0]).toMatchObject({ state: "done", elapsedSeconds: 20 });
  });

  test("show what the work reports of itself", async () => {
    const running = steps.run("packages", async (report) => {
      report({ detail: "unpacking", progress: 0.4 });
      await lasting(1)();
    });
    expect(steps.state().steps[0]).toMatchObject({ detail: "unpacking", progress: 0.4, usualSeconds: 35 });
    await vi.advanceTimersByTimeAsync(1_000);
    await running;
  });

  test("say one line when they were quick, and where they are while they last", async () => {
    await steps.run("cluster", async () => undefined);
    expect(said).toEqual([" 0:00  Control plane: done in 0 s"]);
    said = [];
    const running = steps.run("packages", lasting(20));
    await vi.advanceTimersByTimeAsync(20_000);
    await running;
    expect(said).toEqual([
      " 0:01  Packages: npm ci (1 s of about 35 s)",
      " 0:16  Packages: npm ci (16 s of about 35 s)",
      " 0:20  Packages: done in 20 s",
    ]);
  });

  test("say nothing over work that writes to the terminal itself", async () => {
    const quiet = createSteps([{ id: "tests", name: "Tests", detail: "vitest", writesItself: true }], {
      now: Date.now,
      say: (line) => said.push(line),
    });
    const running = quiet.run("tests", lasting(30));
    await vi.advanceTimersByTimeAsync(30_000);
    await running;
    expect(said).toEqual([]);
  });

  test("fail with the work's own error, which is thrown on", async () => {
    await expect(steps.run("cluster", () => Promise.reject(new Error("no etcd")))).rejects.toThrow("no etcd");
    expect(steps.state().steps[1]).toMatchObject({ state: "failed" });
  });

  test("wait again when they were called off for something else's failure", async () => {
    const calledOff = AbortSignal.abort();
    await expect(steps.run("cluster", async () => calledOff.throwIfAborted())).rejects.toThrow();
    expect(steps.state().steps[1]).toMatchObject({ state: "waiting", elapsedSeconds: 0 });
  });

  test("go on in another process where the first one stopped, with the same beginning", async () => {
    const running = steps.run("packages", lasting(5));
    await vi.advanceTimersByTimeAsync(5_000);
    await running;
    const soFar = JSON.parse(JSON.stringify(steps.soFar()));
    const next = createSteps(plan, { now: Date.now, say: () => undefined, soFar });
    expect(next.state()).toEqual(steps.state());
  });

  test("refuse one that the plan does not have", async () => {
    await expect(steps.run("lunch", lasting(1))).rejects.toThrow("The plan has no step lunch");
  });
});
