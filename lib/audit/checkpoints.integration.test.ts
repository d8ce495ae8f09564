import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { OBJECT_STORE_BUILD_MS, startTestStore, type TestStore } from "#lib/testing/object-store.ts";
import { writeRows } from "#lib/testing/record.ts";
import { diceOf, disableTriggers, TAMPERINGS } from "#lib/testing/tampering.ts";
import { hashOf } from "./chain.ts";
import { type CheckpointSettings, checkpointInTurn, keepRecord, openCheckpoints } from "./checkpoints.ts";
import { listCheckpoints, type OpenPlace, openPlace } from "./places.ts";
import { openSigningKey, openVerifyingKey, type SigningKey, signingKeyOf } from "./signing.ts";
import { lastLink, listAudit, takeWalkTurn } from "./store.ts";
import { walkInTurn } from "./walk.ts";

const log = pino({ level: "silent" });
const directory = mkdtempSync(join(tmpdir(), "gatehouse-checkpoints-"));
const keyPath = join(directory, "record.key");
let store: TestStore;
let database: TestDatabase;
let settings: CheckpointSettings;

afterAll(async () => {
  await store.stop();
  rmSync(directory, { recursive: true });
});
beforeAll(async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(keyPath, privateKey.export({ type: "pkcs8", format: "pem" }));
  store = await startTestStore();
}, OBJECT_STORE_BUILD_MS);
beforeEach(async () => {
  database = await freshDatabase();
  settings = { key: openSigningKey(keyPath), earlierKeys: [], places: [folder()], everyMs: 60_000, everyRows: 3 };
  return () => database.close();
});

const noSystem = () => {
  throw new Error("this place needs no such system");
};
const noSystems = { openRepository: noSystem, openBucket: noSystem };
const keys = () => [openSigningKey(keyPath).verifying];
const folder = (path = join(directory, randomUUID())) => openPlace({ kind: "folder", path }, noSystems, keys());

function branch(): OpenPlace {
  const url = join(directory, `${randomUUID()}.git`);
  execFileSync("git", ["init", "--quiet", "--bare", url]);
  const openCopy = (git: { url: string }) =>
    openRepository({ url: git.url, directory: join(directory, `${randomUUID()}.git`) });
  return openPlace({ kind: "git", url, branch: "record" }, { ...noSystems, openRepository: openCopy }, keys());
}

async function bucket(): Promise<OpenPlace> {
  const { config } = await store.bucket("locked");
  return openPlace({ kind: "bucket", prefix: "gravv/checkpoints", ...config }, { ...noSystems, openBucket }, keys());
}

/** A key that gatehouse.yaml does not name. */
function foreignKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync("ed25519").privateKey);
}

const parts = () => ({ db: database.db, clock: systemClock, log });

const write = (count: number) => writeRows(database.db, count);

/** As a superuser who is not stopped by the triggers. */
async function tamper(...statements: string[]): Promise<void> {
  await database.db.$transaction(async (tx) => {
    for (const statement of ["SET LOCAL session_replication_role = replica", ...statements]) {
      await tx.$executeRawUnsafe(statement);
    }
  });
}

const signed = async () => (await listCheckpoints({ log }, settings.places)).checkpoints;

