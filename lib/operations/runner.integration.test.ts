import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { listAudit } from "#lib/audit/store.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { approve, insertRequest } from "#lib/requests/store.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { PROMOTION_POLICY } from "#lib/testing/policies.ts";
import { fingerprint } from "#lib/testing/tables.ts";
import { newKey, openWorld, PEOPLE, REASON, STRANGER } from "#lib/testing/world.ts";
import { FOLLOWING_STEP } from "./model.ts";
import { takeOver } from "./operations.ts";
import { type Step, type StepEnd, stepNames } from "./recipe.ts";
import { runOperation, startRunner } from "./runner.ts";
import {
  claimNext,
  findRunning,
  holdFence,
  insertOperation,
  isUniqueViolation,
  LeaseLostError,
  markStepEnded,
  markStepRunning,
  releaseLease,
  renewLease,
  supersede,
} from "./store.ts";

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await freshDatabase();
  db = database.db;
});
afterAll(() => database.close());
beforeEach(async () => {
  await db.$executeRaw`UPDATE "Operation" SET state = 'failed' WHERE state = 'running'`;
});

const never = new AbortController().signal;
const PLAN = { base: "b", commits: [], services: [], objects: [] };
const done = (note = "done"): StepEnd => ({ state: "done", note });

/** A runtime whose promotions consist of these steps. */
function runtimeWith(steps: readonly Step[], pool: Db = db): Runtime {
  const recipe = { steps, whyNotCurrent: () => Promise.resolve(undefined), whyUnsure: () => undefined };
  const world = openWorld({ db: pool, repositoryUrl: "unused", directory: "unused" });
  return { ...world, recipes: { promotion: recipe, rollback: recipe, restart: recipe } };
}

/** An approved promotion of an environment with a running operation that nobody has claimed. */
async function begun(runtime: Runtime, environment = `gravv/${newId("op")}`) {
  const requestId = newId("req");
  const operationId = newId("op");
  await db.$transaction(async (tx) => {
    await insertRequest(tx, {
      id: requestId,
      action: "promotion",
      platform: "gravv",
      environment,
      digest: digestOf(PLAN),
      policy: PROMOTION_POLICY,
      ticket: null,
      runAt: null,
      breakGlassId: null,
      plan: PLAN,
      requestedBy: "developer",
      askedAs: ["developer"],
      steppedUp: false,
      reason: REASON,
      idempotencyKey: newKey(),
      inputHash: "h",
    });
    await approve(tx, requestId);
    await insertOperation(tx, { id: operationId, requestId, environment, steps: stepNames(runtime.recipes.promotion) });
  });
  return { requestId, operationId, environment };
}

const stored = (id: string) =>
  db.operation.findUniqueOrThrow({ where: { id }, include: { steps: { orderBy: { position: "asc" } } } });
const expireLease = (id: string) =>
  db.$executeRaw`UPDATE "Operation" SET "leaseUntil" = clock_timestamp() - interval '1 second' WHERE id = ${id}`;
const terminalOf = async (requestId: string) =>
  (await listAudit(db, { requestId, limit: 50 })).filter((row) => ["done", "failed", "void"].includes(row.outcome));

async function claim() {
  const operation = await claimNext(db, "test");
  if (operation === undefined) {
    throw new Error("no operation waits");
  }
  return operation;
}

const one: Step = { name: "One", run: async () => done() };

/** PEOPLE's grants cover gravv; `begun` makes up an environment of it for each operation. */
const OPERATOR = PEOPLE.operator;
const WHY = "it has stood still for ten minutes";

