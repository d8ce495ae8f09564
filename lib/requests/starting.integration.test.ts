import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { commitToBranch, createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { FOLLOWING_STEP } from "#lib/operations/model.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import type { Db } from "#lib/platform/db.ts";
import { newId } from "#lib/platform/ids.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { Policy } from "#lib/policies/model.ts";
import { requestPromotion } from "#lib/promotions/operations.ts";
import { previewPromotion } from "#lib/promotions/queries.ts";
import { rollBack } from "#lib/rollbacks/operations.ts";
import { previewRollback } from "#lib/rollbacks/queries.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { codeOf, expectRefused } from "#lib/testing/refusals.ts";
import { approvedPromotion, LIVE, newKey, openWorld, PEOPLE, REASON } from "#lib/testing/world.ts";
import { approveRequest, runRequest, startDue, voidExpired } from "./operations.ts";
import type { AskInput } from "./schema.ts";
import { findRequest } from "./store.ts";

let db: Db;
let directory: string;
let template: string;
let repositoryUrl: string;
let runtime: Runtime;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-starting-"));
  template = join(directory, "template.git");
  await createRepository({ directory: template, now: new Date() });
});
afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  const database = await freshDatabase();
  db = database.db;
  repositoryUrl = join(directory, `${newKey()}.git`);
  await cp(template, repositoryUrl, { recursive: true });
  runtime = world({});
  return () => database.close();
});

const world = (promotion: Partial<Policy>, rollback: Partial<Policy> = {}) =>
  openWorld({ db, repositoryUrl, directory, promotion, rollback });
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const rowOf = async (requestId: string) => (await findRequest(db, requestId, policyNow(runtime)))?.row;
const makeDue = () => db.$executeRaw`UPDATE "Request" SET "runAt" = clock_timestamp() - interval '1 second'`;

type Asked = Readonly<{ requestId: string; digest: string }>;

async function ask(person: Person, more: Partial<AskInput> = {}): Promise<Asked> {
  const { digest } = await previewPromotion(runtime, person, LIVE);
  const input = { environment: LIVE, digest, reason: REASON, idempotencyKey: newKey(), ...more };
  return { ...(await requestPromotion(runtime, person, input)), digest };
}

/** A sign-in that this person has just made again for that digest. */
async function signInAgain({ account, emails, groups }: Person, digest: string): Promise<void> {
  const known = { provider: "https://id.example", subject: account, emails: [...emails], groups: [...groups] };
  await db.account.upsert({ where: { account }, create: { account, ...known }, update: {} });
  await db.stepUp.create({ data: { id: newId("stp"), account, digest, confirmedAt: new Date() } });
}

describe("when an agreed request starts", () => {
  it("one with a time is started by nobody before it, and by itself then", async () => {
    runtime = world({ run: "scheduled" });
    const asked = await ask(PEOPLE.developer, { runAt: inMinutes(30) });
    await approveRequest(runtime, PEOPLE.operator, asked);
    await expectRefused(db, "not_allowed", () => runRequest(runtime, PEOPLE.developer, asked));
    await startDue(runtime);
    expect(await db.operation.count()).toBe(0);
    await makeDue();
    await startDue(runtime);
    expect(await db.operation.count()).toBe(1);
  });

  it("one whose policy has come to be by hand never starts by itself, and by hand no earlier than its time", async () => {
    runtime = world({ run: "scheduled" });
    const asked = await ask(PEOPLE.developer, { runAt: inMinutes(30) });
    await approveRequest(runtime, PEOPLE.operator, asked);
    runtime = world({ run: "by-hand" });
    await expectRefused(db, "not_allowed", () => runRequest(runtime, PEOPLE.developer, asked));
    await makeDue();
    await startDue(runtime);
    expect(await db.operation.count()).toBe(0);
    await runRequest(runtime, PEOPLE.developer, asked);
    expect(await db.operation.count()).toBe(1);
  });

  it("one whose policy has come to be scheduled has no time, so that it waits for somebody to start it", async () => {
    const asked = await ask(PEOPLE.developer);
    runtime = world({ run: "scheduled" });
    await approveRequest(runtime, PEOPLE.operator, asked);
    await startDue(runtime);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "approved", runAt: null, operation: null });
    await runRequest(runtime, PEOPLE.developer, asked);
    expect(await db.operation.count()).toBe(1);
  });
});

