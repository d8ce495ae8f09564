import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Reading, Seen } from "./live-reader.ts";

export type Reader = Readonly<{
  /** What came since it was last asked; its bytes are all of them. */
  seen(): Promise<Seen>;
  stop(): Promise<void>;
}>;

const opensWithinMs = 60_000;
const lookEveryMs = 100;

/** Reads in a process of its own, so that reading costs the others nothing but processor time. Resolves when all are open. */
export async function startReader(reading: Reading): Promise<Reader> {
  const child = fork(join(import.meta.dirname, "live-reader.ts"));
  const exit = once(child, "exit");
  const failed = exit.then(([code]) => {
    throw new Error(`A reader ended with ${code}.`);
  });
  failed.catch(() => undefined);
  const seen = async () => {
    const answer = once(child, "message");
    child.send("seen");
    const [said] = await Promise.race([answer, failed]);
    return Seen.parse(said);
  };
  child.send(reading);
  const giveUpAt = performance.now() + opensWithinMs;
  while ((await seen()).open < reading.streams.length) {
    if (performance.now() > giveUpAt) {
      child.kill();
      throw new Error(`Not all of ${reading.streams.length} streams were open within ${opensWithinMs / 1000} s.`);
    }
    await sleep(lookEveryMs);
  }
  return {
    seen,
    async stop() {
      child.kill();
      await exit;
    },
  };
}
