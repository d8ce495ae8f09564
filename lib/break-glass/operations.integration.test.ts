import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { listAudit } from "#lib/audit/store.ts";
import type { Db } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { requestPromotion } from "#lib/promotions/operations.ts";
import { previewPromotion } from "#lib/promotions/queries.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { fingerprint } from "#lib/testing/tables.ts";
import { LIVE, newKey, openWorld, PEOPLE, REASON } from "#lib/testing/world.ts";
import { breakGlass, closeBreakGlass, reviewBreakGlass } from "./operations.ts";
import { listBreakGlass } from "./store.ts";

let db: Db;
let directory: string;
let repositoryUrl: string;
let runtime: Runtime;

const RULE = {
  environments: [LIVE],
  who: ["operator"],
  stepUp: false,
  lastsMs: 3_600_000,
  review: ["operator"],
} as const;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-glass-"));
  repositoryUrl = join(directory, "gravv.git");
  await createRepository({ directory: repositoryUrl, now: new Date() });
});
afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  const database = await freshDatabase();
  db = database.db;
  const world = openWorld({ db, repositoryUrl, directory });
  runtime = { ...world, estate: { ...world.estate, breakGlass: [RULE] } };
  return () => database.close();
});

const REASON_GLASS = "payouts stand still and nobody answers";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "fine";
  } catch (failure) {
    if (failure instanceof GatehouseError) {
      return failure.code;
    }
    throw failure;
  }
}

async function expectRefused(code: string, work: () => Promise<unknown>): Promise<void> {
  const before = await fingerprint(db);
  expect(await codeOf(work())).toBe(code);
  expect(await fingerprint(db)).toEqual(before);
}

const breakIt = (person: Person = PEOPLE.operator) =>
  breakGlass(runtime, person, { environment: LIVE, reason: REASON_GLASS });

async function promote(person: Person) {
  const { digest } = await previewPromotion(runtime, person, LIVE);
  return requestPromotion(runtime, person, { environment: LIVE, digest, reason: REASON, idempotencyKey: newKey() });
}

const endItsTime = () => db.$executeRaw`UPDATE "BreakGlass" SET "endsAt" = clock_timestamp() - interval '1 second'`;

describe("under broken glass", () => {
  it("whoever broke it promotes alone; the record says so and names everyone who was not asked", async () => {
    const { breakGlassId } = await breakIt();
    const { requestId } = await promote(PEOPLE.operator);
    expect(await db.operation.count({ where: { requestId } })).toBe(1);
    expect(await db.request.findUnique({ where: { id: requestId } })).toMatchObject({
      state: "approved",
      breakGlassId,
    });
    const record = (await listAudit(db, { limit: 50 })).reverse();
    expect(record.map(({ action }) => action)).toEqual([
      "break-glass.opened",
      "promotion.requested",
      "promotion.started",
    ]);
    expect(record[0]?.detail).toMatchObject({ told: "operator-2, operator-3", reason: REASON_GLASS });
    expect(record[1]?.detail).toMatchObject({ breakGlass: breakGlassId });
  });

  it("also while a freeze holds", async () => {
    const freezes = [{ name: "year end", from: "2026-01-01T00:00:00Z", to: "2999-01-01T00:00:00Z" }];
    const frozen = openWorld({ db, repositoryUrl, directory, promotion: { freezes } });
    runtime = { ...frozen, estate: { ...frozen.estate, breakGlass: [RULE] } };
    await expectRefused("conflict", () => promote(PEOPLE.operator));
    await breakIt();
    await promote(PEOPLE.operator);
    expect(await db.operation.count()).toBe(1);
  });

  it("somebody else's promotion waits for approval as ever", async () => {
    await breakIt();
    const { requestId } = await promote(PEOPLE.operator2);
    expect(await db.request.findUnique({ where: { id: requestId } })).toMatchObject({ state: "waiting" });
    expect(await db.operation.count()).toBe(0);
  });

  it("after its time, or once it was closed, the same promotion waits for approval", async () => {
    const { breakGlassId } = await breakIt();
    await closeBreakGlass(runtime, PEOPLE.operator2, { breakGlassId });
    await promote(PEOPLE.operator);
    expect(await db.operation.count()).toBe(0);
  });

  it("nobody breaks it without the role, and none is left by the attempt", async () => {
    await expectRefused("not_allowed", () => breakIt(PEOPLE.developer));
    await expectRefused("not_allowed", () => breakIt(PEOPLE.admin));
  });
});

describe("before it can be broken again", () => {
  it("somebody else must have reviewed it after its end", async () => {
    const { breakGlassId } = await breakIt();
    const review = { breakGlassId, review: "justified; the phone list was wrong" };
    await expectRefused("not_allowed", () => reviewBreakGlass(runtime, PEOPLE.operator2, review));
    await endItsTime();
    await expectRefused("not_allowed", () => breakIt(PEOPLE.operator2));
    await expectRefused("not_allowed", () => reviewBreakGlass(runtime, PEOPLE.operator, review));
    await reviewBreakGlass(runtime, PEOPLE.operator2, review);
    await breakIt(PEOPLE.operator);
    expect(await db.breakGlass.count()).toBe(2);
  });

  it("many at the same moment break it once, and review it once", async () => {
    const people = [PEOPLE.operator, PEOPLE.operator2, PEOPLE.operator3];
    const broken = await Promise.all(people.map((person) => codeOf(breakIt(person))));
    expect(broken.filter((code) => code === "fine")).toHaveLength(1);
    await endItsTime();
    const [glass] = await listBreakGlass(db, 1);
    const others = people.filter(({ account }) => account !== glass?.account);
    const input = { breakGlassId: glass?.id ?? "", review: "seen and understood" };
    const reviewed = await Promise.all(others.map((person) => codeOf(reviewBreakGlass(runtime, person, input))));
    expect([...reviewed].sort()).toEqual(["conflict", "fine"]);
    expect(await db.auditEvent.count({ where: { action: "break-glass.reviewed" } })).toBe(1);
  });
});
