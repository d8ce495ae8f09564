import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import { breakGlass, closeBreakGlass, reviewBreakGlass } from "#lib/break-glass/operations.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { GLASS_RULE } from "#lib/testing/policies.ts";
import { askForPromotion, LIVE, openWorld, PEOPLE } from "#lib/testing/world.ts";
import { writePack } from "./pack-export.ts";
import { verifyPack } from "./pack-verify.ts";
import { appendAudit, listAudit, type PackScope } from "./store.ts";

let directory: string;
let database: TestDatabase;
/** A promotion that was made under broken glass, which was closed and reviewed since. */
let requestId: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-pack-glass-"));
  await createRepository({ directory: join(directory, "gravv.git"), now: new Date() });
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(async () => {
  database = await freshDatabase();
  const world = openWorld({ db: database.db, repositoryUrl: join(directory, "gravv.git"), directory });
  const runtime = { ...world, estate: { ...world.estate, breakGlass: [GLASS_RULE] } };
  const { breakGlassId } = await breakGlass(runtime, PEOPLE.operator, { environment: LIVE, reason: "nobody answers" });
  const between = {
    actor: "viewer",
    action: "session.signed-in",
    target: "viewer",
    outcome: "done",
    decision: "allowed because the provider demo vouches for viewer",
  } as const;
  await database.db.$transaction((tx) => appendAudit(tx, between));
  ({ requestId } = await askForPromotion(runtime, PEOPLE.operator));
  await closeBreakGlass(runtime, PEOPLE.operator, { breakGlassId });
  await reviewBreakGlass(runtime, PEOPLE.operator2, { breakGlassId, review: "seen and understood" });
  return () => database.close();
});

async function verdictOn(scope: PackScope) {
  const pieces: Buffer[] = [];
  const parts = { db: database.db, log: pino({ level: "silent" }), settings: undefined, by: "auditor", at: new Date() };
  await writePack(parts, scope, async (text) => {
    pieces.push(Buffer.from(text));
  });
  async function* read(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  return { text: Buffer.concat(pieces).toString(), verdict: await verifyPack(read()) };
}
const ofRequest = (): PackScope => ({ kind: "request", requestId });
const since = (from: Date): PackScope => ({ kind: "period", from, to: new Date("2100-01-01") });

describe("of a request under broken glass", () => {
  it("its own pack holds the rows of the glass, and is whole", async () => {
    const { text, verdict } = await verdictOn(ofRequest());
    expect(verdict).toMatchObject({ state: "whole", remarks: [expect.stringContaining("no checkpoints")] });
    for (const action of ["opened", "closed", "reviewed"]) {
      expect(text).toContain(`"action":"break-glass.${action}"`);
    }
  });

  it("a pack of everything is whole, and one of a time after the glass was broken says what it does not prove", async () => {
    const [asked] = await listAudit(database.db, { action: "promotion.requested", limit: 1 });
    expect((await verdictOn(since(new Date(0)))).verdict).toMatchObject({
      state: "whole",
      remarks: [expect.any(String)],
    });
    const { verdict } = await verdictOn(since(new Date(asked?.at ?? 0)));
    const said = expect.stringContaining("is not proven here, for the glass was broken before the period");
    expect(verdict).toMatchObject({ state: "whole", remarks: [expect.any(String), said] });
  });

  it.each([
    ["another account", `account = 'risk'`, "not made by whoever broke the glass"],
    ["another reason", `reason = 'other'`, "reason is not the one on record"],
    ["others who were told", `told = '{risk}'`, "list of those told is not the one on record"],
    ["a longer time", `"endsAt" = "endsAt" + interval '1 hour'`, "duration is not the one on record"],
    ["another time", `"openedAt" = "openedAt" - interval '1 day'`, "time is not the one on record"],
    ["another end", `"closedBy" = 'risk'`, "end is not the one on record"],
    ["no end", `"closedAt" = NULL, "closedBy" = NULL`, "end is not the one on record"],
    ["another reviewer", `"reviewedBy" = 'risk'`, "review is not the one on record"],
    ["another review", `review = 'justified'`, "review is not the one on record"],
    ["no review", `review = NULL, "reviewedAt" = NULL, "reviewedBy" = NULL`, "review is not the one on record"],
  ])("%s than on record is found", async (_what, change, said) => {
    await database.db.$executeRawUnsafe(`UPDATE "BreakGlass" SET ${change}`);
    expect((await verdictOn(ofRequest())).verdict).toMatchObject({
      state: "broken",
      what: expect.stringContaining(said),
    });
  });

  it("a review that is not on record is found", async () => {
    await database.db.$transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
      await tx.$executeRaw`DELETE FROM "AuditEvent" WHERE action = 'break-glass.reviewed'`;
    });
    expect((await verdictOn(ofRequest())).verdict).toMatchObject({
      state: "broken",
      what: expect.stringContaining("its glass's review is not on record"),
    });
  });
});
