import "server-only";
import { Client } from "pg";
import { describeFailure } from "./errors.ts";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";

const RETRY_MS = 1000;

/**
 * Hears PostgreSQL's NOTIFY on a channel until the signal aborts. `onListening` is called whenever a connection starts to
 * listen: what was announced before that is not heard, so that is the moment to read all anew.
 */
export async function listen(
  parts: Readonly<{
    databaseUrl: string;
    channel: string;
    log: Log;
    onListening: () => Promise<void>;
    onMessage: (payload: string) => Promise<void>;
  }>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = new Client({ connectionString: parts.databaseUrl, keepAlive: true });
    const ended = new Promise<void>((resolve) => {
      client.on("end", resolve);
      client.on("error", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await client.connect();
      let work = Promise.resolve();
      const inTurn = (task: () => Promise<void>) => {
        work = work.then(task).catch((failure: unknown) => {
          parts.log.warn(
            { channel: parts.channel, failure: describeFailure(failure) },
            "an announcement is not taken in",
          );
        });
      };
      client.on("notification", (message) => inTurn(() => parts.onMessage(message.payload ?? "")));
      await client.query(`LISTEN ${client.escapeIdentifier(parts.channel)}`);
      inTurn(parts.onListening);
      await ended;
    } catch (failure) {
      parts.log.warn({ channel: parts.channel, failure: describeFailure(failure) }, "the database does not answer");
    }
    await client.end().catch((failure: unknown) => {
      parts.log.debug({ failure: describeFailure(failure) }, "the connection was gone already");
    });
    await pause(signal.aborted ? 0 : RETRY_MS, signal);
  }
}
