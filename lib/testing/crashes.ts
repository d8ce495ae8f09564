import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { createRepository } from "#estates/gravv/repository.ts";
import type { AuditRow } from "#lib/audit/model.ts";
import { listAudit } from "#lib/audit/store.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import type { Db } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Marked } from "#lib/systems/kubernetes/port.ts";
import { beginRestart, type Deployed, openRestartWorld, signUpRestarter } from "./restart-world.ts";
import { beginPromotion, beginRollback, openWorld } from "./world.ts";

const CHILD = join(import.meta.dirname, "crash-child.ts");
/** Node keeps there what it compiled of the sources, so that the next child starts in half the time. */
const COMPILED = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "compiled-children");
/** More than there can be: a run that never ends by itself fails instead of going on for ever. */
const MOST_CRASH_POINTS = 60;
const LOOK_WITHIN_MS = 10_000;

/** A database and a repository of its own, so that several can be at it side by side. */
export type Lane = Readonly<{
  databaseUrl: string;
  db: Db;
  repositoryUrl: string;
  directory: string;
  runtime: Runtime;
  /** What its restarts are of; undefined where its operations change Git. */
  deployed?: Deployed;
}>;

export async function openLane(
  parts: Readonly<{ databaseUrl: string; db: Db; directory: string; name: string }>,
): Promise<Lane> {
  const { databaseUrl, db, directory } = parts;
  const repositoryUrl = join(directory, `origin-${parts.name}.git`);
  await createRepository({ directory: repositoryUrl, now: new Date() });
  return { databaseUrl, db, repositoryUrl, directory, runtime: openWorld({ db, repositoryUrl, directory }) };
}

/** The same for restarts of a Deployment of a real cluster. */
export async function openRestartLane(
  parts: Readonly<{ databaseUrl: string; db: Db; directory: string; deployed: Deployed }>,
): Promise<Lane & Required<Pick<Lane, "deployed">>> {
  const { databaseUrl, db, directory, deployed } = parts;
  const repositoryUrl = "nothing of it is read";
  await signUpRestarter(db);
  const runtime = openRestartWorld({ db, repositoryUrl, directory, deployed });
  return { databaseUrl, db, repositoryUrl, directory, runtime, deployed };
}

/** What a child that runs TypeScript is started with, before its file and its job. */
export const CHILD_OPTIONS = ["--conditions=react-server"];
export const CHILD_ENVIRONMENT = { ...process.env, NODE_COMPILE_CACHE: COMPILED };

