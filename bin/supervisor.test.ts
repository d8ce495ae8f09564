import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Supervised, type Supervisor, supervise } from "./supervisor.ts";

class FakePart implements Supervised {
  readonly name: string;
  readonly restartAfterMs: number;
  pid: number | null = 100;
  starts = 0;
  refusals = 0;

  constructor(name: string, restartAfterMs: number) {
    this.name = name;
    this.restartAfterMs = restartAfterMs;
  }

  async start(): Promise<void> {
    this.starts += 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error("its port is taken");
    }
    this.pid = 100 + this.starts;
  }
}

let said: string[];
let changes: number;
let console: FakePart;
let etcd: FakePart;
let supervisor: Supervisor;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  changes = 0;
  console = new FakePart("console", 1_000);
  etcd = new FakePart("etcd@gravv", 10_000);
  supervisor = supervise([console, etcd], {
    say: (line) => said.push(line),
    onChange: () => {
      changes += 1;
    },
  });
});

afterEach(async () => {
  await supervisor.stop();
  vi.useRealTimers();
});

describe("what dies by itself", () => {
  test("is started again, each part after its own time", async () => {
    console.pid = null;
    etcd.pid = null;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([console.starts, etcd.starts]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(9_000);
    expect([console.starts, etcd.starts]).toEqual([1, 1]);
    expect(said).toEqual([
      "console has ended by itself; it is started again in 1 s.",
      "etcd@gravv has ended by itself; it is started again in 10 s.",
      "console runs again, as process 101.",
      "etcd@gravv runs again, as process 101.",
    ]);
  });

  test("is tried again and again when it does not start, and the reason is said", async () => {
    console.pid = null;
    console.refusals = 2;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(console.starts).toBe(3);
    expect(console.pid).toBe(103);
    expect(said).toContain("console could not be started again, trying once more in 1 s: its port is taken");
  });

  test("is told of whenever a process id is another one", async () => {
    expect(changes).toBe(0);
    console.pid = null;
    await vi.advanceTimersByTimeAsync(300);
    expect(changes).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(changes).toBe(2);
  });

  test("stays dead once the supervisor is stopped", async () => {
    await supervisor.stop();
    console.pid = null;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(console.starts).toBe(0);
  });

  test("is left alone when somebody else has started it meanwhile", async () => {
    etcd.pid = null;
    await vi.advanceTimersByTimeAsync(5_000);
    etcd.pid = 7;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(etcd.starts).toBe(0);
  });
});
