import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { readNames, readPeople } from "#lib/access/queries.ts";
import { admit } from "#lib/access/sign-ins.ts";
import type { Db } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { askForPromotion, LIVE, openWorld, PEOPLE } from "#lib/testing/world.ts";
import { exportRecord } from "./operations.ts";
import { verifyPack } from "./pack-verify.ts";
import { readAudit } from "./queries.ts";
import { recordRefusal, recordRefusedRead } from "./refusals.ts";
import { listAudit } from "./store.ts";

const AUDITOR: Person = { ...PEOPLE.viewer, account: "auditor", grants: [{ role: "auditor", environments: ["*"] }] };

let db: Db;
let directory: string;
let runtime: Runtime;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-refusals-"));
  await createRepository({ directory: join(directory, "gravv.git"), now: new Date() });
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(async () => {
  const database = await freshDatabase();
  db = database.db;
  runtime = openWorld({ db, repositoryUrl: join(directory, "gravv.git"), directory });
  return () => database.close();
});

describe("a refused call about a request", () => {
  const refuse = (target: string) =>
    recordRefusal(runtime, {
      actor: "developer",
      action: "request.approve",
      target,
      code: "not_allowed",
      message: "you asked for it",
      callId: "act_1",
    });
  const auditorOf = (environment: string): Person => ({
    ...AUDITOR,
    grants: [{ role: "auditor", environments: [environment] }],
  });

  it("is found by whoever reads its environment's record, under the environment and the request", async () => {
    const { requestId } = await askForPromotion(runtime);
    await refuse(requestId);
    for (const search of [{ environment: LIVE }, { request: requestId }]) {
      const { items } = await readAudit(runtime, auditorOf(LIVE), { ...search, outcome: "refused" });
      expect(items).toMatchObject([{ action: "request.approve", target: LIVE, requestId, actor: "developer" }]);
    }
    const { items } = await readAudit(runtime, auditorOf("gravv/sandbox"), { outcome: "refused" });
    expect(items).toEqual([]);
  });

  it("stands in the request's pack, which is whole", async () => {
    const { requestId } = await askForPromotion(runtime);
    await refuse(requestId);
    const { body } = await exportRecord(runtime, auditorOf(LIVE), { request: requestId });
    const text = await new Response(body).text();
    async function* pieces() {
      yield Buffer.from(text);
    }
    expect(text).toContain('"action":"request.approve"');
    expect(await verifyPack(pieces())).toMatchObject({ state: "whole" });
  });

  it("that is nowhere is filed under what was said", async () => {
    await refuse("req_none");
    expect(await listAudit(db, { limit: 1 })).toMatchObject([{ target: "req_none", requestId: null }]);
  });
});

describe("a denied read of the record, of people or of an export", () => {
  const READ = { action: "record.read", target: "record" } as const;
  const denied = { code: "not_found", message: "only an auditor may read the record" } as const;
  const refused = () => listAudit(db, { outcome: "refused", limit: 10 });

  it("is on record with who and from where, once in ten minutes for each person and source", async () => {
    for (const source of ["10.0.0.1", "10.0.0.2"]) {
      for (const actor of ["nobody", "viewer"]) {
        await recordRefusedRead(runtime, READ, { actor, source }, denied);
        await recordRefusedRead(runtime, READ, { actor, source }, denied);
      }
    }
    const seen = (await refused()).map(({ actor, action, detail }) => `${actor} ${action} ${detail.source}`);
    expect(seen.sort()).toEqual([
      "nobody record.read 10.0.0.1",
      "nobody record.read 10.0.0.2",
      "viewer record.read 10.0.0.1",
      "viewer record.read 10.0.0.2",
    ]);
  });

  it("is on record though the same person was let in a moment before", async () => {
    await readAudit(runtime, AUDITOR, {});
    await recordRefusedRead(runtime, READ, { actor: AUDITOR.account, source: "10.0.0.1" }, denied);
    expect(await refused()).toHaveLength(1);
  });

  it("is none where the search was wrong or too many reads were made", async () => {
    for (const code of ["invalid", "too_many"] as const) {
      await recordRefusedRead(runtime, READ, { actor: "viewer", source: "10.0.0.1" }, { code, message: "" });
    }
    expect(await refused()).toEqual([]);
  });
});

it("whoever looks at the people is on record, once in ten minutes", async () => {
  await readPeople(runtime, AUDITOR);
  await readPeople(runtime, AUDITOR);
  expect(await listAudit(db, { action: "people.read", limit: 10 })).toMatchObject([
    { actor: AUDITOR.account, target: "people", outcome: "done" },
  ]);
});

it("the record can be searched for whoever has signed in, also where gatehouse.yaml names no accounts", async () => {
  const identity = { provider: "https://id.example", subject: "ada", account: "ada", emails: [], groups: [] };
  await admit(runtime, { ok: true, remark: undefined, identity });
  const nobodyNamed = { ...runtime, estate: { ...runtime.estate, people: [] } };
  expect(await readNames(nobodyNamed, AUDITOR)).toEqual(["ada"]);
  await expect(readNames(nobodyNamed, PEOPLE.viewer)).rejects.toMatchObject({ code: "not_found" });
});