describe("where live changes by one person's word alone", () => {
  const alone = { agree: [], stepUp: true } as const;

  it("asking for a time takes a sign-in made again for exactly that, since nobody proves who they are later", async () => {
    runtime = world({ ...alone, run: "scheduled" });
    const { digest } = await previewPromotion(runtime, PEOPLE.developer, LIVE);
    await expectRefused(db, "step_up", () => ask(PEOPLE.developer, { runAt: inMinutes(30) }));
    await signInAgain(PEOPLE.developer, digest);
    const asked = await ask(PEOPLE.developer, { runAt: inMinutes(30) });
    await makeDue();
    await startDue(runtime);
    expect((await rowOf(asked.requestId))?.operation).toMatchObject({ state: "running" });
  });

  it("asking for what is started by hand takes none, for starting it does", async () => {
    runtime = world({ ...alone, run: "by-hand" });
    const asked = await ask(PEOPLE.developer);
    await expectRefused(db, "step_up", () => runRequest(runtime, PEOPLE.developer, asked));
    await signInAgain(PEOPLE.developer, asked.digest);
    await runRequest(runtime, PEOPLE.developer, asked);
    expect(await db.operation.count()).toBe(1);
  });
});

describe("a policy that is raised while a request waits", () => {
  /** An operator asks and agrees to it alone; it starts by itself at its time. */
  const MILD: Partial<Policy> = { run: "scheduled", exclude: [] };
  /** One for each part of a policy: what it is raised to, so that what was asked and agreed to does not do any more. */
  const RAISED: Readonly<Record<keyof Policy, () => Partial<Policy>>> = {
    ask: () => ({ ask: ["developer"] }),
    agree: () => ({ agree: [{ kind: "role", name: "operator", count: 2 }] }),
    exclude: () => ({ exclude: ["requester"] }),
    stepUp: () => ({ stepUp: true }),
    expiresAfterMs: () => ({ expiresAfterMs: 1 }),
    run: () => ({ run: "by-hand" }),
    tickets: () => ({ tickets: ["^OPS-[0-9]+$"] }),
    freezes: () => ({ freezes: [{ name: "year end", from: inMinutes(-1), to: inMinutes(1) }] }),
  };
  const FIELDS = Object.keys(RAISED) as (keyof Policy)[];

  /** Whoever could, tries to carry it on; starting by hand is what a raised `run` asks for. */
  async function tryAll(asked: Asked, field: keyof Policy | "nothing"): Promise<void> {
    await codeOf(approveRequest(runtime, PEOPLE.operator, asked));
    await makeDue();
    await startDue(runtime);
    if (field !== "run") {
      await codeOf(runRequest(runtime, PEOPLE.developer, asked));
      await codeOf(runRequest(runtime, PEOPLE.operator, asked));
    }
    await startDue(runtime);
  }

  it.each(FIELDS)("in `%s` before anybody agreed, starts nothing under the milder one", async (field) => {
    runtime = world(MILD);
    const asked = await ask(PEOPLE.operator, { runAt: inMinutes(30) });
    runtime = world({ ...MILD, ...RAISED[field]() });
    await tryAll(asked, field);
    expect(await db.operation.count()).toBe(0);
  });

  it.each(FIELDS)("in `%s` after all agreed, starts nothing under the milder one", async (field) => {
    runtime = world(MILD);
    const asked = await ask(PEOPLE.operator, { runAt: inMinutes(30) });
    await approveRequest(runtime, PEOPLE.operator, asked);
    runtime = world({ ...MILD, ...RAISED[field]() });
    await tryAll(asked, field);
    expect(await db.operation.count()).toBe(0);
  });

  it("in nothing, starts it", async () => {
    runtime = world(MILD);
    const asked = await ask(PEOPLE.operator, { runAt: inMinutes(30) });
    runtime = world(MILD);
    await tryAll(asked, "nothing");
    expect(await db.operation.count()).toBe(1);
  });

  it("by a sign-in for whoever asked alone, starts nothing that was asked for without one", async () => {
    runtime = world({ ...MILD, agree: [] });
    const asked = await ask(PEOPLE.operator, { runAt: inMinutes(30) });
    runtime = world({ ...MILD, agree: [], stepUp: true });
    await tryAll(asked, "nothing");
    expect(await db.operation.count()).toBe(0);
  });

  it("by a commit's author, no longer counts the word that the author has given", async () => {
    await commitToBranch({
      repository: repositoryUrl,
      branch: "dev",
      files: { "services/ledger/NOTES.md": newKey() },
      author: { name: "Operator", email: "operator@gravv.example" },
      message: "ledger: a note",
      now: new Date(),
    });
    runtime = world(MILD);
    const asked = await ask(PEOPLE.developer, { runAt: inMinutes(30) });
    await approveRequest(runtime, PEOPLE.operator, asked);
    runtime = world({ ...MILD, exclude: ["authors"] });
    expect((await rowOf(asked.requestId))?.missing).toEqual([{ kind: "role", name: "operator", count: 1 }]);
    await tryAll(asked, "exclude");
    expect(await db.operation.count()).toBe(0);
  });

  it("to a shorter life ends what is older by now, visibly", async () => {
    const asked = await ask(PEOPLE.developer);
    runtime = world({ expiresAfterMs: 1 });
    await voidExpired(runtime);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "void" });
  });
});

