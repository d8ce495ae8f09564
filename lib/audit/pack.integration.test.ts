import { generateKeyPairSync, randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import { systemClock } from "#lib/platform/clock.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { rejectRequest } from "#lib/requests/operations.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { expectRefused } from "#lib/testing/refusals.ts";
import { diceOf, disableTriggers, TAMPERINGS } from "#lib/testing/tampering.ts";
import { approvedPromotion, askForPromotion, LIVE, openWorld, PEOPLE } from "#lib/testing/world.ts";
import { type CheckpointSettings, checkpointInTurn } from "./checkpoints.ts";
import { exportRecord } from "./operations.ts";
import { writePack } from "./pack-export.ts";
import { PACK_FOOT, PACK_HEAD } from "./pack-page.ts";
import { type Verdict, verifyPack } from "./pack-verify.ts";
import { type OpenPlace, openPlace } from "./places.ts";
import { openSigningKey, type VerifyingKey } from "./signing.ts";
import { appendAudit, listAudit, type PackScope } from "./store.ts";

const log = pino({ level: "silent" });
const directory = mkdtempSync(join(tmpdir(), "gatehouse-packs-"));
const keyPath = join(directory, "record.key");
const otherKeyPath = join(directory, "other.key");
const EVERYTHING: PackScope = { kind: "period", from: new Date(0), to: new Date("2100-01-01") };
let database: TestDatabase;
let superuser: Client;
let settings: CheckpointSettings;
let folder: string;
let world: Runtime;
/** A promotion that was carried out. */
let requestId: string;

afterAll(() => rmSync(directory, { recursive: true }));
/** What is on record before each test: its database and the folder of its checkpoints are copied for it. */
let original: Readonly<{ database: string; folder: string; repositoryUrl: string; requestId: string }>;

beforeAll(async () => {
  for (const path of [keyPath, otherKeyPath]) {
    writeFileSync(path, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }));
  }
  const repositoryUrl = join(directory, "gravv.git");
  await createRepository({ directory: repositoryUrl, now: new Date() });
  openRecord(await freshDatabase(), repositoryUrl);
  await writeRecord();
  await database.close();
  original = { database: database.name, folder, repositoryUrl, requestId };
});

function openFolder(keys: readonly VerifyingKey[]): OpenPlace {
  const noSystem = () => {
    throw new Error("a folder needs no system");
  };
  return openPlace({ kind: "folder", path: folder }, { openRepository: noSystem, openBucket: noSystem }, keys);
}

beforeEach(async () => {
  openRecord(await freshDatabase(original.database), original.repositoryUrl);
  cpSync(original.folder, folder, { recursive: true });
  requestId = original.requestId;
  superuser = new Client({ connectionString: database.url });
  await superuser.connect();
  await disableTriggers(superuser);
  return async () => {
    await superuser.end();
    await database.close();
  };
});

function openRecord(opened: TestDatabase, repositoryUrl: string): void {
  database = opened;
  folder = join(directory, randomUUID());
  const key = openSigningKey(keyPath);
  settings = { key, earlierKeys: [], places: [openFolder([key.verifying])], everyMs: 1, everyRows: 1 };
  world = {
    ...openWorld({ db: database.db, repositoryUrl, directory }),
    record: { standing: () => ({ state: "unknown" }), settings },
  };
}

/** Twelve rows and more, two checkpoints, the last of them at the end. */
async function writeRecord(): Promise<void> {
  await write(3);
  const rejected = await askForPromotion(world);
  await rejectRequest(world, PEOPLE.operator, { requestId: rejected.requestId, reason: "not on a Friday </script>" });
  await checkpoint();
  ({ requestId } = await approvedPromotion(world));
  await write(1);
  const operation = await claimNext(database.db, "me");
  if (operation === undefined) {
    throw new Error("there is no operation");
  }
  await runOperation(world, operation, new AbortController().signal);
  await write(2);
  await checkpoint();
}