describe("claiming", () => {
  it("gives an operation to one of many who ask at the same moment", async () => {
    const { operationId } = await begun(runtimeWith([one]));
    const other = openDb(database.url);
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, index) => claimNext(index % 2 === 0 ? db : other, `owner-${index}`)),
    );
    expect(claims.flatMap((claimed) => claimed?.id ?? [])).toEqual([operationId]);
    await other.$disconnect();
  });

  it("gives an operation again only when its lease has run out, with a higher fence", async () => {
    const { operationId } = await begun(runtimeWith([one]));
    const first = await claim();
    expect(await claimNext(db, "second")).toBeUndefined();
    await renewLease(db, first);
    await expireLease(operationId);
    const second = await claimNext(db, "second");
    expect(second).toMatchObject({ id: operationId, fence: first.fence + 1 });
  });

  it("gives a released operation at once", async () => {
    const { operationId } = await begun(runtimeWith([one]));
    await releaseLease(db, await claim());
    expect((await claimNext(db, "second"))?.id).toBe(operationId);
  });

  it("gives no operation that has ended", async () => {
    const runtime = runtimeWith([one]);
    const { operationId } = await begun(runtime);
    await runOperation(runtime, await claim(), never);
    await expireLease(operationId);
    expect(await claimNext(db, "second")).toBeUndefined();
  });

  it("one operation at a time runs in an environment, whoever begins a second", async () => {
    const runtime = runtimeWith([one]);
    const { environment, operationId } = await begun(runtime);
    const failure = await begun(runtime, environment).catch((error: unknown) => error);
    expect(isUniqueViolation(failure)).toBe(true);
    expect((await findRunning(db, environment))?.id).toBe(operationId);
  });
});

describe("the fence", () => {
  it("refuses every write of an owner that has lost the operation", async () => {
    const { operationId } = await begun(runtimeWith([one]));
    const first = await claim();
    await expireLease(operationId);
    await claim();
    const before = await stored(operationId);
    await expect(renewLease(db, first)).rejects.toThrow(LeaseLostError);
    await expect(db.$transaction((tx) => holdFence(tx, first))).rejects.toThrow(LeaseLostError);
    await releaseLease(db, first);
    expect(await stored(operationId)).toEqual(before);
  });

  it("makes a paused owner's late end count for nothing: its successor's end stands, and one record", async () => {
    const gate = Promise.withResolvers<StepEnd>();
    const slow = runtimeWith([{ name: "One", run: () => gate.promise }]);
    const { operationId, requestId } = await begun(slow);
    const late = runOperation(slow, await claim(), never);
    await vi.waitFor(async () => expect((await stored(operationId)).steps[0]?.state).toBe("running"));
    await expireLease(operationId);
    await runOperation(runtimeWith([one]), await claim(), never);
    gate.resolve({ state: "failed", note: "the late owner's word" });
    await late;
    expect(await stored(operationId)).toMatchObject({ state: "succeeded", outcome: "done" });
    expect((await terminalOf(requestId)).map((row) => row.action)).toEqual(["promotion.succeeded"]);
  });

  it("lets a rollback end a promotion that is in the named step alone, and its owner then writes nothing more", async () => {
    const gate = Promise.withResolvers<StepEnd>();
    const runtime = runtimeWith([one, { name: "Roll out", run: () => gate.promise }]);
    const { operationId, requestId } = await begun(runtime);
    expect(await db.$transaction((tx) => supersede(tx, operationId, "Roll out", "rolled back"))).toBe(false);
    const running = runOperation(runtime, await claim(), never);
    await vi.waitFor(async () => expect((await stored(operationId)).steps[1]?.state).toBe("running"));
    expect(await db.$transaction((tx) => supersede(tx, operationId, "Roll out", "rolled back"))).toBe(true);
    gate.resolve(done());
    await running;
    const after = await stored(operationId);
    expect(after).toMatchObject({ state: "failed", outcome: "rolled back" });
    expect(after.steps.map((step) => step.state)).toEqual(["done", "failed", "pending"]);
    expect(await terminalOf(requestId)).toEqual([]);
  });
});

