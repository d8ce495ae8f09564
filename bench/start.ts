import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePorts } from "#cluster/ports.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { root } from "../bin/processes.mjs";

const goalSeconds = 20;
const isReady = /^Gatehouse is ready at /;

/** Starts the demo as a person would, waits until it says that it is ready, and stops it; how many seconds that took. */
async function startOnce(): Promise<number> {
  const { demo: port } = await freePorts(["demo"], {});
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(root, "bin", "bootstrap.mjs"), "demo"], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (isReady.test(line)) {
      const seconds = (performance.now() - startedAt) / 1_000;
      child.kill("SIGTERM");
      child.stdout.resume();
      await ended;
      return seconds;
    }
  }
  throw new Error("The demo ended before it was ready, so its start could not be measured. Is it running already?");
}

/** The demo's second start: everything is built and its folder is there from the first one. */
export async function bench(): Promise<readonly BenchRow[]> {
  await startOnce();
  const seconds = await startOnce();
  return [
    {
      name: "second start of the demo",
      figure: seconds,
      unit: "s",
      peer: null,
      goal: `at most ${goalSeconds}`,
      holds: seconds <= goalSeconds,
    },
  ];
}