async function write(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await database.db.$transaction((tx) =>
      appendAudit(tx, {
        actor: "viewer",
        action: "session.signed-in",
        target: "viewer",
        outcome: "done",
        decision: "follows from this test",
      }),
    );
  }
}

const checkpoint = () => checkpointInTurn({ db: database.db, clock: systemClock, log }, settings);

async function pack(scope: PackScope, signing: CheckpointSettings | undefined = settings): Promise<string> {
  const pieces: string[] = [];
  const parts = { db: database.db, log, settings: signing, by: "auditor", at: new Date() };
  await writePack(parts, scope, async (text) => {
    pieces.push(text);
  });
  return pieces.join("");
}

/** As a file is read: piece by piece, cut anywhere. */
async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

const verified = (text: string, key?: string): Promise<Verdict> =>
  verifyPack(cut(text, 1000), ...(key === undefined ? [] : [key]));
const ofRequest = (): PackScope => ({ kind: "request", requestId });

describe("a pack", () => {
  it.each([
    ["of everything", () => EVERYTHING],
    ["of one request", ofRequest],
    [
      "of a time in which nothing was written",
      (): PackScope => ({ kind: "period", from: new Date(0), to: new Date(1) }),
    ],
  ])("%s is whole, by the key that it was signed with", async (_what, scope) => {
    const text = await pack(scope());
    expect(await verified(text, settings.key.publicKey)).toMatchObject({ state: "whole", remarks: [] });
  });

  it("of a part of the time is whole wherever it begins and ends", async () => {
    const times = (await listAudit(database.db, { limit: 100 })).map(({ at }) => new Date(at)).reverse();
    for (const [index, from] of times.entries()) {
      for (const to of times.slice(index + 1)) {
        if (from < to) {
          expect(await verified(await pack({ kind: "period", from, to }))).toMatchObject({ state: "whole" });
        }
      }
    }
  });

  it("holds everything about the request and only the places of the rows between", async () => {
    const text = await pack(ofRequest());
    const lines = text
      .slice(PACK_HEAD.length, -PACK_FOOT.length)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const events = lines.filter(({ kind }) => kind === "event");
    expect(events.map(({ action }) => action)).toEqual([
      "promotion.requested",
      "request.approved",
      "promotion.started",
      "promotion.succeeded",
    ]);
    expect(lines.filter(({ kind }) => kind === "link").length).toBeGreaterThan(2);
    expect(lines.filter(({ kind }) => kind === "request")).toMatchObject([
      { id: requestId, state: "approved", approvals: [{ account: "operator" }], operation: { state: "succeeded" } },
    ]);
    expect(text.slice(PACK_HEAD.length, -PACK_FOOT.length)).not.toContain("<");
  });

  it("without a key says that a cut tail would not be found", async () => {
    const unsigned = { db: database.db, log, settings: undefined, by: "auditor", at: new Date() };
    let text = "";
    await writePack(unsigned, EVERYTHING, async (piece) => {
      text += piece;
    });
    expect(await verified(text)).toMatchObject({
      state: "whole",
      remarks: [expect.stringContaining("no checkpoints: a cut tail")],
    });
    expect(await verified(text, settings.key.publicKey)).toMatchObject({ state: "broken" });
  });

  it("says which rows are not under a checkpoint yet", async () => {
    const covered = (await listAudit(database.db, { limit: 1 }))[0]?.seq;
    await write(1);
    expect(await verified(await pack(EVERYTHING))).toMatchObject({
      state: "whole",
      remarks: [`rows after ${covered} are not yet under a checkpoint`, expect.stringContaining("compare it")],
    });
  });

  it("signed by another key than the one given is broken", async () => {
    const verdict = await verified(await pack(EVERYTHING), openSigningKey(otherKeyPath).publicKey);
    expect(verdict).toMatchObject({ state: "broken", what: "the pack is signed by another key" });
  });

  it("of a time in which the key was changed is whole by both keys, and by the new one as far as it signed", async () => {
    const earlier = settings.key;
    const key = openSigningKey(otherKeyPath);
    const places = [openFolder([key.verifying, earlier.verifying])];
    settings = { ...settings, key, earlierKeys: [earlier.verifying], places };
    await write(1);
    await checkpoint();
    const text = await pack(EVERYTHING);
    expect(await verified(text)).toMatchObject({
      state: "whole",
      facts: [expect.any(String), expect.any(String), expect.stringContaining("3 checkpoints")],
    });
    expect(await verifyPack(cut(text, 1000), key.publicKey, earlier.publicKey)).toMatchObject({
      state: "whole",
      remarks: [],
    });
    expect(await verified(text, key.publicKey)).toMatchObject({
      state: "whole",
      remarks: ["2 checkpoints are signed by earlier keys and do not count; name those keys with --key too"],
    });
    expect(await verified(text, earlier.publicKey)).toMatchObject({ state: "broken" });
  });

  it("of a request that is nowhere is refused", async () => {
    await expect(pack({ kind: "request", requestId: "req_none" })).rejects.toThrow("There is no such request.");
  });
});

