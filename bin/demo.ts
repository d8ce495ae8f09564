import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { demoDirectory, demoPidFile, demoReadyFile, pageHearsWithinMs } from "./demo-launch.mjs";
import type { Estate } from "./estate.ts";
import { endSignal } from "./launch.mjs";
import { openStartPage } from "./start-server.mjs";
import { createSteps, demoPlan, type Steps } from "./start-steps.mjs";
import { supervise } from "./supervisor.ts";
import { readPort } from "./usage.mjs";

const stepsSoFarShape = z.object({
  beganAt: z.number(),
  records: z.array(
    z.object({
      id: z.string(),
      state: z.enum(["waiting", "running", "done", "failed"]),
      detail: z.string(),
      beganAt: z.number(),
      endedAt: z.number(),
      progress: z.number().optional(),
      usualSeconds: z.number().optional(),
    }),
  ),
});

function say(line: string): void {
  console.log(line);
}

/** The process that showed the first steps frees the port when it is asked to, and says how far it has come. */
async function takeOver(): Promise<Steps> {
  if (process.send === undefined) {
    throw new Error("This program goes on where another one began, so it was not started. Use: npm run demo");
  }
  const answer = once(process, "message");
  process.send("ready to take over");
  const [soFar] = await answer;
  return createSteps(demoPlan, { now: Date.now, say, soFar: stepsSoFarShape.parse(soFar) });
}

/** Aborts on a signal, and when the process that holds the terminal is gone without having been able to send one. */
function endOfDemo(): AbortSignal {
  const left = new AbortController();
  process.on("disconnect", () => left.abort());
  return AbortSignal.any([endSignal(), left.signal]);
}

/** Everything of an earlier demo goes, after what a killed one left running. */
async function forgetEverything(): Promise<void> {
  const { endLeftovers } = await import("#cluster/leftovers.ts");
  const entries = await readdir(demoDirectory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(demoDirectory, name));
  for (const directory of [demoDirectory, ...folders]) {
    await endLeftovers(join(directory, "processes"), directory);
  }
  for (const { name } of entries) {
    if (join(demoDirectory, name) !== demoPidFile) {
      await rm(join(demoDirectory, name), { recursive: true, force: true });
    }
  }
}

/** Keeps the estate and its `ready.json` as they should be until the signal aborts; then ends it all. */
async function keepRunning(estate: Estate, ending: AbortSignal): Promise<void> {
  const { writeReadyFile } = await import("./ready-file.ts");
  let written = writeReadyFile(demoReadyFile, await estate.ready());
  await written;
  const supervisor = supervise(estate.supervised(), {
    say,
    onChange() {
      written = written.then(async () => writeReadyFile(demoReadyFile, await estate.ready()));
    },
  });
  if (!ending.aborted) {
    await once(ending, "abort");
  }
  await supervisor.stop();
  await written;
  await rm(demoReadyFile, { force: true });
  await estate.stop();
}

async function greet(estate: Estate): Promise<void> {
  const { accounts } = await estate.ready();
  say(`\nGatehouse is ready at ${estate.url}\n`);
  say("Accounts (no password; the navigation switches between them):");
  for (const { account, roles } of accounts) {
    say(`  ${account.padEnd(12)}${roles.join(", ")}`);
  }
  say("\nCtrl-C stops everything.");
}

async function demo(ending: AbortSignal, isReset: boolean): Promise<void> {
  const steps = await takeOver();
  const port = readPort(process.env.PORT);
  const page = await openStartPage({ port, state: steps.state });
  await writeFile(demoPidFile, String(process.pid));
  try {
    if (isReset) {
      await forgetEverything();
    }
    const { startEstate } = await import("./estate-start.ts");
    const estate = await startEstate({
      directory: demoDirectory,
      port,
      databaseUrl: process.env.DATABASE_URL,
      stages: "general",
      signal: ending,
      run: steps.run,
      beforeConsole: page.close,
    });
    await greet(estate);
    await keepRunning(estate, ending);
  } catch (error) {
    if (!ending.aborted) {
      console.error(`\n${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
      await sleep(pageHearsWithinMs);
    }
  } finally {
    await page.close();
    await rm(demoPidFile, { force: true });
  }
}

const ending = endOfDemo();
ending.addEventListener("abort", () => say("Stopping."));
await demo(ending, process.argv.includes("--reset"));
if (ending.aborted) {
  say("Stopped.");
}
process.exit();
