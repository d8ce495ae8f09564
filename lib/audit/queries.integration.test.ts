import { beforeEach, describe, expect, it } from "vitest";
import type { Person, Role } from "#lib/access/model.ts";
import type { Db } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { codeOf } from "#lib/testing/refusals.ts";
import { openWorld } from "#lib/testing/world.ts";
import { readAudit } from "./queries.ts";
import type { AuditSearch } from "./schema.ts";
import { appendAudit } from "./store.ts";

let db: Db;
let runtime: Runtime;

const TARGETS = [
  "gravv/live",
  "gravv/sandbox",
  "gravv-2/live",
  "gx-protocol/mainnet",
  "developer",
  "gatehouse.yaml",
  "gravv",
];

beforeEach(async () => {
  const database = await freshDatabase();
  db = database.db;
  runtime = openWorld({ db, repositoryUrl: "not read in these tests", directory: "nor this" });
  for (const target of TARGETS) {
    await db.$transaction((tx) =>
      appendAudit(tx, {
        actor: "ada",
        action: "thing.done",
        target,
        outcome: "done",
        decision: "follows from this test",
      }),
    );
  }
  return () => database.close();
});

const reader = (role: Role, ...environments: string[]): Person => ({
  account: "someone",
  emails: [],
  groups: [],
  grants: [
    { role, environments },
    { role: "viewer", environments: ["*"] },
  ],
});
const targetsFor = async (person: Person, search: AuditSearch = {}) =>
  (await readAudit(runtime, person, { action: "thing", ...search })).items.map(({ target }) => target).reverse();

describe("whoever reads the record", () => {
  it.each([
    ["everywhere reads all of it", ["*"], TARGETS],
    ["in one environment reads the rows of that one", ["gravv/live"], ["gravv/live"]],
    [
      "of a platform reads the rows of its environments and of no other's",
      ["gravv/*"],
      ["gravv/live", "gravv/sandbox"],
    ],
    [
      "in several places reads the rows of those",
      ["gravv/sandbox", "gx-protocol/*"],
      ["gravv/sandbox", "gx-protocol/mainnet"],
    ],
  ])("%s", async (_what, environments, expected) => {
    expect(await targetsFor(reader("auditor", ...environments))).toEqual(expected);
  });

  it("cannot search beyond what they may read", async () => {
    const person = reader("operator", "gravv/live");
    for (const environment of ["gravv/sandbox", "gravv", "gx-protocol", "developer"]) {
      expect(await targetsFor(person, { environment })).toEqual(environment === "gravv" ? ["gravv/live"] : []);
    }
    expect(await targetsFor(person, { actor: "ada", before: 100 })).toEqual(["gravv/live"]);
  });
});

it("a role that does not read the record reads none of it, wherever it is held", async () => {
  expect(await codeOf(readAudit(runtime, reader("developer", "*"), {}))).toBe("not_found");
});
