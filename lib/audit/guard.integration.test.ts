import { afterAll, beforeAll, expect, it } from "vitest";
import { keepConsoleLogin } from "#bin/console-login.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { writeRows } from "#lib/testing/record.ts";
import { whyRecordIsOpen } from "./guard.ts";
import { listAudit } from "./store.ts";

let owner: TestDatabase;
let consoleDb: Db;

beforeAll(async () => {
  owner = await freshDatabase();
  consoleDb = openDb(await keepConsoleLogin(owner.url, "a password of this test"));
});
afterAll(async () => {
  await consoleDb.$disconnect();
  await owner.close();
});

it("the console's role adds to the record and reads it", async () => {
  await writeRows(consoleDb, 1);
  expect(await listAudit(consoleDb, { limit: 10 })).toHaveLength(1);
});

it.each([
  ["change a row", `UPDATE "AuditEvent" SET actor = 'nobody'`],
  ["delete a row", `DELETE FROM "AuditEvent"`],
  ["empty it", `TRUNCATE "AuditEvent"`],
  ["drop it", `DROP TABLE "AuditEvent"`],
  ["switch the trigger off", `ALTER TABLE "AuditEvent" DISABLE TRIGGER ALL`],
  ["switch all triggers off", "SET session_replication_role = replica"],
  ["replace what the trigger does", "DROP FUNCTION refuse_change_of_record() CASCADE"],
  ["become its owner", "SET ROLE gatehouse"],
  ["delete a request", `DELETE FROM "Request"`],
  ["delete an approval", `DELETE FROM "Approval"`],
  ["change a run of a job", `UPDATE "JobRun" SET failure = NULL`],
  ["make a sign-in last", `UPDATE "SignIn" SET at = clock_timestamp()`],
])("the console's role cannot %s", async (_what, statement) => {
  await expect(consoleDb.$executeRawUnsafe(statement)).rejects.toThrow(/permission denied|must be owner/);
});

it("the console's role reads and writes every other table that there is", async () => {
  const rows = await consoleDb.$queryRaw<{ name: string; fine: boolean }[]>`
    SELECT tablename AS name, has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
      AND has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT')
      AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE') AS fine
    FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('AuditEvent', 'JobRun', 'SignIn', '_prisma_migrations')`;
  expect(rows.length).toBeGreaterThan(4);
  expect(rows.filter(({ fine }) => !fine)).toEqual([]);
});

it("says of a role that could change the record that it could, and of the console's nothing", async () => {
  expect(await whyRecordIsOpen(owner.db)).toContain("is a superuser");
  expect(await whyRecordIsOpen(consoleDb)).toBeUndefined();
});