describe("in the database, without the triggers, is found and located:", () => {
  it.each(Object.entries(TAMPERINGS))("%s", async (name, tamper) => {
    const rows = (await listAudit(database.db, { limit: 1000 })).reverse();
    const row = await tamper(superuser, rows, diceOf(name.length), async (one) => settings.places[0]?.add(one));
    const verdict = await verified(await pack(EVERYTHING));
    expect(verdict).toMatchObject({ state: "broken" });
    const broken = verdict.state === "broken" ? verdict.broken : undefined;
    expect(broken?.from).toBeLessThanOrEqual(row);
    expect(broken?.to).toBeGreaterThanOrEqual(row);
  });

  it.each([
    ["another plan", `UPDATE "Request" SET plan = plan || '{"tree": "other"}'`, "its plan is not the one"],
    ["another reason", `UPDATE "Request" SET reason = 'other'`, "its reason is not the one on record"],
    ["another requester", `UPDATE "Request" SET "requestedBy" = 'risk'`, "its requester is not the one on record"],
    [
      "a milder policy",
      `UPDATE "Request" SET policy = policy || '{"agree": []}'`,
      "its policy is not the one on record",
    ],
    ["another approver", `UPDATE "Approval" SET account = 'risk'`, "is not among its approvals"],
    ["an approver's role", `UPDATE "Approval" SET roles = '{admin}'`, "its word is not the one on record"],
    ["a removed approval", `DELETE FROM "Approval"`, "is not among its approvals"],
    ["another outcome", `UPDATE "Operation" SET outcome = 'fine'`, "its outcome is not the one on record"],
    ["a failure as success", `UPDATE "Operation" SET state = 'failed'`, "its end is not the one on record"],
    ["another step", `UPDATE "OperationStep" SET "startedAt" = now()`, "its steps is not the one on record"],
    [
      "an operation that never was",
      `DELETE FROM "OperationStep"; DELETE FROM "Operation"`,
      "its operation is not in the pack",
    ],
  ])("%s", async (_what, statement, said) => {
    await superuser.query(statement);
    const verdict = await verified(await pack(ofRequest()));
    expect(verdict).toMatchObject({ state: "broken", what: expect.stringContaining(said) });
  });

  it.each([
    ["a rejected request as approved", () => `UPDATE "Request" SET state = 'approved' WHERE state = 'rejected'`],
    ["an approved one as waiting", () => `UPDATE "Request" SET state = 'waiting' WHERE id = '${requestId}'`],
    ["an approved one as withdrawn", () => `UPDATE "Request" SET state = 'withdrawn' WHERE id = '${requestId}'`],
  ])("%s", async (_what, statement) => {
    await superuser.query(statement());
    expect(await verified(await pack(EVERYTHING))).toMatchObject({ state: "broken" });
  });

  it.each(["request.voided", "request.withdrawn", "request.rejected", "promotion.voided"])(
    "an approved request that is on record as %s",
    async (action) => {
      const decision = "follows from this test";
      const event = { actor: "operator", action, target: LIVE, outcome: "void" as const, requestId, decision };
      await database.db.$transaction((tx) => appendAudit(tx, event));
      expect(await verified(await pack(ofRequest()))).toMatchObject({ state: "broken" });
    },
  );

  it("a request that was added without a word on record", async () => {
    await superuser.query(`UPDATE "AuditEvent" SET "requestId" = NULL`);
    expect(await verified(await pack(ofRequest()))).toMatchObject({ state: "broken" });
  });
});

