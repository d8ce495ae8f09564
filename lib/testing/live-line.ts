import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeToNodeResponse } from "next/dist/server/pipe-readable.js";
import * as z from "zod";
import { type HeldRows, holdRows } from "#lib/watch/held-rows.ts";
import type { Feed } from "#lib/watch/ring.ts";
import { liveStream } from "#lib/watch/stream.ts";
import { parseDelta, parseTables } from "#lib/watch/wire.ts";

/** A ring's stream at an HTTP server of its own. */
export type ServedFeed = Readonly<{
  port: number;
  /** When the last stream ended; `performance.now()`. */
  endedAt: Promise<number>;
  /** Whether the network takes no more of the last stream. */
  isFull(): boolean;
  stop(): void;
}>;

/** Hands a feed over to Node's HTTP server as Next does. */
export async function serveFeed(feed: Feed): Promise<ServedFeed> {
  const ended = Promise.withResolvers<number>();
  let last: ServerResponse | undefined;
  const server = createServer((asked, answer) => {
    last = answer;
    const after = asked.headers["last-event-id"];
    const stream = liveStream(feed, typeof after === "string" ? after : null, new AbortController().signal, () =>
      ended.resolve(performance.now()),
    );
    pipeToNodeResponse(stream, answer).catch(ended.reject);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: z.object({ port: z.number() }).parse(server.address()).port,
    endedAt: ended.promise,
    isFull: () => last?.writableNeedDrain === true,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Asks for a stream, after an event's id where one is given. */
export async function askForStream(port: number, lastEventId?: string): Promise<IncomingMessage> {
  const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ port, host: "127.0.0.1", agent: false, headers }, resolve).on("error", reject).end();
  return promise;
}

/** A browser's memory, fed by one stream after another. */
export type StreamReader = Readonly<{
  held: HeldRows;
  /** The id of the last event; undefined before the first. */
  lastId(): string | undefined;
  /** The names of the events so far; "" is a change. */
  events: string[];
  /** Reads on until it is so, or the stream ends. Throws for what a browser would not take. */
  readUntil(answer: IncomingMessage, isSo: () => boolean): Promise<void>;
}>;

export function openStreamReader(): StreamReader {
  const held = holdRows();
  const events: string[] = [];
  let lastId: string | undefined;

  function take(text: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
    const [event, data] = [field("event") ?? "", field("data")];
    if (data === undefined) {
      return;
    }
    events.push(event);
    lastId = field("id") ?? lastId;
    const tables = event === "snapshot" ? parseTables(data) : undefined;
    const changes = event === "" ? parseDelta(data) : undefined;
    if (tables !== undefined) {
      held.replace(tables);
    } else if (changes === undefined || held.take(changes) === undefined) {
      throw new Error(`not to be taken: ${text}`);
    }
  }

  return {
    held,
    events,
    lastId: () => lastId,
    async readUntil(answer, isSo) {
      let begun = "";
      for await (const chunk of answer.setEncoding("utf8")) {
        const parts = `${begun}${chunk}`.split("\n\n");
        begun = parts.pop() ?? "";
        parts.forEach(take);
        if (isSo()) {
          return;
        }
      }
    },
  };
}
