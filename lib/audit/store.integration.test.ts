import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Db } from "#lib/platform/db.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { fingerprint } from "#lib/testing/tables.ts";
import { openWorld } from "#lib/testing/world.ts";
import { BEFORE_FIRST, breakAfter, breakOfContent, contentHashOf, hashOf } from "./chain.ts";
import type { AuditRow } from "./model.ts";
import { recordRefusal } from "./refusals.ts";
import { appendAudit, appendAuditOncePer, listAudit } from "./store.ts";

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await freshDatabase();
  db = database.db;
});
afterAll(() => database.close());

const event = (action: string) => ({
  actor: "operator",
  action,
  target: "gravv/live",
  outcome: "done" as const,
  requestId: "req_1",
  decision: "allowed because you are operator in gravv/live",
  detail: { reason: 'ümläut \u2028 "quoted" 王', commits: 3, none: null, pi: 3.25 },
});

/** Every row in order, as the database gives it back. */
const rows = () => db.auditEvent.findMany({ orderBy: { seq: "asc" } });

async function anyRow(): Promise<AuditRow> {
  const [row] = await listAudit(db, { limit: 1 });
  if (row === undefined) {
    throw new Error("the record is empty");
  }
  return row;
}

/** Fails unless the record has no gap, and each row holds its own hashes and that of the row before. */
async function expectWholeChain(): Promise<number> {
  const all = (await listAudit(db, { limit: 10_000 })).reverse();
  for (const [index, row] of all.entries()) {
    expect(breakAfter(all[index - 1] ?? BEFORE_FIRST, row)).toBeUndefined();
    expect(breakOfContent(row)).toBeUndefined();
  }
  return all.length;
}

