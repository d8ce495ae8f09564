import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "#lib/audit/store.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { openWorld, PEOPLE } from "#lib/testing/world.ts";
import { type Identity, readClaims } from "./claims.ts";
import { endSessions } from "./operations.ts";
import { readPeople } from "./queries.ts";
import { admit, beginSession, signOut } from "./sign-ins.ts";
import { beginStepUp, confirmStepUp, spendStepUp } from "./step-ups.ts";
import { findAccount, findSignedIn } from "./store.ts";

const ISSUER = "https://id.example";
const DIGEST = "d".repeat(64);

let database: TestDatabase;
let runtime: Runtime;

beforeAll(async () => {
  database = await freshDatabase();
  runtime = openWorld({ db: database.db, repositoryUrl: "unused", directory: "unused" });
});
afterAll(() => database.close());

const identity = (account: string, changes: Partial<Identity> = {}): Identity => ({
  provider: ISSUER,
  subject: `sub-${account}`,
  account,
  emails: [],
  groups: [],
  ...changes,
});
const signIn = (account: string, changes: Partial<Identity> = {}) =>
  admit(runtime, { ok: true, remark: undefined, identity: identity(account, changes) });
const newest = async () => (await listAudit(runtime.db, { limit: 1 }))[0];

describe("a sign-in", () => {
  it("is on record, and the next one brings the groups of its day", async () => {
    expect(await signIn("amara", { groups: ["a"] })).toBeUndefined();
    expect(await newest()).toMatchObject({ actor: "amara", action: "session.signed-in", outcome: "done" });
    await signIn("amara", { groups: ["b"] });
    expect(await findAccount(runtime.db, "amara")).toMatchObject({ groups: ["b"], sessionVersion: 1 });
  });

  it("of somebody whom the provider has renamed is the same account, so that they cannot approve their own", async () => {
    await signIn("bola", { subject: "u-bola" });
    await signIn("bola-new", { subject: "u-bola" });
    expect(await findAccount(runtime.db, "bola-new")).toBeUndefined();
    expect(await newest()).toMatchObject({ actor: "bola" });
  });

  it("under a name that was somebody else's is refused, on record, and changes nothing of theirs", async () => {
    await signIn("chidi", { groups: ["gravv-operators"] });
    expect(await signIn("chidi", { subject: "another", groups: [] })).toBe("NameTaken");
    expect(await signIn("chidi", { provider: "https://other.example" })).toBe("NameTaken");
    expect(await findAccount(runtime.db, "chidi")).toMatchObject({ subject: "sub-chidi", groups: ["gravv-operators"] });
    expect(await newest()).toMatchObject({ actor: "nobody", target: "chidi", outcome: "refused" });
  });

  it("under a name that cannot be used is refused, and no part of that name is on record", async () => {
    const read = readClaims(
      { sub: "x", preferred_username: "system:gatehouse" },
      { issuer: ISSUER, accountClaim: "preferred_username", groupsClaim: "groups" },
    );
    expect(await admit(runtime, read)).toBe("NameNotUsable");
    expect(await newest()).toMatchObject({ actor: "nobody", target: "-", outcome: "refused" });
  });
});

describe("sessions are ended", () => {
  const reason = "their laptop was stolen";
  beforeEach(async () => {
    await signIn("dayo");
  });

  it("by an admin, which the record says, and the version is one that no session has", async () => {
    await endSessions(runtime, PEOPLE.admin, { account: "dayo", reason });
    expect(await findAccount(runtime.db, "dayo")).toMatchObject({ sessionVersion: 2 });
    expect(await newest()).toMatchObject({
      actor: "admin",
      action: "sessions.ended",
      target: "dayo",
      detail: { reason },
    });
  });

  it("by oneself, whatever one's role", async () => {
    const dayo = { ...PEOPLE.viewer, account: "dayo" };
    const before = (await findAccount(runtime.db, "dayo"))?.sessionVersion ?? 0;
    await endSessions(runtime, dayo, { account: "dayo", reason });
    expect(await findAccount(runtime.db, "dayo")).toMatchObject({ sessionVersion: before + 1 });
  });

  it("by nobody else", async () => {
    const before = await findAccount(runtime.db, "dayo");
    for (const person of [PEOPLE.viewer, PEOPLE.developer, PEOPLE.operator]) {
      await expect(endSessions(runtime, person, { account: "dayo", reason })).rejects.toMatchObject({
        code: "not_allowed",
      });
    }
    expect(await findAccount(runtime.db, "dayo")).toEqual(before);
  });

  it("of nobody who has never signed in, and nothing is on record then", async () => {
    const before = await newest();
    await expect(endSessions(runtime, PEOPLE.admin, { account: "nemo", reason })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await newest()).toEqual(before);
  });
});

