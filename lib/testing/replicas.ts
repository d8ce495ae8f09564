import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CHILD_ENVIRONMENT, CHILD_OPTIONS, type Lane, lookAt } from "./crashes.ts";
import { beginRestart } from "./restart-world.ts";
import { beginPromotion, beginRollback } from "./world.ts";

const CHILD = join(import.meta.dirname, "replica-child.ts");
const LOOK_EVERY_MS = 20;
const GIVE_UP_MS = 60_000;
/** Longer than a lease lasts, so that a stopped owner wakes when its operation is another's. */
const STOPPED_FOR_MS = 6_000;

/** A console's runner in a process of its own. */
type Replica = Readonly<{ process: ChildProcess }>;

async function startReplica(lane: Lane, owner: string): Promise<Replica> {
  const { databaseUrl, repositoryUrl, directory, deployed } = lane;
  const job = { databaseUrl, repositoryUrl, directory, deployed, owner };
  const child = spawn(process.execPath, [...CHILD_OPTIONS, CHILD, JSON.stringify(job)], {
    env: CHILD_ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return { process: child };
}

async function kill({ process: child }: Replica): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

export type Strike = "kill" | "stop";

export type Converged = Readonly<{ strikes: number; longestMs: number }>;

/**
 * Begins an operation again and again over two replicas, restarts or promotion and rollback in turn, and strikes one of them after the
 * given milliseconds: killed and started anew, or stopped for longer than a lease and woken. Fails unless each ends once and
 * right. `longestMs` is the longest time from a strike to the end of its operation.
 */
export async function strikeReplicas(
  lane: Lane,
  strikes: readonly Readonly<{ afterMs: number; kind: Strike }>[],
): Promise<Converged> {
  const start = () => startReplica(lane, `replica-${randomUUID()}`);
  const replicas = [await start(), await start()];
  let longestMs = 0;
  try {
    for (const [index, { afterMs, kind }] of strikes.entries()) {
      const assertOnce = await lookAt(lane);
      const { requestId } = await beginNext(lane, index);
      await sleep(afterMs);
      const victim = await ownerOf(lane, requestId, replicas);
      const struckAt = performance.now();
      const recovering = kind === "kill" ? replace(replicas, victim, start) : stopAndWake(replicas[victim]);
      await untilEnded(lane, requestId);
      longestMs = Math.max(longestMs, performance.now() - struckAt);
      await recovering;
      await assertOnce(requestId, `strike ${index + 1} (${kind} after ${afterMs} ms)`);
    }
  } finally {
    await Promise.all(replicas.map(kill));
  }
  return { strikes: strikes.length, longestMs };
}

function beginNext({ runtime, deployed }: Lane, index: number): Promise<{ requestId: string }> {
  if (deployed !== undefined) {
    return beginRestart(runtime, deployed);
  }
  return index % 2 === 0 ? beginPromotion(runtime) : beginRollback(runtime);
}

/** Which replica holds the operation; the first where none does. */
async function ownerOf(lane: Lane, requestId: string, replicas: readonly Replica[]): Promise<number> {
  const operation = await lane.db.operation.findUnique({ where: { requestId }, select: { leaseOwner: true } });
  const found = replicas.findIndex(({ process: child }) =>
    child.spawnargs.at(-1)?.includes(`"${operation?.leaseOwner}"`),
  );
  return Math.max(0, found);
}

async function replace(replicas: Replica[], victim: number, start: () => Promise<Replica>): Promise<void> {
  const dead = replicas[victim];
  assert.ok(dead);
  await kill(dead);
  replicas[victim] = await start();
}

async function stopAndWake(replica: Replica | undefined): Promise<void> {
  replica?.process.kill("SIGSTOP");
  await sleep(STOPPED_FOR_MS);
  replica?.process.kill("SIGCONT");
}

async function untilEnded(lane: Lane, requestId: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (;;) {
    const operation = await lane.db.operation.findUniqueOrThrow({ where: { requestId }, select: { state: true } });
    if (operation.state !== "running") {
      return;
    }
    assert.ok(performance.now() < giveUpAt, `the operation of ${requestId} does not end`);
    await sleep(LOOK_EVERY_MS);
  }
}