describe("a checkpoint", () => {
  it("says which row was the last one, signed by the key and found in every place", async () => {
    settings = { ...settings, places: [folder(), branch(), await bucket()] };
    await write(2);
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "whole", seq: 2, unreached: [] });
    await write(1);
    await checkpointInTurn(parts(), settings);
    const last = await lastLink(database.db);
    const key = openVerifyingKey(settings.key.publicKey);
    for (const place of settings.places) {
      const { checkpoints } = await place.list();
      expect(checkpoints.map(({ seq }) => seq)).toEqual([2, 3]);
      expect(checkpoints.at(-1)?.hash).toBe(last?.hash);
      expect(checkpoints.every((one) => key?.holds(one))).toBe(true);
      expect(checkpoints.some((one) => key?.holds({ ...one, seq: one.seq + 1 }))).toBe(false);
    }
  });

  it("is written once a row, by ten replicas at a time", async () => {
    await write(5);
    const path = join(directory, randomUUID());
    await Promise.all(
      Array.from({ length: 10 }, () => checkpointInTurn(parts(), { ...settings, places: [folder(path)] })),
    );
    expect(readdirSync(path, { recursive: true }).filter((name) => String(name).includes("."))).toEqual([
      "000/000/000/005.json",
    ]);
  });

  it("stays as it is: another one for the same row is refused, in a folder, on a branch and in a bucket", async () => {
    for (const place of [folder(), branch(), await bucket()]) {
      const one = settings.key.sign({ seq: 7, hash: "a".repeat(64), at: "2026-11-21T09:00:00.000Z" });
      const other = settings.key.sign({ seq: 7, hash: "b".repeat(64), at: "2026-11-21T09:00:00.000Z" });
      await place.add(one);
      await place.add(one);
      await expect(place.add(other)).rejects.toThrow("holds another checkpoint for row 7");
      expect(await place.list()).toEqual({ checkpoints: [one], planted: [], broken: undefined });
    }
  });

  it("is found among the newest so many of every place, the others not being asked for", async () => {
    for (const place of [folder(), branch(), await bucket()]) {
      const all = [3, 12, 7, 1_000_000].map((seq) =>
        settings.key.sign({ seq, hash: "a".repeat(64), at: "2026-11-21T09:00:00.000Z" }),
      );
      for (const one of all) {
        await place.add(one);
      }
      expect((await place.list(2)).checkpoints.map(({ seq }) => seq)).toEqual([12, 1_000_000]);
      expect((await place.list()).checkpoints.map(({ seq }) => seq)).toEqual([3, 7, 12, 1_000_000]);
    }
  });

  it("is written where it can be, and the other places are named", async () => {
    const path = join(directory, randomUUID());
    writeFileSync(path, "no folder");
    settings = { ...settings, places: [folder(path), folder()] };
    await write(1);
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "whole", seq: 1, unreached: [path] });
  });
});

describe("nothing is signed, and the row is named,", () => {
  beforeEach(async () => {
    await write(4);
    await checkpointInTurn(parts(), settings);
    await write(3);
  });

  async function expectBroken(from: number, to: number): Promise<void> {
    const before = await signed();
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "broken", broken: { from, to } });
    expect(await signed()).toEqual(before);
  }

  it("where a row says something else", async () => {
    await tamper(`UPDATE "AuditEvent" SET actor = 'nobody' WHERE seq = 6`);
    await expectBroken(6, 6);
  });

  it("where a row is missing", async () => {
    await tamper(`DELETE FROM "AuditEvent" WHERE seq = 6`);
    await expectBroken(6, 6);
  });

  it("where the tail under the last checkpoint is cut", async () => {
    await tamper(`DELETE FROM "AuditEvent" WHERE seq >= 3`);
    await expectBroken(3, 4);
  });

  it("where the signed row was written anew with right hashes", async () => {
    const { seq, contentHash } = (await lastLink(database.db)) ?? { seq: 0, contentHash: "" };
    expect(seq).toBe(7);
    const previousHash = "1".repeat(64);
    const hash = hashOf({ seq: 4, requestId: null, contentHash, previousHash });
    await tamper(
      `DELETE FROM "AuditEvent" WHERE seq = 4`,
      `INSERT INTO "AuditEvent" SELECT 4, at, actor, action, target, outcome, "requestId", detail, "contentHash", '${previousHash}', '${hash}' FROM "AuditEvent" WHERE seq = 7`,
    );
    await expectBroken(1, 4);
  });

  it.each(["at the new last row", "far away"])(
    "where the record was written anew and a checkpoint of another key put %s",
    async (where) => {
      const [place] = settings.places;
      const superuser = new Client({ connectionString: database.url });
      await superuser.connect();
      await disableTriggers(superuser);
      const rows = (await listAudit(database.db, { limit: 100 })).reverse();
      await TAMPERINGS["planted checkpoint of another key"]?.(
        superuser,
        rows,
        () => 0,
        async ({ hash, at, seq }) => {
          await place?.add(foreignKey().sign({ hash, at, seq: where === "far away" ? 999_999_999 : seq }));
        },
      );
      await superuser.end();
      await expectBroken(1, 4);
      expect(await checkpointInTurn(parts(), settings)).toMatchObject({ planted: [{}] });
    },
  );
});

