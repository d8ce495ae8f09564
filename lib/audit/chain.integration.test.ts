import { afterAll, beforeAll, expect, it } from "vitest";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { BEFORE_FIRST, linked } from "./chain.ts";
import { appendAudit, listAudit } from "./store.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());

const awkward = {
  quotes: `"at":"" \\" ' \\\\`,
  at: "",
  controls: "\u0001\u0008\t\n\u000b\f\r\u001f\u007f\u2028\u2029",
  letters: "ümläut 王 😀 \ufeff",
  'key with "quotes" and 王': "x",
  large: 1e21,
  small: 1e-7,
  negative: -0.5,
  zero: -0,
  integer: 9_007_199_254_740_991,
  none: null,
};

const DECISION = 'denied because of "quotes" \\ \u0001 王';

it.each([null, 'req_"quoted"\\ \u0001 王'])(
  "the database and the verifier make the same hashes of the same row, whatever is in it (request %s)",
  async (requestId) => {
    const said = { actor: 'o"p', action: '"at":""', target: "gravv/\u2028live", outcome: "done" as const };
    await database.db.$transaction((tx) =>
      appendAudit(tx, { ...said, decision: DECISION, detail: awkward, requestId: requestId ?? undefined }),
    );
    const [row, before] = await listAudit(database.db, { limit: 2 });
    if (row === undefined) {
      throw new Error("nothing was written");
    }
    expect(row).toEqual(linked({ ...said, at: row.at, detail: row.detail }, requestId, before ?? BEFORE_FIRST));
    expect(row.detail).toEqual({ ...awkward, zero: 0, decision: DECISION });
  },
);

it("a row of before every row had its decision, and what came after it, verify as they did", async () => {
  const old = { actor: "operator", action: "request.approved", target: "gravv/live", outcome: "done" as const };
  const before = (await listAudit(database.db, { limit: 1 }))[0] ?? BEFORE_FIRST;
  // As the console wrote it then: its content in canonical order around the place of its time.
  const [head, tail] = [
    '{"action":"request.approved","actor":"operator","at":"',
    '","detail":{"digest":"d1"},"outcome":"done","target":"gravv/live"}',
  ];
  await database.db.$executeRaw`
    SELECT append_to_record(${head}, ${tail}, ${old.actor}, ${old.action}, ${old.target}, ${old.outcome}, NULL, '{"digest":"d1"}'::jsonb)`;
  await database.db.$transaction((tx) => appendAudit(tx, { ...old, decision: DECISION }));
  const [after, row] = await listAudit(database.db, { limit: 2 });
  if (after === undefined || row === undefined) {
    throw new Error("nothing was written");
  }
  expect(row.detail).toEqual({ digest: "d1" });
  expect(row).toEqual(linked({ ...old, at: row.at, detail: row.detail }, null, before));
  expect(after).toEqual(linked({ ...old, at: after.at, detail: after.detail }, null, row));
});