/** Runs the operation in a process that dies at the crash point; true when there was none and it came to its end. */
function runUntilCrash(
  { databaseUrl, repositoryUrl, directory, deployed }: Lane,
  crashPoint: number,
): Promise<boolean> {
  const job = { databaseUrl, repositoryUrl, directory, crashPoint, deployed };
  const args = [...CHILD_OPTIONS, CHILD, JSON.stringify(job)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: CHILD_ENVIRONMENT }, (error, _stdout, stderr) => {
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
async function resume({ db, runtime }: Lane): Promise<void> {
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

const headOfMain = (lane: Lane) => commitsOnMain(lane)[0]?.revision;

/** Fails unless the request's operation has succeeded with one commit on top of `before` and one terminal row of the record. */
async function assertDoneOnce(lane: Lane, requestId: string, before: string | undefined, where: string): Promise<void> {
  const { operationId, detail } = await assertEndedOnce(lane, requestId, where);
  const commits = commitsOnMain(lane);
  const made = commits.filter((commit) => commit.operations.includes(operationId));
  assert.deepEqual(made, [commits[0]], where);
  assert.equal(made[0]?.parent, before, where);
  assert.equal(detail.revision, made[0]?.revision, where);
}

/** Fails unless the request's operation has succeeded and has one terminal row of the record; what that one tells. */
async function assertEndedOnce(
  { db }: Lane,
  requestId: string,
  where: string,
): Promise<{ operationId: string; detail: AuditRow["detail"] }> {
  const operation = await db.operation.findUniqueOrThrow({
    where: { requestId },
    include: { steps: true, request: true },
  });
  assert.equal(operation.state, "succeeded", where);
  assert.deepEqual(new Set(operation.steps.map((step) => step.state)), new Set(["done"]), where);
  const record = await listAudit(db, { requestId, limit: 50 });
  const [terminal, ...more] = record.filter((row) => ["done", "failed", "void"].includes(row.outcome));
  assert.deepEqual(more, [], where);
  assert.equal(terminal?.action, `${operation.request.action}.succeeded`, where);
  assert.equal(terminal.detail.operation, operation.id, where);
  return { operationId: operation.id, detail: terminal.detail };
}

/** Looks at how things are now; what it answers fails unless the request's operation has its effect exactly once since then. */
type Look = (lane: Lane) => Promise<(requestId: string, where: string) => Promise<void>>;

const lookAtMain: Look = async (lane) => {
  const before = headOfMain(lane);
  return (requestId, where) => assertDoneOnce(lane, requestId, before, where);
};

const lookAtGeneration: Look = async (lane) => {
  const before = await markOf(lane);
  return async (requestId, where) => {
    const { operationId } = await assertEndedOnce(lane, requestId, where);
    const now = await markOf(lane);
    assert.deepEqual(
      { generation: now.generation, operationId: now.operationId },
      { generation: before.generation + 1, operationId },
      where,
    );
  };
};

/** The same of whatever the lane's operations change. */
export const lookAt: Look = (lane) => (lane.deployed === undefined ? lookAtMain : lookAtGeneration)(lane);

async function markOf({ runtime, deployed }: Lane): Promise<Marked> {
  const cluster = runtime.clusters.get("gravv");
  if (cluster === undefined || deployed === undefined) {
    throw new Error("nothing is restarted in this lane");
  }
  const { namespace, name } = deployed;
  return cluster.findMark({ kind: "Deployment", namespace, name }, AbortSignal.timeout(LOOK_WITHIN_MS));
}

/** Begins an operation, kills its process at the crash point, resumes and checks; true when it had come to its end unkilled. */
async function crashAndResume(
  lane: Lane,
  begin: () => Promise<{ requestId: string }>,
  look: Look,
  crashPoint: number,
): Promise<boolean> {
  const assertOnce = await look(lane);
  const { requestId } = await begin();
  const hasEnded = await runUntilCrash(lane, crashPoint);
  await resume(lane);
  await assertOnce(requestId, `crash point ${crashPoint}`);
  return hasEnded;
}

export type Crashes = Readonly<{
  kills: number;
  /** The first crash points at which the promotion and the rollback came to their end unkilled; 0 where they never did. */
  promotionEnd: number;
  rollbackEnd: number;
}>;

/** A promotion and its rollback, killed at every `stride`-th moment from `first` on. */
export async function crashAtEvery(lane: Lane, first: number, stride: number): Promise<Crashes> {
  const ends = { promotionEnd: 0, rollbackEnd: 0 };
  let kills = 0;
  for (let point = first; point <= MOST_CRASH_POINTS && ends.promotionEnd * ends.rollbackEnd === 0; point += stride) {
    const promotionEnded = await crashAndResume(lane, () => beginPromotion(lane.runtime), lookAtMain, point);
    const rollbackEnded = await crashAndResume(lane, () => beginRollback(lane.runtime), lookAtMain, point);
    kills += Number(!promotionEnded) + Number(!rollbackEnded);
    ends.promotionEnd ||= promotionEnded ? point : 0;
    ends.rollbackEnd ||= rollbackEnded ? point : 0;
  }
  return { kills, ...ends };
}

/** Kills at moments of the caller's choice, promotion and rollback in turn; how many of them were kills. */
export async function crashAt(lane: Lane, points: readonly number[]): Promise<number> {
  let kills = 0;
  for (const [index, point] of points.entries()) {
    const begin = index % 2 === 0 ? beginPromotion : beginRollback;
    const hasEnded = await crashAndResume(lane, () => begin(lane.runtime), lookAtMain, point);
    kills += Number(!hasEnded);
  }
  return kills;
}

/** A restart, killed at every `stride`-th moment from `first` on; `end` is the first at which it came to its end unkilled. */
export async function crashRestartAtEvery(
  lane: Lane & Required<Pick<Lane, "deployed">>,
  first: number,
  stride: number,
): Promise<{ kills: number; end: number }> {
  let kills = 0;
  for (let point = first; point <= MOST_CRASH_POINTS; point += stride) {
    if (await crashAndResume(lane, () => beginRestart(lane.runtime, lane.deployed), lookAtGeneration, point)) {
      return { kills, end: point };
    }
    kills += 1;
  }
  return { kills, end: 0 };
}
