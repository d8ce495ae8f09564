import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Db } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { fingerprint } from "#lib/testing/tables.ts";
import { openWorld } from "#lib/testing/world.ts";
import { recordRefusal } from "./refusals.ts";
import { appendAudit, hashOf, listAudit } from "./store.ts";

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
  detail: { reason: 'ümläut \u2028 "quoted" 王', commits: 3, none: null, pi: 3.25 },
});

/** Every row in order, as the database gives it back. */
const rows = () => db.auditEvent.findMany({ orderBy: { seq: "asc" } });

/** Fails unless the record has no gap, and each row holds its own hash and that of the row before. */
async function expectWholeChain(): Promise<number> {
  const all = await rows();
  let previousHash = "0".repeat(64);
  for (const [index, row] of all.entries()) {
    expect(row.seq).toBe(BigInt(index + 1));
    expect(row.previousHash).toBe(previousHash);
    expect(row.hash).toBe(hashOf(row));
    previousHash = row.hash;
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
    ["seq", { seq: 9n }],
    ["at", { at: new Date(0) }],
    ["actor", { actor: "nobody" }],
    ["action", { action: "other" }],
    ["target", { target: "gravv/sandbox" }],
    ["outcome", { outcome: "failed" }],
    ["requestId", { requestId: null }],
    ["detail", { detail: { commits: 4 } }],
    ["previousHash", { previousHash: "1".repeat(64) }],
  ])("a row with another %s has another hash", async (_field, change) => {
    const row = (await rows())[0];
    if (row === undefined) {
      throw new Error("the record is empty");
    }
    expect(hashOf({ ...row, ...change })).not.toBe(row.hash);
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
  });
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
    const mine = await listAudit(db, { actor: "auditor", limit: 10 });
    expect(mine.map((row) => row.requestId)).toEqual([null, "req_2"]);
    const [newest] = mine;
    const before = await listAudit(db, { actor: "auditor", before: newest?.seq ?? 0, limit: 10 });
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
    detail: { code: "not_allowed", because: "Only developer or operator may ask for a promotion", call: "act_1" },
  });
  await expectWholeChain();
});