describe("what somebody puts among the checkpoints counts for nothing and is named, and signing goes on:", () => {
  const FORGED = { seq: 6, hash: "c".repeat(64), at: "2026-11-21T09:00:00.000Z" };

  it.each([
    ["a checkpoint of another key", () => foreignKey().sign(FORGED), "which gatehouse.yaml does not name"],
    [
      "one that bears our key's name and not its signature",
      () => ({ ...settings.key.sign(FORGED), hash: "d".repeat(64) }),
      "not its signature",
    ],
  ])("%s, in a folder and on a branch", async (_name, planted, what) => {
    for (const place of [folder(), branch()]) {
      settings = { ...settings, places: [place] };
      await write(4);
      const before = await checkpointInTurn(parts(), settings);
      await place.add(planted());
      await write(3);
      const seq = (await lastLink(database.db))?.seq;
      const named = [{ where: expect.stringContaining("000/000/000/006.json"), what: expect.stringContaining(what) }];
      expect(before).toMatchObject({ state: "whole", planted: [] });
      expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "whole", seq, planted: named });
      expect((await place.list(1)).checkpoints.map((one) => one.seq)).toEqual([seq]);
    }
  });
});

describe("after the key was changed", () => {
  const at = "2026-11-21T09:00:00.000Z";

  async function changeKey(isEarlierNamed: boolean): Promise<void> {
    const path = join(directory, randomUUID());
    const earlierPath = join(directory, `${randomUUID()}.pub`);
    const earlier = foreignKey();
    writeFileSync(earlierPath, earlier.publicKey);
    const record = {
      keyPath,
      earlierKeyPaths: isEarlierNamed ? [earlierPath] : [],
      checkpoints: [{ kind: "folder", path } as const],
      everyMs: 1,
      everyRows: 1,
    };
    await write(3);
    const last = await lastLink(database.db);
    const place = openPlace({ kind: "folder", path }, noSystems, [earlier.verifying]);
    await place.add(earlier.sign({ seq: 3, hash: last?.hash ?? "", at }));
    settings = openCheckpoints({ record }, directory, noSystems) ?? settings;
  }

  it("what the earlier key signed still counts: a tail cut below it is found", async () => {
    await changeKey(true);
    await tamper(`DELETE FROM "AuditEvent" WHERE seq = 3`);
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "broken", broken: { from: 3, to: 3 } });
  });

  it("signing goes on from it with the new key", async () => {
    await changeKey(true);
    await write(1);
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({
      state: "whole",
      seq: 4,
      keyId: settings.key.keyId,
      planted: [],
    });
  });

  it("where gatehouse.yaml does not name the earlier key, what it signed is named as put there by somebody", async () => {
    await changeKey(false);
    expect(await signed()).toEqual([]);
    await write(1);
    expect(await checkpointInTurn(parts(), settings)).toMatchObject({ state: "whole", seq: 4, planted: [{}] });
  });

  it("an earlier key that is none is named with what was expected", () => {
    const record = { keyPath, earlierKeyPaths: [keyPath], checkpoints: [], everyMs: 1, everyRows: 1 };
    expect(() => openCheckpoints({ record }, directory, noSystems)).toThrow("expected an Ed25519 public key as PEM");
    const nowhere = { ...record, earlierKeyPaths: ["/nowhere"] };
    expect(() => openCheckpoints({ record: nowhere }, directory, noSystems)).toThrow("(ENOENT)");
  });
});

it("the keeper signs by itself after so many rows, and says so", async () => {
  const stopping = new AbortController();
  const keeper = keepRecord(parts(), settings, stopping.signal);
  await write(1);
  await expect.poll(() => keeper.standing(), { timeout: 10_000 }).toMatchObject({ state: "whole", seq: 1 });
  await write(3);
  await expect.poll(() => keeper.standing(), { timeout: 10_000 }).toMatchObject({ state: "whole", seq: 4 });
  stopping.abort();
  await keeper.stopped;
});

it("without a key and places there are no checkpoints, and the standing says so and what was verified all the same", async () => {
  const stopping = new AbortController();
  await write(3);
  const keeper = keepRecord(parts(), undefined, stopping.signal);
  expect(keeper.standing()).toEqual({ state: "without-checkpoints" });
  await expect.poll(() => keeper.standing(), { timeout: 10_000 }).toMatchObject({ verified: { to: 3 } });
  stopping.abort();
  await keeper.stopped;
});

