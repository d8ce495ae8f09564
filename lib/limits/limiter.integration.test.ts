import { afterAll, beforeAll, expect, it } from "vitest";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { LIMITS, OPEN_STREAMS } from "./model.ts";

let database: TestDatabase;
let limiter: Limiter;

beforeAll(async () => {
  database = await freshDatabase();
  limiter = createLimiter(database.db);
});
afterAll(() => database.close());

const failuresOf = async (calls: readonly Promise<void>[]) =>
  (await Promise.allSettled(calls)).flatMap((one) => (one.status === "rejected" ? [one.reason] : []));

it("replicas count together: of calls made at once exactly as many as allowed get through, and one is told of first", async () => {
  const other = createLimiter(database.db);
  const { times } = LIMITS.action;
  const calls = Array.from({ length: times + 7 }, (_, at) => (at % 2 === 0 ? limiter : other).use("action", "amara"));
  const failures = await failuresOf(calls);
  expect(failures).toHaveLength(7);
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: "too_many" });
    expect(failure.retry.afterSeconds).toBeGreaterThan(50);
    expect(failure.retry.afterSeconds).toBeLessThanOrEqual(60);
  }
  expect(failures.filter(({ retry }) => retry.isFirst)).toHaveLength(1);
  await expect(limiter.use("action", "bola")).resolves.toBeUndefined();
});

it("a window that is over is over for all, and what was counted in it is gone", async () => {
  const calls = Array.from({ length: LIMITS.signInOfAccount.times }, () => limiter.use("signInOfAccount", "chidi"));
  expect(await failuresOf(calls)).toEqual([]);
  await expect(limiter.use("signInOfAccount", "chidi")).rejects.toMatchObject({ code: "too_many" });
  await database.db.$executeRaw`UPDATE "Allowance" SET "expire" = "expire" - 300000`;
  await expect(limiter.use("signInOfAccount", "chidi")).resolves.toBeUndefined();
});

it("sign-ins that succeed are not limited", async () => {
  for (let at = 0; at < 3 * LIMITS.signInOfAccount.times; at += 1) {
    await limiter.use("signInOfAccount", "dayo");
    await limiter.giveBack("signInOfAccount", "dayo");
  }
  await expect(limiter.use("signInOfAccount", "dayo")).resolves.toBeUndefined();
});

it("the table holds neither names nor addresses, and a name of any length is one row", async () => {
  await limiter.use("signInOfAccount", "x".repeat(100_000));
  await limiter.use("signInFromSource", "198.51.100.77");
  const rows = await database.db.allowance.findMany();
  expect(rows.length).toBeGreaterThan(2);
  for (const { key } of rows) {
    expect(key).toMatch(/^[a-zA-Z]+:[0-9a-f]{64}$/);
  }
});

it("an account has its streams and no more, and one that closes frees its place once", () => {
  const leave = Array.from({ length: OPEN_STREAMS.perAccount }, () => limiter.openStream("amara"));
  expect(() => limiter.openStream("amara")).toThrow(
    expect.objectContaining({ retry: { afterSeconds: 5, isFirst: true } }),
  );
  expect(() => limiter.openStream("amara")).toThrow(
    expect.objectContaining({ retry: { afterSeconds: 5, isFirst: false } }),
  );
  leave[0]?.();
  leave[0]?.();
  leave.push(limiter.openStream("amara"));
  expect(() => limiter.openStream("amara")).toThrow(/open already/);
  for (const one of leave) {
    one();
  }
});

it("a process has its streams and no more, whoever asks", () => {
  const leave = Array.from({ length: OPEN_STREAMS.perProcess }, (_, at) => limiter.openStream(`person-${at}`));
  expect(() => limiter.openStream("one more")).toThrow(/this replica/);
  leave[0]?.();
  leave.push(limiter.openStream("one more"));
  for (const one of leave) {
    one();
  }
});
