import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "./commands.ts";

/** One line of the file in which a running set of parts is on record: `<pid> <signal that ends it> <name>`. */
export type ProcessRecord = { pid: number; signal: string; name: string };

/** The name under which the process that started the others records itself. */
export const ownerName = "owner";

export function formatRecords(records: readonly ProcessRecord[]): string {
  return records.map(({ pid, signal, name }) => `${pid} ${signal} ${name}\n`).join("");
}

/**
 * Ends what an earlier owner, killed before it could do so, left running. A recorded pid is only touched when it was started
 * with `directory` in its command line or environment: the system may have given the number to somebody else. Throws when the
 * earlier owner still lives.
 */
export async function endLeftovers(file: string, directory: string): Promise<void> {
  const records = await readRecords(file);
  const parts = records.filter((record) => record.name !== ownerName);
  const running = (await Promise.all(parts.map(async (part) => ({ part, ours: await isOurs(part.pid, directory) }))))
    .filter(({ ours }) => ours)
    .map(({ part }) => part);
  const owner = records.find((record) => record.name === ownerName);
  if (running.length > 0 && owner !== undefined && isAlive(owner.pid)) {
    throw new Error(
      `Process ${owner.pid} already runs what is kept in ${directory}, so it was not started again. Stop that process first.`,
    );
  }
  await Promise.all(running.map((part) => end(part, directory)));
}

async function readRecords(file: string): Promise<ProcessRecord[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return "";
    }
    throw error;
  });
  return text
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([pid, signal, name]) => (pid && signal && name ? [{ pid: Number(pid), signal, name }] : []));
}

async function end({ pid, signal }: ProcessRecord, directory: string): Promise<void> {
  for (const [name, waitMs] of [
    [`SIG${signal}`, 5_000],
    ["SIGKILL", 5_000],
  ] as const) {
    signalIfAlive(pid, name);
    // It may have been paused when its owner died, and would never see the signal.
    signalIfAlive(pid, "SIGCONT");
    const giveUpAt = performance.now() + waitMs;
    while (performance.now() < giveUpAt) {
      if (!(await isOurs(pid, directory))) {
        return;
      }
      await sleep(50);
    }
  }
  throw new Error(
    `Process ${pid}, left over from an earlier start in ${directory}, does not end. End it and start again.`,
  );
}

function signalIfAlive(pid: number, signal: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isOurs(pid: number, directory: string): Promise<boolean> {
  return isAlive(pid) && (await startedWith(pid)).includes(directory);
}

/**
 * The command line of a process, and its environment where the system tells, because Next writes a title over its command line.
 * Empty for a process that has ended, even if nobody has collected its exit yet.
 */
async function startedWith(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const files = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`];
    return (await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")))).join("\0");
  }
  const listed = await runCommand("/bin/ps", ["-ww", "-o", "command=", "-p", String(pid)], { environment: {} });
  return listed.output;
}