describe("the keeper walks through the whole record", () => {
  let stopping: AbortController;
  let keeper: ReturnType<typeof keepRecord>;
  beforeEach(() => {
    stopping = new AbortController();
    return async () => {
      stopping.abort();
      await keeper.stopped;
    };
  });
  const start = () => {
    keeper = keepRecord(parts(), settings, stopping.signal, { walkMs: 200 });
  };
  const poll = () => expect.poll(() => keeper.standing(), { timeout: 10_000 });

  it("and says which rows it verified and when; nothing is said before the first walk is done", async () => {
    await write(4);
    start();
    expect(keeper.standing()).toEqual({ state: "unknown" });
    await poll().toMatchObject({ state: "whole", verified: { to: 4, at: expect.stringMatching(/Z$/) } });
    await write(1);
    await poll().toMatchObject({ verified: { to: 5 } });
  });

  it.each([
    ["says something else", `UPDATE "AuditEvent" SET actor = 'nobody' WHERE seq = 2`, { from: 2, to: 2 }],
    ["is missing", `DELETE FROM "AuditEvent" WHERE seq = 2`, { from: 2, to: 2 }],
  ])(
    "and finds a row behind the newest checkpoint that %s; nothing is signed until it is as it was",
    async (_what, change, rows) => {
      await write(4);
      await tamper(`CREATE TABLE kept AS TABLE "AuditEvent"`);
      start();
      await poll().toMatchObject({ state: "whole", seq: 4, verified: { to: 4 } });
      await tamper(change);
      await poll().toMatchObject({ state: "broken", broken: rows });
      await write(5);
      await poll().toMatchObject({ state: "broken", broken: rows });
      expect((await signed()).map(({ seq }) => seq)).toEqual([4]);
      await tamper(
        `DELETE FROM "AuditEvent" WHERE seq = 2`,
        `INSERT INTO "AuditEvent" SELECT * FROM kept WHERE seq = 2`,
      );
      await poll().toMatchObject({ state: "whole", seq: 9, verified: { to: 9 } });
    },
  );

  it("one replica at a time", async () => {
    await write(1);
    const { promise: done, resolve: end } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const other = database.db.$transaction(async (tx) => {
      await takeWalkTurn(tx);
      begin();
      await done;
    });
    await begun;
    const walking = { ...parts(), places: settings.places };
    expect(await walkInTurn(walking, new AbortController().signal)).toBeUndefined();
    end();
    await other;
    expect(await walkInTurn(walking, new AbortController().signal)).toEqual({ state: "whole", to: 1 });
    start();
  });

  it.each(Object.entries(TAMPERINGS))("and finds and locates: %s", async (name, change) => {
    for (let index = 0; index < 3; index += 1) {
      await write(4);
      await checkpointInTurn(parts(), settings);
    }
    const superuser = new Client({ connectionString: database.url });
    await superuser.connect();
    await disableTriggers(superuser);
    const rows = (await listAudit(database.db, { limit: 100 })).reverse();
    const row = await change(superuser, rows, diceOf(name.length), async (one) => settings.places[0]?.add(one));
    await superuser.end();
    const walked = await walkInTurn({ ...parts(), places: settings.places }, new AbortController().signal);
    const broken = walked?.state === "broken" ? walked.broken : undefined;
    expect(broken?.from).toBeLessThanOrEqual(row);
    expect(broken?.to).toBeGreaterThanOrEqual(row);
    start();
  });
});

describe("a key that cannot sign is named with what was expected:", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });

  it.each([
    ["no file", undefined, "ENOENT"],
    ["no key", "hello", "expected an Ed25519 private key"],
    ["another kind of key", rsa, "it is rsa"],
  ])("%s", (_what, text, said) => {
    const path = join(directory, randomUUID());
    if (text !== undefined) {
      writeFileSync(path, text);
      chmodSync(path, 0o600);
    }
    expect(() => openSigningKey(path)).toThrow(said);
  });

  it("a private key does not pass for a public one", () => {
    expect(openVerifyingKey(readFileSync(keyPath, "utf8"))).toBeUndefined();
  });
});