describe("a session", () => {
  const begin = (account: string, before?: Readonly<{ id: string; account: string }>) =>
    beginSession(runtime, { account, providerSession: null, before, lastsSeconds: 3600 });
  const holds = async (account: string, { signInId }: Readonly<{ signInId: string }>) =>
    (await findSignedIn(runtime.db, [{ signInId, account, sessionVersion: 1 }])).has(signInId);

  beforeAll(async () => {
    await signIn("hauwa");
    await signIn("ife");
  });

  it("that is signed out of is over, with what it was before a step-up, and no other of its person is", async () => {
    const other = await begin("hauwa");
    const first = await begin("hauwa");
    const second = await begin("hauwa", { id: first.id, account: "hauwa" });
    expect(second.id).toBe(first.id);
    expect([await holds("hauwa", first), await holds("hauwa", second)]).toEqual([true, true]);
    await signOut(runtime, { id: second.id, account: "hauwa" });
    expect([await holds("hauwa", first), await holds("hauwa", second)]).toEqual([false, false]);
    expect(await holds("hauwa", other)).toBe(true);
    expect(await newest()).toMatchObject({ actor: "hauwa", action: "session.signed-out", outcome: "done" });
  });

  it("that is signed out of twice is on record once", async () => {
    const { id } = await begin("hauwa");
    await signOut(runtime, { id, account: "hauwa" });
    const before = await newest();
    await signOut(runtime, { id, account: "hauwa" });
    expect(await newest()).toEqual(before);
  });

  it("is over when somebody else signs in with the same browser", async () => {
    const first = await begin("hauwa");
    const second = await begin("ife", { id: first.id, account: "hauwa" });
    expect([await holds("hauwa", first), await holds("ife", second)]).toEqual([false, true]);
    expect(await holds("hauwa", second)).toBe(false);
  });

  it("is forgotten when it has lasted as long as one may", async () => {
    const old = await begin("hauwa");
    await runtime.db.$executeRaw`UPDATE "SignIn" SET at = at - interval '61 minutes' WHERE id = ${old.signInId}`;
    await begin("ife");
    expect(await holds("hauwa", old)).toBe(false);
  });
});

it("who has signed in is for those who read the record", async () => {
  await signIn("efe", { groups: ["g"] });
  const rows = await readPeople(runtime, PEOPLE.admin);
  expect(rows.find(({ account }) => account === "efe")).toMatchObject({
    groups: ["g"],
    mayEndSessions: { allowed: true },
  });
  await expect(readPeople(runtime, PEOPLE.viewer)).rejects.toMatchObject({ code: "not_found" });
});