describe("carrying out", () => {
  it("goes on where the last owner stopped, with what it had found out, and does no finished step again", async () => {
    const first = vi.fn(async () => ({ ...done(), result: { revision: "abc", outcome: "Merged" } }));
    const stop = new AbortController();
    const interrupted: Step = {
      name: "Two",
      run: async () => {
        stop.abort();
        throw new Error("the process ends");
      },
    };
    const runtime = runtimeWith([{ name: "One", run: first }, interrupted]);
    const { operationId } = await begun(runtime);
    await runOperation(runtime, await claim(), stop.signal);
    expect(await stored(operationId)).toMatchObject({ state: "running", leaseOwner: null });

    const second = vi.fn<Step["run"]>(async () => done());
    const successor = runtimeWith([
      { name: "One", run: first },
      { name: "Two", run: second },
    ]);
    await runOperation(successor, await claim(), never);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second.mock.calls[0]?.[0].result).toEqual({ revision: "abc", outcome: "Merged" });
    expect(await stored(operationId)).toMatchObject({ state: "succeeded", outcome: "Merged" });
  });

  it("runs a step again whose outcome is not known, and says meanwhile that it is not", async () => {
    let tries = 0;
    const notes: (string | undefined)[] = [];
    const runtime = runtimeWith([
      {
        name: "One",
        run: async () => {
          tries += 1;
          if (tries < 3) {
            throw new Error("the network is gone");
          }
          notes.push(JSON.stringify((await stored(operationId)).steps[0]?.detail));
          return done();
        },
      },
    ]);
    const { operationId } = await begun(runtime);
    await runOperation(runtime, await claim(), never);
    expect(tries).toBe(3);
    expect(notes).toEqual(['{"note":"its outcome is not known yet; looking again"}']);
    expect((await stored(operationId)).state).toBe("succeeded");
  });

  it.each([
    ["failed", { state: "failed", note: "the rollout is stuck" } as const, "approved", "promotion.failed"],
    ["void", { state: "failed", note: "main moved", voids: true } as const, "void", "promotion.voided"],
  ])(
    "ends as %s with the step's own words, does no later step, and puts it on record once",
    async (_how, end, state, action) => {
      const later = vi.fn(async () => done());
      const runtime = runtimeWith([
        { name: "One", run: async () => end },
        { name: "Two", run: later },
      ]);
      const { operationId, requestId } = await begun(runtime);
      await runOperation(runtime, await claim(), never);
      expect(later).not.toHaveBeenCalled();
      const after = await stored(operationId);
      expect(after).toMatchObject({ state: "failed", outcome: end.note, leaseOwner: null });
      expect(after.steps.map((step) => step.state)).toEqual(["failed", "pending", "done"]);
      expect((await db.request.findUniqueOrThrow({ where: { id: requestId } })).state).toBe(state);
      expect((await terminalOf(requestId)).map((row) => row.action)).toEqual([action]);
    },
  );

  it("holds its lease for as long as a step takes", async () => {
    const gate = Promise.withResolvers<StepEnd>();
    const runtime = runtimeWith([{ name: "One", run: () => gate.promise }]);
    const { operationId } = await begun(runtime);
    const running = runOperation(runtime, await claim(), never);
    const first = (await stored(operationId)).leaseUntil?.getTime() ?? 0;
    await vi.waitFor(async () => expect((await stored(operationId)).leaseUntil?.getTime()).toBeGreaterThan(first), {
      timeout: 5000,
      interval: 100,
    });
    gate.resolve(done());
    await running;
  });
});

