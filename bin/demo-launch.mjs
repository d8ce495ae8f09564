// Plain JavaScript without any package, because the start page answers before they are installed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compileAhead } from "./compile-ahead.mjs";
import { endSignal } from "./launch.mjs";
import { exitCodeOf, isAlive, readPid, root, startProgram } from "./processes.mjs";
import { SetUpFailed, setUp } from "./set-up.mjs";
import { openStartPage } from "./start-server.mjs";
import { createSteps, demoPlan } from "./start-steps.mjs";
import { readPort, WrongUse } from "./usage.mjs";

/** Where the demo keeps all that is its own. */
export const demoDirectory = join(root, ".gatehouse", "demo");

/** Holds the id of the process that runs the demo; there is none where no demo runs. */
export const demoPidFile = join(demoDirectory, "demo.pid");

/** What the demo writes for others when it is ready. */
export const demoReadyFile = join(demoDirectory, "ready.json");

/** Long enough for an open start page to hear that the start has failed. */
export const pageHearsWithinMs = 1_500;

/** Lists what runs; it is there after the end only where the demo was killed. */
const processRecord = join(demoDirectory, "processes");

/** What a killed demo has left behind is ended without it, by force after five seconds. */
const leftoversEndWithinMs = 8_000;
const lookAgainMs = 250;

const wrongUse = 2;
const failed = 1;

/**
 * Answers with the start page at once, sets up what is missing, and hands the page over to `bin/demo.ts`. Answers the exit code:
 * 0 where the demo was ended by a signal.
 * @param {readonly string[]} demoArguments
 * @returns {Promise<number>}
 */
export async function launchDemo(demoArguments) {
  const ending = endSignal();
  const steps = createSteps(demoPlan, { now: Date.now, say: (line) => console.log(line) });
  let page;
  try {
    refuseArguments(demoArguments);
    const port = readPort(process.env.PORT);
    refuseSecondDemo();
    page = await openPageWhenFree(port, steps.state);
    console.log(`Gatehouse starts. http://127.0.0.1:${port} shows how far it is.`);
  } catch (error) {
    if (error instanceof WrongUse) {
      console.error(error.message);
      return wrongUse;
    }
    throw error;
  }
  mkdirSync(demoDirectory, { recursive: true });
  writeFileSync(demoPidFile, String(process.pid));
  rmSync(demoReadyFile, { force: true });
  try {
    await steps.run("packages", (report) => setUpPackages((detail) => report({ detail }), ending));
    return await runDemo(demoArguments, page, steps, ending);
  } catch (error) {
    if (ending.aborted) {
      return 0;
    }
    if (error instanceof SetUpFailed) {
      console.error(error.message);
      await sleep(pageHearsWithinMs);
      return failed;
    }
    throw error;
  } finally {
    await page.close();
    // A demo that was killed could not take back what it had said.
    rmSync(demoPidFile, { force: true });
    rmSync(demoReadyFile, { force: true });
  }
}

/**
 * @param {(detail: string) => void} say
 * @param {AbortSignal} ending
 */
async function setUpPackages(say, ending) {
  const installed = new AbortController();
  compileAhead(AbortSignal.any([ending, installed.signal]));
  try {
    await setUp({ say, signal: ending, withDevelopment: true });
  } finally {
    installed.abort();
  }
}

/**
 * @param {number} port
 * @param {() => import("./start-page.mjs").StartState} state
 */
async function openPageWhenFree(port, state) {
  const giveUpAt = Date.now() + (existsSync(processRecord) ? leftoversEndWithinMs : 0);
  for (;;) {
    try {
      return await openStartPage({ port, state });
    } catch (error) {
      if (!(error instanceof WrongUse) || Date.now() > giveUpAt) {
        throw error;
      }
      await sleep(lookAgainMs);
    }
  }
}

/**
 * One process at a time owns the port: the page is closed when the demo says that it is about to open its own.
 * @param {readonly string[]} demoArguments
 * @param {{ close(): Promise<void> }} page
 * @param {import("./start-steps.mjs").Steps} steps
 * @param {AbortSignal} ending
 */
async function runDemo(demoArguments, page, steps, ending) {
  const child = startProgram("demo", demoArguments, { channel: true, directory: root });
  child.once("message", async () => {
    await page.close();
    if (child.connected) {
      child.send(steps.soFar());
    }
  });
  const exitCode = await exitCodeOf(child);
  if (child.signalCode === null) {
    return exitCode;
  }
  if (ending.aborted) {
    // The signal came before the demo had begun to listen for one.
    return 0;
  }
  console.error(`The demo was ended by ${child.signalCode}; what it had started is being ended too.`);
  return exitCode;
}

/** @param {readonly string[]} demoArguments */
function refuseArguments(demoArguments) {
  const unknown = demoArguments.filter((argument) => argument !== "--reset");
  if (unknown.length > 0) {
    throw new WrongUse(
      `The demo does not know ${unknown.join(" ")}. Nothing was started. Use: [PORT=number] npm run demo [-- --reset]`,
    );
  }
}

function refuseSecondDemo() {
  const pid = readPid(demoPidFile);
  if (pid !== undefined && isAlive(pid) && isDemo(pid)) {
    throw new WrongUse(
      `The demo of this checkout runs already, as process ${pid}. Nothing was started. End that one first: Ctrl-C where it runs, or kill ${pid}`,
    );
  }
}

/**
 * The number of a demo that was killed may by now be another program's.
 * @param {number} pid
 */
function isDemo(pid) {
  try {
    return /bin\/(bootstrap\.mjs|demo\.ts)/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    // No /proc on this system: then the number is all there is to go by.
    return process.platform !== "linux";
  }
}