describe("a step-up", () => {
  const me = { ...PEOPLE.operator, account: "femi" };
  const now = () => Math.floor(Date.now() / 1000);
  const spend = (account = "femi", digest = DIGEST) =>
    runtime.db.$transaction((tx) => spendStepUp(tx, { account, digest }));
  const begin = async () => (await beginStepUp(runtime, me, { digest: DIGEST })).stepUpId;
  const signInAs = async (account: string) =>
    (await beginSession(runtime, { account, providerSession: null, before: undefined, lastsSeconds: 3600 })).signInId;
  const confirm = async (id: string, authTime: number | null = now(), account = "femi") =>
    confirmStepUp(runtime, { account, signInId: await signInAs(account), authTime }, id);
  const shift = (id: string, column: "createdAt" | "confirmedAt", minutes: number) =>
    runtime.db.$executeRawUnsafe(
      `UPDATE "StepUp" SET "${column}" = "${column}" - interval '${minutes} minutes' WHERE id = '${id}'`,
    );

  beforeAll(async () => {
    await signIn("femi");
    await signIn("gozie");
  });
  beforeEach(async () => {
    await runtime.db.stepUp.deleteMany();
  });

  it("that a fresh sign-in has confirmed does once, and is on record", async () => {
    expect(await confirm(await begin())).toBe(true);
    expect(await newest()).toMatchObject({ actor: "femi", action: "session.stepped-up", detail: { digest: DIGEST } });
    expect(await spend()).toBeInstanceOf(Date);
    expect(await spend()).toBeUndefined();
  });

  it("does once however many try at the same moment", async () => {
    await confirm(await begin());
    const spent = await Promise.all(Array.from({ length: 8 }, () => spend()));
    expect(spent.filter((date) => date !== undefined)).toHaveLength(1);
  });

  it("is still there when what it was for was taken back", async () => {
    await confirm(await begin());
    const undone = runtime.db.$transaction(async (tx) => {
      await spendStepUp(tx, { account: "femi", digest: DIGEST });
      throw new Error("taken back");
    });
    await expect(undone).rejects.toThrow("taken back");
    expect(await spend()).toBeInstanceOf(Date);
  });

  it("does not do for another digest, for another account, or unconfirmed", async () => {
    const id = await begin();
    expect(await spend()).toBeUndefined();
    await confirm(id);
    expect(await spend("femi", "e".repeat(64))).toBeUndefined();
    expect(await spend("gozie")).toBeUndefined();
    expect(await spend()).toBeInstanceOf(Date);
  });

  it("does not do any more 5 minutes after its sign-in", async () => {
    const id = await begin();
    await confirm(id);
    await shift(id, "confirmedAt", 4);
    expect(await spend()).toBeInstanceOf(Date);
    await runtime.db.stepUp.update({ where: { id }, data: { spentAt: null } });
    await shift(id, "confirmedAt", 1);
    expect(await spend()).toBeUndefined();
  });

  it.each([
    ["a sign-in from before it was begun", () => now() - 60],
    ["a sign-in that is said to be yet to come", () => now() + 60],
    ["a session whose provider does not say when", () => null],
  ])("is not confirmed by %s", async (_what, authTime) => {
    expect(await confirm(await begin(), authTime())).toBe(false);
    expect(await spend()).toBeUndefined();
  });

  it("is not confirmed by somebody else, a second time, or long after it was begun", async () => {
    const id = await begin();
    expect(await confirm(id, now(), "gozie")).toBe(false);
    expect(await confirm(id)).toBe(true);
    expect(await confirm(id)).toBe(false);
    await spend();
    expect(await confirm(id)).toBe(false);
    expect(await spend()).toBeUndefined();
    const late = await begin();
    await shift(late, "createdAt", 11);
    expect(await confirm(late)).toBe(false);
  });

  it("is the only one that a sign-in confirms, however many were begun before it", async () => {
    const others = [await begin(), await begin()];
    expect(await confirm(await begin())).toBe(true);
    for (const id of others) {
      expect(await confirm(id)).toBe(false);
    }
  });

  it("is not confirmed by a sign-in from before it was begun, however little before the person proved who they are", async () => {
    const signInId = await signInAs("femi");
    const id = await begin();
    expect(await confirmStepUp(runtime, { account: "femi", signInId, authTime: now() }, id)).toBe(false);
    expect(await spend()).toBeUndefined();
  });

  it("is not confirmed by a proof that has confirmed another, also where a new sign-in brings it", async () => {
    const authTime = now();
    expect(await confirm(await begin(), authTime)).toBe(true);
    expect(await confirm(await begin(), authTime)).toBe(false);
    expect(await confirm(await begin(), authTime + 1)).toBe(true);
  });

  it("goes with the sessions of its account", async () => {
    await confirm(await begin());
    await endSessions(runtime, me, { account: "femi", reason: "I have lost my laptop" });
    expect(await spend()).toBeUndefined();
  });
});