describe("a file is found to be broken", () => {
  it("where any single character of it is another", async () => {
    const text = await pack(ofRequest());
    // Of the export and of the moment of the decision nothing is on record.
    const free = [...text.matchAll(/"(?:exportedAt|exportedBy|decidedAt|expiresAt)":"[^"]*"/g)];
    const isFree = (at: number) => free.some(({ index, 0: { length } }) => at >= index && at < index + length);
    for (let at = 130; at < text.length; at += 97) {
      if (isFree(at)) {
        continue;
      }
      const other = text[at] === "x" ? "y" : "x";
      const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      const { state } = await verified(changed, settings.key.publicKey);
      expect(state, `at ${at}: ${text.slice(at - 30, at + 30)}`).not.toBe("whole");
    }
  }, 120_000);

  it("where it ends early, goes on, or lacks a line", async () => {
    const text = await pack(EVERYTHING);
    const lines = text.split("\n");
    const event = lines.findIndex((line) => line.includes('"kind":"event"'));
    for (const changed of [
      text.slice(0, -1000),
      `${text}x`,
      `${text}\n`,
      [...lines.slice(0, event), ...lines.slice(event + 1)].join("\n"),
      lines.filter((line) => !line.includes('"kind":"request"')).join("\n"),
    ]) {
      expect(await verified(changed)).toMatchObject({ state: "broken" });
    }
  });

  it("where a row of the request is told by its place alone", async () => {
    const text = await pack(ofRequest());
    const changed = text
      .split("\n")
      .map((line) => {
        if (!line.includes('"request.approved"')) {
          return line;
        }
        const { seq, requestId: id, contentHash, previousHash, hash } = JSON.parse(line);
        return JSON.stringify({ kind: "link", seq, requestId: id, contentHash, previousHash, hash });
      })
      .join("\n");
    expect(await verified(changed)).toMatchObject({
      state: "broken",
      what: expect.stringContaining("should be told in full"),
    });
  });

  it.each([
    ["an empty file", ""],
    ["another page", "<!doctype html>\n<html></html>\n"],
    ["what is no text", "\xff\xfe\x00"],
  ])("%s is not readable", async (_what, text) => {
    expect(await verifyPack(cutLatin(text))).toMatchObject({ state: "unreadable" });
  });
});

async function* cutLatin(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, "latin1");
}

describe("an export by whoever reads the record of some environments only", () => {
  const reader = (...environments: string[]): Person => ({
    ...PEOPLE.operator,
    grants: [
      { role: "auditor", environments },
      { role: "viewer", environments: ["*"] },
    ],
  });

  it("of a request there is whole and tells no row in full but the request's", async () => {
    const { body } = await exportRecord(world, reader("gravv/live"), { request: requestId });
    const text = await new Response(body).text();
    expect(await verified(text)).toMatchObject({ state: "whole" });
    expect(text).not.toContain('"action":"session.signed-in"');
  });

  it("of a request elsewhere, or of a period, is refused, and no export is on record", async () => {
    const { db } = database;
    await expectRefused(db, "not_found", () => exportRecord(world, reader("gravv/sandbox"), { request: requestId }));
    await expectRefused(db, "not_found", () => exportRecord(world, reader("gravv/*"), {}));
    await expectRefused(db, "not_found", () => exportRecord(world, PEOPLE.viewer, { request: requestId }));
  });

  it("of a period is for whoever reads all of it", async () => {
    const { body } = await exportRecord(world, reader("*"), {});
    expect(await verified(await new Response(body).text())).toMatchObject({ state: "whole" });
  });
});
