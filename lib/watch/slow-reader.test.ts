import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeToNodeResponse } from "next/dist/server/pipe-readable.js";
import { expect, it } from "vitest";
import type { Change } from "./model.ts";
import { createRing } from "./ring.ts";
import { liveStream } from "./stream.ts";

const LONGEST_WAIT_MS = 3000;
const source = (message: string): Change => ({
  kind: "source",
  id: "git:gravv",
  row: { id: "git:gravv", state: "ok", since: "2026-11-21T00:00:00.000Z", message },
});

/** Hands a ring's stream over to Node's HTTP server as Next does. */
async function serve() {
  const ring = createRing(10_000);
  const cutAt = Promise.withResolvers<number>();
  let response: { writableNeedDrain: boolean } | undefined;
  const server = createServer((asked, answer) => {
    response = answer;
    const after = String(asked.headers["last-event-id"] ?? "") || null;
    const stream = liveStream(ring, after, new AbortController().signal, () => cutAt.resolve(performance.now()));
    pipeToNodeResponse(stream, answer).catch(cutAt.reject);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { ring, port, cutAt: cutAt.promise, isFull: () => response?.writableNeedDrain === true, server };
}

async function ask(port: number, lastEventId?: string): Promise<IncomingMessage> {
  const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const asking = request({ port, host: "127.0.0.1", agent: false, headers }).end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return answer;
}

/** All that comes until the line ends, and whether it ended in good order. */
async function takeAll(answer: IncomingMessage): Promise<{ text: string; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A line that breaks is an error too; how it ended is said by `complete`.
  answer.on("error", () => resolve()).on("close", () => resolve());
  answer.resume();
  await closed;
  return { text: Buffer.concat(chunks).toString("utf8"), isWhole: answer.complete };
}

/** Tells more and more until the network holds no more of it. Each part of it is as long as a change of many rows. */
async function fill({ ring, isFull }: Awaited<ReturnType<typeof serve>>): Promise<void> {
  let wasFull = 0;
  for (let count = 0; wasFull < 5; count += 1) {
    wasFull = isFull() ? wasFull + 1 : 0;
    if (!isFull()) {
      ring.publish([source(`${count} ${"x".repeat(60_000)}`)]);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it("a reader of HTTP that stops reading is cut within 3 s of the first change it leaves, gets none of what waited, and comes back to what is", async () => {
  const served = await serve();
  const { ring, port, cutAt, server } = served;
  const answer = await ask(port);
  answer.pause();
  await fill(served);
  const told = ring.published();
  const toldAt = performance.now();
  ring.publish([source("waits in vain")]);
  const waitedMs = (await cutAt) - toldAt;
  expect(waitedMs).toBeGreaterThanOrEqual(LONGEST_WAIT_MS - 50);
  expect(waitedMs).toBeLessThan(LONGEST_WAIT_MS + 1000);
  ring.publish([source("said after the cut")]);

  const { text, isWhole } = await takeAll(answer);
  expect(isWhole).toBe(false);
  expect(text).not.toContain("waits in vain");
  const lastId = [...text.matchAll(/^id: (\S+:(\d+))\n(?:event: \w+\n)?data: .*\n\n/gm)].at(-1);
  expect(Number(lastId?.[2])).toBeLessThanOrEqual(told);

  const again = await ask(port, lastId?.[1] ?? "");
  let resumed = "";
  for await (const chunk of again) {
    resumed += String(chunk);
    if (resumed.includes("said after the cut")) {
      break;
    }
  }
  server.close();
  server.closeAllConnections();
});
