import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { admit, beginSession } from "#lib/access/sign-ins.ts";
import { beginStepUp, confirmStepUp } from "#lib/access/step-ups.ts";
import { listAudit } from "#lib/audit/store.ts";
import type { Db } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { requestPromotion } from "#lib/promotions/operations.ts";
import { previewPromotion } from "#lib/promotions/queries.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { GLASS_RULE, OIDC } from "#lib/testing/policies.ts";
import { codeOf, expectRefused } from "#lib/testing/refusals.ts";
import { LIVE, newKey, openWorld, PEOPLE, REASON, STRANGER } from "#lib/testing/world.ts";
import { glassDigest } from "./digest.ts";
import { breakGlass, closeBreakGlass, reviewBreakGlass } from "./operations.ts";
import { listBreakGlass } from "./store.ts";

let db: Db;
let directory: string;
let repositoryUrl: string;
let runtime: Runtime;

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
  runtime = { ...world, estate: { ...world.estate, breakGlass: [GLASS_RULE] } };
  return () => database.close();
});

const REASON_GLASS = "payouts stand still and nobody answers";

const breakIt = (person: Person = PEOPLE.operator) =>
  breakGlass(runtime, person, { environment: LIVE, reason: REASON_GLASS });

async function promote(person: Person) {
  const { digest } = await previewPromotion(runtime, person, LIVE);
  return requestPromotion(runtime, person, { environment: LIVE, digest, reason: REASON, idempotencyKey: newKey() });
}

const endItsTime = () => db.$executeRaw`UPDATE "BreakGlass" SET "endsAt" = clock_timestamp() - interval '1 second'`;

it("a glass that asks for a fresh sign-in takes the one for what the console shows of it, once, and no other", async () => {
  const rule = { ...GLASS_RULE, stepUp: true };
  runtime = { ...runtime, estate: { ...runtime.estate, breakGlass: [rule] } };
  const signInFor = async (digest: string) => {
    const { stepUpId } = await beginStepUp(runtime, PEOPLE.operator, { digest });
    const { account } = PEOPLE.operator;
    const { signInId } = await beginSession(runtime, {
      account,
      providerSession: null,
      before: undefined,
      lastsSeconds: 60,
    });
    expect(await confirmStepUp(runtime, { account, signInId, authTime: Date.now() / 1000 }, stepUpId)).toBe(true);
  };
  const { account, emails, groups } = PEOPLE.operator;
  const identity = { provider: "https://id.example", subject: "sub-operator", account, emails, groups };
  await admit(runtime, { ok: true, remark: undefined, identity });
  await expectRefused(db, "step_up", () => breakIt());
  await signInFor(glassDigest("gravv/sandbox", rule));
  await signInFor(glassDigest(LIVE, { ...rule, lastsMs: 1 }));
  await expectRefused(db, "step_up", () => breakIt());
  await signInFor(glassDigest(LIVE, rule));
  await breakIt();
});

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

  it("those of an identity provider who would have had to agree are named too, and its groups for whoever of them never signed in", async () => {
    const grant = (role: "operator" | "viewer", group: string) => ({
      role,
      groups: [group],
      environments: ["gravv/*"],
    });
    const roleGrants = [grant("operator", "id-operators"), grant("viewer", "id-viewers")];
    runtime = { ...runtime, estate: { ...runtime.estate, people: [], oidc: OIDC, roleGrants } };
    for (const [account, group] of [
      ["ngozi", "id-operators"],
      ["ada", "id-operators"],
      ["bola", "id-viewers"],
      [PEOPLE.operator.account, "id-operators"],
    ] as const) {
      const identity = { provider: OIDC.issuer, subject: `sub-${account}`, account, emails: [], groups: [group] };
      await admit(runtime, { ok: true, remark: undefined, identity });
    }
    const { breakGlassId } = await breakIt();
    expect((await db.breakGlass.findUnique({ where: { id: breakGlassId } }))?.told).toEqual([
      "ada",
      "ngozi",
      "group:id-operators",
    ]);
    expect((await listAudit(db, { limit: 1 }))[0]?.detail).toMatchObject({ told: "ada, ngozi, group:id-operators" });
  });

  it("also while a freeze holds", async () => {
    const freezes = [{ name: "year end", from: "2026-01-01T00:00:00Z", to: "2999-01-01T00:00:00Z" }];
    const frozen = openWorld({ db, repositoryUrl, directory, promotion: { freezes } });
    runtime = { ...frozen, estate: { ...frozen.estate, breakGlass: [GLASS_RULE] } };
    await expectRefused(db, "conflict", () => promote(PEOPLE.operator));
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
    await expectRefused(db, "not_allowed", () => breakIt(PEOPLE.developer));
    await expectRefused(db, "not_allowed", () => breakIt(PEOPLE.admin));
  });

  it("whoever does not see the environment is not told that it, or its glass, is there", async () => {
    const { breakGlassId } = await breakIt();
    await expectRefused(db, "not_found", () => breakIt(STRANGER));
    await expectRefused(db, "not_found", () => closeBreakGlass(runtime, STRANGER, { breakGlassId }));
    await expectRefused(db, "not_found", () => reviewBreakGlass(runtime, STRANGER, { breakGlassId, review: REASON }));
  });
});

describe("before it can be broken again", () => {
  it("somebody else must have reviewed it after its end", async () => {
    const { breakGlassId } = await breakIt();
    const review = { breakGlassId, review: "justified; the phone list was wrong" };
    await expectRefused(db, "not_allowed", () => reviewBreakGlass(runtime, PEOPLE.operator2, review));
    await endItsTime();
    await expectRefused(db, "not_allowed", () => breakIt(PEOPLE.operator2));
    await expectRefused(db, "not_allowed", () => reviewBreakGlass(runtime, PEOPLE.operator, review));
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
