// Plain JavaScript without any package, because it starts what installs them, on any Node that npm runs on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The Node that everything but the set-up runs on. */
export const node24 = join(root, "node_modules", ".bin", "node");

/**
 * The process id that a file holds; undefined where there is no such file.
 * @param {string} file
 */
export function readPid(file) {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** @param {number | undefined} pid */
export function isAlive(pid) {
  if (pid === undefined || Number.isNaN(pid)) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Runs a program to its end, in a process group of its own so that being called off ends its children too.
 * @param {string} program
 * @param {readonly string[]} programArguments
 * @param {{ environment: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<{ exitCode: number | null, output: string }>} null where there is no such program.
 */
export async function runToEnd(program, programArguments, { environment, signal }) {
  signal.throwIfAborted();
  const child = spawn(program, programArguments, {
    cwd: root,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const callOff = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGTERM");
    }
  };
  signal.addEventListener("abort", callOff, { once: true });
  try {
    const [exitCode] = await once(child, "close");
    signal.throwIfAborted();
    return { exitCode: exitCode ?? 1, output };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { exitCode: null, output };
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", callOff);
  }
}

/**
 * Runs a TypeScript program of `bin/` with Node 24 in this terminal. Signals are passed on; `channel` opens a way for
 * messages between the two.
 * @param {string} name
 * @param {readonly string[]} programArguments
 * @param {{ channel: boolean, directory: string }} options
 */
export function startProgram(name, programArguments, { channel, directory }) {
  const child = spawn(
    node24,
    // The code of lib/ is the server's: `server-only` lets itself be imported under this condition alone.
    ["--conditions=react-server", join(root, "bin", `${name}.ts`), ...programArguments],
    {
      cwd: directory,
      env: { ...process.env, PATH: [dirname(node24), pathWithoutPackages()].join(delimiter) },
      stdio: channel ? ["inherit", "inherit", "inherit", "ipc"] : "inherit",
    },
  );
  passSignalsTo(child);
  return child;
}

/**
 * What asks this process to end is passed on; it ends when the other one has.
 * @param {import("node:child_process").ChildProcess} child
 */
export function passSignalsTo(child) {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
}

/** PATH without the programs of installed packages, which npm puts first. */
export function pathWithoutPackages() {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => !entry.endsWith(join("node_modules", ".bin")))
    .join(delimiter);
}

/**
 * Waits for a program to end and answers its exit code, as a shell would say it where a signal ended it.
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
export async function exitCodeOf(child) {
  const [exitCode, signal] = await once(child, "exit");
  return exitCode ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
}