describe("the record", () => {
  it("keeps its order without a gap when 50 write at once, each hash covering the row before it", async () => {
    const before = await expectWholeChain();
    const actions = Array.from({ length: 50 }, (_, index) => `test.written-${index}`);
    await Promise.all(actions.map((action) => db.$transaction((tx) => appendAudit(tx, event(action)))));
    expect(await expectWholeChain()).toBe(before + 50);
    expect(new Set((await rows()).map((row) => row.action))).toEqual(expect.objectContaining(new Set(actions)));
  }, 60_000);

  it("has no gap where a writer's transaction was taken back", async () => {
    const before = await expectWholeChain();
    const failed = db.$transaction(async (tx) => {
      await appendAudit(tx, event("test.taken-back"));
      throw new Error("taken back");
    });
    await expect(failed).rejects.toThrow("taken back");
    await db.$transaction((tx) => appendAudit(tx, event("test.after")));
    expect(await expectWholeChain()).toBe(before + 1);
    expect((await rows()).map((row) => row.action)).not.toContain("test.taken-back");
  });

  it("times its rows by the database, never backwards", async () => {
    const times = (await rows()).map((row) => row.at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it.each([
    ["at", { at: new Date(0).toISOString() }],
    ["actor", { actor: "nobody" }],
    ["action", { action: "other" }],
    ["target", { target: "gravv/sandbox" }],
    ["outcome", { outcome: "failed" as const }],
    ["detail", { detail: { commits: 4 } }],
  ])("a row with another %s has another content hash", async (_field, change) => {
    const row = await anyRow();
    expect(contentHashOf({ ...row, ...change })).not.toBe(row.contentHash);
  });

  it.each([
    ["number", { seq: 9_999 }],
    ["request", { requestId: "req_9" }],
    ["content", { contentHash: "1".repeat(64) }],
    ["row before it", { previousHash: "1".repeat(64) }],
  ])("a row with another %s has another hash", async (_field, change) => {
    const row = await anyRow();
    expect(hashOf({ ...row, ...change })).not.toBe(row.hash);
  });

  it("has what somebody does again and again once in a while only, also when asked 20 times at once", async () => {
    const read = {
      actor: "auditor",
      action: "record.read",
      target: "record",
      outcome: "done" as const,
      decision: "allowed",
    };
    await Promise.all(Array.from({ length: 20 }, () => appendAuditOncePer(db, 10, read)));
    await appendAuditOncePer(db, 10, { ...read, actor: "risk" });
    const readers = (await listAudit(db, { action: "record", limit: 10 })).map(({ actor }) => actor);
    expect(readers.sort()).toEqual(["auditor", "risk"]);
    await expectWholeChain();
  }, 60_000);
});

describe("the database refuses to change the record:", () => {
  beforeEach(() => db.$transaction((tx) => appendAudit(tx, event("test.kept"))));

  it.each([
    ["update", `UPDATE "AuditEvent" SET actor = 'nobody'`],
    ["update of no row", `UPDATE "AuditEvent" SET actor = 'nobody' WHERE seq = -1`],
    ["delete", `DELETE FROM "AuditEvent" WHERE seq = 1`],
    ["truncate", `TRUNCATE "AuditEvent"`],
    ["truncate of all", `TRUNCATE "Request", "AuditEvent" CASCADE`],
    [
      "insert over it",
      `INSERT INTO "AuditEvent" SELECT * FROM "AuditEvent" WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET actor = 'nobody'`,
    ],
  ])("%s", async (_what, statement) => {
    const before = await fingerprint(db);
    await expect(db.$executeRawUnsafe(statement)).rejects.toThrow("the record is only ever added to");
    expect(await fingerprint(db)).toEqual(before);
  });

  it("not even the same number twice", async () => {
    const row = (await rows())[0];
    if (row === undefined) {
      throw new Error("the record is empty");
    }
    const twin = { ...row, detail: {}, hash: "f".repeat(64) };
    await expect(db.auditEvent.create({ data: twin })).rejects.toThrow();
    await expectWholeChain();
  });
});

describe("reading the record", () => {
  it("gives the newest first, page by page, of an actor, a target or a request", async () => {
    await db.$transaction(async (tx) => {
      await appendAudit(tx, { ...event("test.read"), actor: "auditor", target: "gravv/sandbox", requestId: "req_2" });
      await appendAudit(tx, {
        ...event("test.read"),
        actor: "auditor",
        target: "gravv/sandbox-2",
        requestId: undefined,
      });
    });
    const mine = await listAudit(db, { actor: "auditor", action: "test.read", limit: 10 });
    expect(mine.map((row) => row.requestId)).toEqual([null, "req_2"]);
    const [newest] = mine;
    const before = await listAudit(db, { actor: "auditor", action: "test", before: newest?.seq ?? 0, limit: 10 });
    expect(before.map((row) => row.requestId)).toEqual(["req_2"]);
    expect(await listAudit(db, { requestId: "req_2", limit: 10 })).toHaveLength(1);
    expect(await listAudit(db, { limit: 3 })).toHaveLength(3);
  });

  it("of one environment leaves out another whose name begins alike", async () => {
    const targets = (await listAudit(db, { target: "gravv/sandbox", limit: 10 })).map((row) => row.target);
    expect(targets).toEqual(["gravv/sandbox"]);
  });
});

it("a refused call goes on the record with who, what and why", async () => {
  const runtime = openWorld({ db, repositoryUrl: "unused", directory: "unused" });
  await recordRefusal(runtime, {
    actor: "viewer",
    action: "promotion.request",
    target: "gravv/live",
    code: "not_allowed",
    message: "Only developer or operator may ask for a promotion",
    callId: "act_1",
  });
  expect((await listAudit(db, { actor: "viewer", limit: 1 }))[0]).toMatchObject({
    action: "promotion.request",
    outcome: "refused",
    detail: {
      code: "not_allowed",
      because: "Only developer or operator may ask for a promotion",
      call: "act_1",
      decision: "denied because only developer or operator may ask for a promotion",
    },
  });
  await expectWholeChain();
});
