import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const holderShape = z.object({ host: z.string(), pid: z.number().int() });

/** A holder renews its lock this often; one that has not for `deadAfterMs` is gone, whatever its pid says. */
const renewEveryMs = 2_000;
const deadAfterMs = 30_000;
const lookAgainMs = 200;

export type LockOptions = {
  signal?: AbortSignal;
  /** Called each time the lock was found in somebody else's hands. */
  onWait?: () => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
};

/**
 * Runs `work` while holding the lock file at `path`, so that of several processes one works and the others wait. A lock whose
 * holder has died is taken over. Rejects with the signal's reason when aborted while waiting.
 */
export async function withBuildLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  await acquire(path, options);
  // The renewal may find the folder removed under it; the work itself will then say so better.
  const renewal = setInterval(() => {
    const renewedAt = new Date((options.now ?? Date.now)());
    utimes(path, renewedAt, renewedAt).catch(() => clearInterval(renewal));
  }, renewEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(path, { force: true });
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  const { signal, onWait, now = Date.now } = options;
  const mine = JSON.stringify({ host: hostname(), pid: process.pid });
  for (;;) {
    signal?.throwIfAborted();
    if (await createdFirst(path, mine)) {
      return;
    }
    if (await holderIsGone(path, now())) {
      await removeAbandoned(path, now);
      continue;
    }
    onWait?.();
    await sleep(lookAgainMs, undefined, signal ? { signal } : {});
  }
}

async function createdFirst(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") {
      return false;
    }
    throw error;
  }
}

async function holderIsGone(path: string, now: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > deadAfterMs) {
      return true;
    }
    const holder = parseHolder(await readFile(path, "utf8"));
    // A pid of another machine or container that shares the cache means nothing here.
    return holder !== undefined && holder.host === hostname() && !isAlive(holder.pid);
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      return false;
    }
    throw error;
  }
}

function parseHolder(text: string): z.infer<typeof holderShape> | undefined {
  try {
    return holderShape.parse(JSON.parse(text));
  } catch {
    // Its holder is between creating the file and filling it; should it have died there, the age decides.
    return undefined;
  }
}

/**
 * Two waiters may find the same dead holder; the slower one must not remove the lock that the faster one has just made. So the
 * file is moved away first and looked at again, and put back if it turns out to be alive.
 */
async function removeAbandoned(path: string, now: () => number): Promise<void> {
  const aside = `${path}.abandoned-${process.pid}`;
  try {
    await rename(path, aside);
    if (!(await holderIsGone(aside, now()))) {
      await link(aside, path);
    }
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes(errorCode(error))) {
      throw error;
    }
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