describe("two runners", () => {
  it("carry every operation out once between them, and stop without leaving one half done", async () => {
    const ran = new Map<string, number>();
    const step: Step = {
      name: "One",
      run: async ({ operation }) => {
        ran.set(operation.id, (ran.get(operation.id) ?? 0) + 1);
        return done();
      },
    };
    const other = openDb(database.url);
    const runtimes = [runtimeWith([step]), runtimeWith([step], other)];
    const all = await Promise.all(Array.from({ length: 10 }, () => begun(runtimeWith([step]))));
    const runners = runtimes.map((runtime, index) => startRunner(runtime, `runner-${index}`));
    const late = await begun(runtimeWith([step]));
    for (const runner of runners) {
      runner.kick();
    }
    const ids = [...all, late].map(({ operationId }) => operationId);
    await vi.waitFor(
      async () => expect(await db.operation.count({ where: { id: { in: ids }, state: "succeeded" } })).toBe(ids.length),
      { timeout: 20_000, interval: 50 },
    );
    await Promise.all(runners.map((runner) => runner.stop()));
    expect([...ran.values()]).toEqual(ids.map(() => 1));
    for (const { requestId } of all) {
      expect(await terminalOf(requestId)).toHaveLength(1);
    }
    await other.$disconnect();
  });

  it("a runner that stops gives what it has under way to the next at once", async () => {
    const waiting: Step = {
      name: "One",
      run: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    };
    const { operationId } = await begun(runtimeWith([waiting]));
    const runner = startRunner(runtimeWith([waiting]), "leaving");
    await vi.waitFor(async () => expect((await stored(operationId)).steps[0]?.state).toBe("running"), {
      timeout: 5000,
    });
    await runner.stop();
    expect((await claimNext(db, "next"))?.id).toBe(operationId);
  });
});

describe("a person who takes over", () => {
  it("and has it looked at again takes it from its holder, whose late end counts for nothing", async () => {
    const runtime = runtimeWith([one]);
    const { requestId, operationId } = await begun(runtime);
    const holder = await claim();
    await takeOver(runtime, OPERATOR, { requestId, to: "look-again", reason: WHY });
    await expect(renewLease(db, holder)).rejects.toThrow(LeaseLostError);
    const next = await claim();
    expect(next).toMatchObject({ id: operationId, fence: holder.fence + 2 });
    await runOperation(runtime, holder, never);
    await runOperation(runtime, next, never);
    expect(await terminalOf(requestId)).toHaveLength(1);
    expect((await listAudit(db, { requestId, limit: 9 })).map(({ action }) => action)).toContain(
      "operation.taken-over",
    );
  });

  it("is not told of it where they do not see its environment", async () => {
    const { requestId } = await begun(runtimeWith([one]));
    const input = { requestId, to: "look-again", reason: WHY } as const;
    await expect(takeOver(runtimeWith([one]), STRANGER, input)).rejects.toMatchObject({ code: "not_found" });
  });

  it("and stops waiting ends it as failed, once, while it follows its rollout and not before", async () => {
    const following: Step = { name: FOLLOWING_STEP, run: async () => done() };
    const runtime = runtimeWith([one, following]);
    const { requestId } = await begun(runtime);
    const holder = await claim();
    const stop = () => takeOver(runtime, OPERATOR, { requestId, to: "stop-waiting", reason: WHY });
    await db.$transaction((tx) => markStepRunning(tx, holder.id, 0));
    await expect(stop()).rejects.toMatchObject({ code: "conflict" });
    expect(await terminalOf(requestId)).toHaveLength(0);
    await db.$transaction(async (tx) => {
      await markStepEnded(tx, holder.id, 0, { state: "done", note: "", result: {} });
      await markStepRunning(tx, holder.id, 1);
    });
    const codes = await Promise.allSettled([stop(), stop(), stop()]);
    expect(codes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await runOperation(runtime, holder, never);
    expect(await terminalOf(requestId)).toMatchObject([{ action: "promotion.failed", actor: "operator" }]);
  });

  it.each([
    ["who may not", PEOPLE.developer, "not_allowed"],
    [
      "who may elsewhere",
      { ...OPERATOR, grants: [{ role: "operator" as const, environments: ["airpay/*"] }] },
      "not_found",
    ],
  ])("%s changes nothing", async (_who, person, code) => {
    const runtime = runtimeWith([one]);
    const { requestId } = await begun(runtime);
    const before = await fingerprint(db);
    const attempt = takeOver(runtime, person, { requestId, to: "look-again", reason: WHY });
    await expect(attempt).rejects.toMatchObject({ code });
    expect(await fingerprint(db)).toEqual(before);
  });
});
