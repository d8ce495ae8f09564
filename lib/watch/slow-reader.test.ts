import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { askForStream, openStreamReader, type ServedFeed, serveFeed } from "#lib/testing/live-line.ts";
import type { Change } from "./model.ts";
import { createRing, type Ring } from "./ring.ts";

const LONGEST_WAIT_MS = 3000;
const source = (message: string): Change => ({
  kind: "source",
  id: "git:gravv",
  row: { id: "git:gravv", state: "ok", since: "2026-11-21T00:00:00.000Z", message },
});

/** Tells more and more until the network holds no more of it. Each part of it is as long as a change of many rows. */
async function fill(ring: Ring, { isFull }: ServedFeed): Promise<void> {
  let wasFull = 0;
  for (let count = 0; wasFull < 5; count += 1) {
    wasFull = isFull() ? wasFull + 1 : 0;
    if (!isFull()) {
      ring.publish([source(`${count} ${"x".repeat(60_000)}`)]);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What still comes until the line ends, and whether it ended in good order. */
async function takeTheRest(answer: IncomingMessage): Promise<{ messages: string[]; isWhole: boolean }> {
  const reader = openStreamReader();
  const messages: string[] = [];
  const note = () => {
    messages.push(reader.held.row("source", "git:gravv")?.message ?? "");
    return false;
  };
  // A line that breaks is an error of the reader's too; how it ended is said by `complete`.
  await reader.readUntil(answer, note).catch(() => undefined);
  return { messages, isWhole: answer.complete };
}

it("a reader of HTTP that stops reading is cut within 3 s of the first change that it leaves, gets none of what waited, and comes back to what is", async () => {
  const ring = createRing(10_000);
  const served = await serveFeed(ring);
  const answer = await askForStream(served.port);
  answer.pause();
  await fill(ring, served);
  const toldAt = performance.now();
  ring.publish([source("waits in vain")]);
  const waitedMs = (await served.endedAt) - toldAt;
  expect(waitedMs).toBeGreaterThanOrEqual(LONGEST_WAIT_MS - 50);
  expect(waitedMs).toBeLessThan(LONGEST_WAIT_MS + 1000);
  ring.publish([source("said after the cut")]);

  const { messages, isWhole } = await takeTheRest(answer);
  expect(isWhole).toBe(false);
  expect(messages.length).toBeGreaterThan(1);
  expect(messages).not.toContain("waits in vain");

  const back = openStreamReader();
  const message = () => back.held.row("source", "git:gravv")?.message;
  await back.readUntil(await askForStream(served.port), () => message() !== undefined);
  expect(message()).toBe("said after the cut");
  served.stop();
});
