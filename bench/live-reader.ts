import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import * as z from "zod";

/** What a reader is told to read: one connection for each entry, until it is asked what it has seen. */
export const Reading = z.object({
  streams: z.array(
    z.object({
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      authority: z.string().optional(),
    }),
  ),
});
export type Reading = z.infer<typeof Reading>;

/** What it answers: each restart count with when it was read (ms since the epoch), and all bytes that came so far. */
export const Seen = z.object({ open: z.number(), seen: z.array(z.tuple([z.number(), z.number()])), bytes: z.number() });
export type Seen = z.infer<typeof Seen>;

/** Both the API server and Gatehouse say it in JSON. */
const restartCount = /"restart(?:s|Count)":(\d+)/g;

const seen: [restarts: number, at: number][] = [];
const bytesOf: (() => number)[] = [];

/** Reads lines and looks for the field, as somebody would who needs no more. */
function read({ url, headers, authority }: Reading["streams"][number]): void {
  const isSecure = url.startsWith("https:");
  const options = { agent: false as const, headers, ...(authority !== undefined && { ca: authority }) };
  const take = (response: import("node:http").IncomingMessage) => {
    if (response.statusCode !== 200) {
      throw new Error(`${url} answers ${response.statusCode}`);
    }
    const { socket } = response;
    bytesOf.push(() => socket.bytesRead);
    let rest = "";
    response.setEncoding("utf8").on("data", (text: string) => {
      const end = text.lastIndexOf("\n");
      if (end === -1) {
        rest += text;
        return;
      }
      const lines = rest + text.slice(0, end);
      rest = text.slice(end);
      const at = performance.timeOrigin + performance.now();
      for (const [, restarts] of lines.matchAll(restartCount)) {
        seen.push([Number(restarts), at]);
      }
    });
  };
  (isSecure ? requestHttps(url, options, take) : requestHttp(url, options, take)).end();
}

process.on("message", (message) => {
  if (message === "seen") {
    const bytes = bytesOf.reduce((sum, of) => sum + of(), 0);
    process.send?.({ open: bytesOf.length, seen: seen.splice(0), bytes } satisfies Seen);
    return;
  }
  for (const stream of Reading.parse(message).streams) {
    read(stream);
  }
});
process.on("disconnect", () => process.exit());
