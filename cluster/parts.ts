import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment, type Environment } from "./commands.ts";
import { endLeftovers, formatRecords, ownerName } from "./leftovers.ts";

/** A program that is started as a child process and can be treated as badly as a test wants. */
export type Part = {
  readonly name: string;
  /** null while it does not run. */
  readonly pid: number | null;
  /** Starts it (again) and waits until it answers. Throws with the end of its log when it dies or stays silent. */
  start(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** SIGKILL; waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it in order, by force after a while; waits until it is gone. */
  stop(): Promise<void>;
};

export type PartOptions = {
  name: string;
  program: string;
  arguments: readonly string[];
  environment?: Environment;
  /** The directory of all parts where it is not given. */
  workingDirectory?: string;
  /** Runs as this user; only root may ask for it. */
  user?: { uid: number; gid: number };
  stopSignal?: "SIGTERM" | "SIGINT";
  /** Asked until it is true; a part without it counts as ready once it runs. */
  isReady?: () => Promise<boolean>;
  /** Ends the error message when it does not start. */
  advice: string;
};

export type Parts = {
  add(options: PartOptions): Part;
  all(): readonly Part[];
  /** Stops every part, the last added first, and waits until all are gone. */
  stop(): Promise<void>;
};

const readyWithinMs = 60_000;
const askAgainMs = 25;
const stopWithinMs = 8_000;

/**
 * Its standard input ends when this process does, however that happens; then it ends what is on record, by force after a while
 * (an API server without its etcd never ends by itself). Without it a killed demo would leave a whole control plane behind.
 */
const reaperScript = `
read -r _
[ -f "$1" ] || exit 0
send() { while read -r pid own name; do [ "$name" = ${ownerName} ] || kill -s "\${2:-$own}" "$pid"; done < "$1"; }
send "$1"
send "$1" CONT
sleep 5
send "$1" KILL
`;

/**
 * A set of child processes that belong to `directory`: their logs go to `<directory>/logs/<name>.log`, their pids are on record
 * in `<directory>/processes`, and whatever an earlier owner left running there is ended first. Every part must name the
 * directory in its arguments or environment, because that is how a leftover is known.
 */
export async function openParts(directory: string): Promise<Parts> {
  const record = join(directory, "processes");
  const logs = join(directory, "logs");
  await mkdir(logs, { recursive: true });
  await endLeftovers(record, directory);
  const parts: Part[] = [];
  const stopSignals = new Map<Part, string>();
  let lastWrite = Promise.resolve();
  const writeRecord = () => {
    const owner = { pid: process.pid, signal: "TERM", name: ownerName };
    const running = parts.flatMap((part) => {
      const signal = (stopSignals.get(part) ?? "SIGTERM").slice("SIG".length);
      return part.pid === null ? [] : [{ pid: part.pid, signal, name: part.name }];
    });
    lastWrite = lastWrite.then(() => writeFile(record, formatRecords([owner, ...running])));
    return lastWrite;
  };
  await writeRecord();
  const reaper = startReaper(record);
  return {
    add(options) {
      const part = createPart(options, { directory, log: join(logs, `${options.name}.log`), changed: writeRecord });
      parts.push(part);
      stopSignals.set(part, options.stopSignal ?? "SIGTERM");
      return part;
    },
    all: () => parts,
    async stop() {
      for (const part of parts.toReversed()) {
        await part.stop();
      }
      await lastWrite;
      await rm(record, { force: true });
      await reaper.dismiss();
    },
  };
}

function startReaper(record: string): { dismiss(): Promise<void> } {
  const reaper = spawn("/bin/sh", ["-c", reaperScript, "gatehouse-reaper", record], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  reaper.unref();
  if (reaper.stdin instanceof Socket) {
    reaper.stdin.unref();
  }
  return {
    async dismiss() {
      if (reaper.exitCode !== null || reaper.signalCode !== null) {
        return;
      }
      reaper.ref();
      const gone = once(reaper, "exit");
      reaper.stdin.end();
      await gone;
    },
  };
}

type PartPlace = { directory: string; log: string; changed: () => Promise<void> };

function createPart(options: PartOptions, place: PartPlace): Part {
  let child: ChildProcess | null = null;
  const pidOf = () => (child === null || hasEnded(child) ? null : (child.pid ?? null));
  const part: Part = {
    name: options.name,
    get pid() {
      return pidOf();
    },
    async start() {
      if (pidOf() !== null) {
        return;
      }
      child = await launch(options, place);
      // A part that dies by itself must not stay on record: its pid may soon be somebody else's.
      child.once("exit", place.changed);
      await place.changed();
      await waitUntilReady(child, options, place.log);
    },
    pause() {
      child?.kill("SIGSTOP");
    },
    resume() {
      child?.kill("SIGCONT");
    },
    async kill() {
      await endChild(child, "SIGKILL");
      await place.changed();
    },
    async stop() {
      await endChild(child, options.stopSignal ?? "SIGTERM");
      await place.changed();
    },
  };
  return part;
}

/** In a process group of its own, so that Ctrl-C reaches only the owner, which then stops the parts in order. */
async function launch(options: PartOptions, { directory, log }: PartPlace): Promise<ChildProcess> {
  const logFile = await open(log, "a");
  try {
    const child = spawn(options.program, options.arguments, {
      cwd: options.workingDirectory ?? directory,
      detached: true,
      env: childEnvironment(options.environment ?? {}),
      stdio: ["ignore", logFile.fd, logFile.fd],
      ...options.user,
    });
    await once(child, "spawn");
    return child;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`${options.name} could not be started: ${what}. ${options.advice}`, { cause: error });
  } finally {
    await logFile.close();
  }
}

async function waitUntilReady(child: ChildProcess, options: PartOptions, log: string): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  while (!hasEnded(child) && performance.now() < giveUpAt) {
    if (options.isReady === undefined || (await options.isReady())) {
      return;
    }
    await sleep(askAgainMs);
  }
  const how = hasEnded(child) ? "ended right after it was started" : `did not answer within ${readyWithinMs / 1_000} s`;
  const tail = (await readFile(log, "utf8")).trim().split("\n").slice(-8).join("\n  ");
  const busy = tail.includes("address already in use")
    ? "Another program has taken its port; starting again picks a free one. "
    : "";
  await endChild(child, "SIGKILL");
  throw new Error(`${options.name} ${how}. ${busy}${options.advice} The end of its log:\n  ${tail}`);
}

async function endChild(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || hasEnded(child)) {
    return;
  }
  const gone = once(child, "exit");
  child.kill(signal);
  // A paused process does not see any signal but SIGKILL.
  child.kill("SIGCONT");
  const force = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await gone;
  clearTimeout(force);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
