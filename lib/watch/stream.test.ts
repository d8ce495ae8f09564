import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change } from "./model.ts";
import { createRing } from "./ring.ts";
import { ACCESS_OVER, liveStream } from "./stream.ts";

function source(id: string, message: string): Change {
  return { kind: "source", id, row: { id, state: "ok", since: "2026-11-21T00:00:00.000Z", message } };
}

const nothing = () => undefined;

async function readOne(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

it("a browser first gets everything that is held, then each change", async () => {
  const ring = createRing(10);
  ring.publish([source("git:gravv", "one")]);
  const reader = liveStream(ring, null, new AbortController().signal, nothing).getReader();
  expect(await readOne(reader)).toContain("event: snapshot");
  ring.publish([source("git:gravv", "two")]);
  expect(await readOne(reader)).toMatch(/^id: [\w-]+:2\ndata: .*"two"/);
  await reader.cancel();
});

it("a browser that comes back with its last id gets what it missed and no snapshot", async () => {
  const ring = createRing(10);
  ring.publish([source("git:gravv", "one")]);
  const lastId = /^id: (.*)$/m.exec(new TextDecoder().decode(ring.snapshot()))?.[1] ?? "";
  ring.publish([source("git:gravv", "two")]);
  const reader = liveStream(ring, lastId, new AbortController().signal, nothing).getReader();
  const event = await readOne(reader);
  expect(event).toContain('"two"');
  expect(event).not.toContain("snapshot");
  await reader.cancel();
});

it("a snapshot larger than the longest queue is sent whole and cuts nobody off", async () => {
  const ring = createRing(10);
  ring.publish([source("git:gravv", "x".repeat(2_000_000))]);
  const reader = liveStream(ring, null, new AbortController().signal, nothing).getReader();
  expect((await readOne(reader)).length).toBeGreaterThan(2_000_000);
  ring.publish([source("git:gravv", "two")]);
  expect(await readOne(reader)).toContain('"two"');
  await reader.cancel();
});

it("a reader that stops reading is cut off once 512 kB wait for it, and takes nothing of what waited", async () => {
  const ring = createRing(10);
  let isForgotten = false;
  const reader = liveStream(ring, null, new AbortController().signal, () => {
    isForgotten = true;
  }).getReader();
  for (let count = 0; count < 20 && !isForgotten; count += 1) {
    ring.publish([source("git:gravv", `${count} ${"x".repeat(100_000)}`)]);
  }
  expect(ring.published()).toBe(6);
  await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
});

describe("what has waited for 3 s", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("cuts its reader off, however little it is", async () => {
    const ring = createRing(10);
    const reader = liveStream(ring, null, new AbortController().signal, nothing).getReader();
    await readOne(reader);
    const next = reader.read();
    ring.publish([source("git:gravv", "taken")]);
    await next;
    await vi.advanceTimersByTimeAsync(1000);
    ring.publish([source("git:gravv", "left")]);
    await vi.advanceTimersByTimeAsync(2999);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(0);
    await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
  });

  it("cuts nobody off who takes each change within that time, nor one who still takes the snapshot", async () => {
    const ring = createRing(100);
    const reader = liveStream(ring, null, new AbortController().signal, nothing).getReader();
    ring.publish([source("git:gravv", "during the snapshot")]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await readOne(reader)).toContain("event: snapshot");
    expect(await readOne(reader)).toContain("during the snapshot");
    for (let count = 0; count < 10; count += 1) {
      ring.publish([source("git:gravv", `change ${count}`)]);
      await vi.advanceTimersByTimeAsync(1400);
      let taken = "";
      while (!taken.includes(`change ${count}`)) {
        taken = await readOne(reader);
      }
    }
    await reader.cancel();
  });
});

it("a browser that leaves is forgotten and gives its place back once, whichever way it leaves", async () => {
  const ring = createRing(10);
  const left = { byAbort: 0, beforeItBegan: 0, byCancel: 0 };
  const leaving = new AbortController();
  const stream = liveStream(ring, null, leaving.signal, () => {
    left.byAbort += 1;
  });
  leaving.abort();
  const reader = stream.getReader();
  await readOne(reader);
  expect((await reader.read()).done).toBe(true);
  await reader.cancel();
  ring.publish([source("git:gravv", "nobody listens")]);
  await liveStream(ring, null, AbortSignal.abort(), () => {
    left.beforeItBegan += 1;
  }).cancel();
  await liveStream(ring, null, new AbortController().signal, () => {
    left.byCancel += 1;
  }).cancel();
  ring.publish([source("git:gravv", "still nobody")]);
  expect(left).toEqual({ byAbort: 1, beforeItBegan: 1, byCancel: 1 });
});

it("whoever may not look any more is told so as the last word; whoever only leaves is not", async () => {
  for (const [reason, words] of [
    [ACCESS_OVER, "event: over\ndata: {}\n\n"],
    ["another reason", undefined],
  ] as const) {
    const leaving = new AbortController();
    const reader = liveStream(createRing(10), null, leaving.signal, nothing).getReader();
    await readOne(reader);
    leaving.abort(reason);
    const { value, done } = await reader.read();
    expect(value === undefined ? undefined : new TextDecoder().decode(value)).toBe(words);
    expect(done || (await reader.read()).done).toBe(true);
  }
});