describe("a freeze", () => {
  const freezes = (from: number, to: number) => [{ name: "year end", from: inMinutes(from), to: inMinutes(to) }];

  it("is judged by the database's time, whatever the process takes it to be", async () => {
    const asked = await ask(PEOPLE.developer);
    runtime = { ...world({ freezes: freezes(-1, 1) }), clock: () => new Date(Date.now() + 3_600_000) };
    await expectRefused(db, "conflict", () => approveRequest(runtime, PEOPLE.operator, asked));
    await expectRefused(db, "conflict", () => ask(PEOPLE.operator));
    runtime = { ...world({ freezes: freezes(59, 61) }), clock: () => new Date(Date.now() + 3_600_000) };
    await approveRequest(runtime, PEOPLE.operator, asked);
    expect(await db.operation.count()).toBe(1);
  });
});

describe("a rollback that does not start yet", () => {
  async function rollingOut(): Promise<{ requestId: string }> {
    await approvedPromotion(runtime);
    await carryOut();
    await commitToBranch({
      repository: repositoryUrl,
      branch: "dev",
      files: { "services/ledger/NOTES.md": newKey() },
      author: { name: "Amara", email: "amara@gravv.example" },
      message: "ledger: a note",
      now: new Date(),
    });
    const asked = await approvedPromotion(runtime);
    await db.$executeRaw`UPDATE "OperationStep" SET state = 'running' FROM "Operation" o
      WHERE "operationId" = o.id AND o."requestId" = ${asked.requestId} AND name = ${FOLLOWING_STEP}`;
    return asked;
  }

  async function carryOut(): Promise<void> {
    const operation = await claimNext(db, "test");
    if (operation === undefined) {
      throw new Error("no operation waits");
    }
    await runOperation(runtime, operation, new AbortController().signal);
  }

  async function askForRollback(more: Partial<AskInput> = {}): Promise<Asked> {
    const { digest } = await previewRollback(runtime, PEOPLE.operator, LIVE);
    const input = { environment: LIVE, digest, reason: REASON, idempotencyKey: newKey(), ...more };
    return { ...(await rollBack(runtime, PEOPLE.operator, input)), digest };
  }

  it("leaves alone what rolls out there, and ends it when the last approval starts it", async () => {
    runtime = world({}, { agree: [{ kind: "role", name: "operator", count: 1 }] });
    const promotion = await rollingOut();
    const asked = await askForRollback();
    expect((await rowOf(promotion.requestId))?.operation).toMatchObject({ state: "running" });
    await approveRequest(runtime, PEOPLE.operator2, asked);
    expect((await rowOf(promotion.requestId))?.operation).toMatchObject({ state: "failed" });
    expect((await rowOf(asked.requestId))?.operation).toMatchObject({ state: "running" });
  });

  it("at its time ends what rolls out there, and not before", async () => {
    runtime = world({}, { run: "scheduled" });
    const promotion = await rollingOut();
    const asked = await askForRollback({ runAt: inMinutes(30) });
    await startDue(runtime);
    expect((await rowOf(promotion.requestId))?.operation).toMatchObject({ state: "running" });
    await makeDue();
    await startDue(runtime);
    expect((await rowOf(promotion.requestId))?.operation).toMatchObject({ state: "failed" });
    expect((await rowOf(asked.requestId))?.operation).toMatchObject({ state: "running" });
  });
});
