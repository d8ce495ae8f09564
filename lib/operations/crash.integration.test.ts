import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import { listAudit } from "#lib/audit/store.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { beginPromotion, beginRollback, openWorld } from "#lib/testing/world.ts";
import { runOperation } from "./runner.ts";
import { claimNext } from "./store.ts";

const CHILD = join(import.meta.dirname, "../testing/crash-child.ts");
const LANES = 2;
/** More than there can be: a run that never ends by itself fails instead of going on for ever. */
const MOST_CRASH_POINTS = 60;

type Lane = { database: TestDatabase; repositoryUrl: string; runtime: Runtime };

let directory: string;
let lanes: Lane[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-crash-"));
  lanes = await Promise.all(Array.from({ length: LANES }, (_, lane) => openLane(lane)));
});
afterAll(async () => {
  await Promise.all(lanes.map(({ database }) => database.close()));
  await rm(directory, { recursive: true });
});

async function openLane(lane: number): Promise<Lane> {
  const database = await freshDatabase();
  const repositoryUrl = join(directory, `origin-${lane}.git`);
  await createRepository({ directory: repositoryUrl, now: new Date() });
  return { database, repositoryUrl, runtime: openWorld({ db: database.db, repositoryUrl, directory }) };
}

/** Runs the operation in a process that dies at the crash point; true when there was none and it came to its end. */
function runUntilCrash(lane: Lane, crashPoint: number): Promise<boolean> {
  const job = { databaseUrl: lane.database.url, repositoryUrl: lane.repositoryUrl, directory, crashPoint };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--conditions=react-server", CHILD, JSON.stringify(job)], (error, _stdout, stderr) => {
      if (error === null) {
        resolve(true);
      } else if (error.signal === "SIGKILL") {
        resolve(false);
      } else {
        reject(new Error(`the child failed by itself: ${stderr}`, { cause: error }));
      }
    });
  });
}

/** What another process does once the lease of the dead one has run out. */
async function resume({ database: { db }, runtime }: Lane): Promise<void> {
  await db.$executeRaw`UPDATE "Operation" SET "leaseUntil" = clock_timestamp() - interval '1 second' WHERE state = 'running'`;
  const operation = await claimNext(db, "successor");
  if (operation !== undefined) {
    await runOperation(runtime, operation, new AbortController().signal);
  }
}

/** The commits on main, newest first, each with its first parent and the operations that its trailers name. */
function commitsOnMain(lane: Lane): { revision: string; parent: string; operations: string }[] {
  const format = "--format=%H\t%P\t%(trailers:key=Operation-Id,valueonly,separator=%x2C)";
  const log = execFileSync("git", ["--git-dir", lane.repositoryUrl, "log", format, "main"], { encoding: "utf8" });
  return log
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [revision = "", parents = "", operations = ""] = line.split("\t");
      return { revision, parent: parents.split(" ")[0] ?? "", operations };
    });
}

async function crashAndResume(
  lane: Lane,
  start: (runtime: Runtime) => Promise<{ requestId: string }>,
  crashPoint: number,
): Promise<boolean> {
  const before = commitsOnMain(lane)[0]?.revision;
  const { requestId } = await start(lane.runtime);
  const hasEnded = await runUntilCrash(lane, crashPoint);
  await resume(lane);
  const where = `crash point ${crashPoint}`;

  const operation = await lane.database.db.operation.findUniqueOrThrow({
    where: { requestId },
    include: { steps: true },
  });
  expect(operation.state, where).toBe("succeeded");
  expect(new Set(operation.steps.map((step) => step.state)), where).toEqual(new Set(["done"]));
  const commits = commitsOnMain(lane);
  const made = commits.filter((commit) => commit.operations.includes(operation.id));
  expect(made, where).toEqual([commits[0]]);
  expect(made[0]?.parent, where).toBe(before);
  const record = await listAudit(lane.database.db, { requestId, limit: 50 });
  const terminal = record.filter((row) => ["done", "failed", "void"].includes(row.outcome));
  expect(
    terminal.map((row) => row.action),
    where,
  ).toEqual([expect.stringMatching(/^(promotion|rollback)\.succeeded$/)]);
  expect(terminal[0]?.detail, where).toMatchObject({ operation: operation.id, revision: made[0]?.revision });
  return hasEnded;
}

/** A promotion and its rollback for every crash point of the lane; answers at which the promotion and the rollback had ended by themselves. */
async function runLane(lane: Lane, first: number): Promise<{ promotion: number; rollback: number }> {
  const ended = { promotion: 0, rollback: 0 };
  for (let point = first; point <= MOST_CRASH_POINTS && ended.promotion * ended.rollback === 0; point += LANES) {
    const promotionEnded = await crashAndResume(lane, beginPromotion, point);
    ended.promotion ||= promotionEnded ? point : 0;
    const rollbackEnded = await crashAndResume(lane, beginRollback, point);
    ended.rollback ||= rollbackEnded ? point : 0;
  }
  return ended;
}

it("an operation killed at any moment goes on after a restart: one commit, one terminal record, and it succeeds", async () => {
  const ends = await Promise.all(lanes.map((lane, index) => runLane(lane, index + 1)));
  for (const { promotion, rollback } of ends) {
    // Below this a step would have been left out of the count; 0 is a run that never ended by itself.
    expect(promotion).toBeGreaterThan(20);
    expect(rollback).toBeGreaterThan(20);
  }
}, 400_000);
