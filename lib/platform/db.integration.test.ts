import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, inject, it } from "vitest";
import { createDatabase } from "#cluster/postgres.ts";
import { migrate } from "#prisma/migrate.ts";
import { openDb } from "./db.ts";

const MIGRATIONS = readdirSync(join(import.meta.dirname, "../../prisma/migrations"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const emptyDatabase = () => createDatabase(inject("postgresUrl"), `empty_${randomUUID().replaceAll("-", "")}`);

it("all migrations apply to an empty database, in order, and once", async () => {
  const url = await emptyDatabase();
  expect(await migrate(url)).toEqual(MIGRATIONS);
  expect(await migrate(url)).toEqual([]);
});

it("a migration leaves no connection and no lock behind, so that the next need not wait for them", async () => {
  const url = await emptyDatabase();
  await migrate(url);
  const db = openDb(inject("postgresUrl"));
  const name = new URL(url).pathname.slice(1);
  // The server's side ends a moment after ours; an idle pool would have kept it for 10 s.
  await expect
    .poll(() => db.$queryRaw`SELECT pid FROM pg_stat_activity WHERE datname = ${name}`, { timeout: 3000 })
    .toEqual([]);
  await db.$disconnect();
});

it("two databases can be migrated at the same time", async () => {
  const urls = await Promise.all([emptyDatabase(), emptyDatabase()]);
  expect(await Promise.all(urls.map(migrate))).toEqual([MIGRATIONS, MIGRATIONS]);
});

it("a migrated database has every table and column that the client reads", async () => {
  const url = await emptyDatabase();
  await migrate(url);
  const db = openDb(url);
  const counts = await Promise.all([
    db.request.findMany(),
    db.approval.findMany(),
    db.operation.findMany(),
    db.operationStep.findMany(),
    db.auditEvent.findMany(),
  ]);
  expect(counts.flat()).toEqual([]);
  await db.$disconnect();
});

it("a record of the first form is kept aside, and the record begins anew", async () => {
  const url = await emptyDatabase();
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const name of MIGRATIONS.slice(0, MIGRATIONS.indexOf("20261121120000_record_in_two_hashes"))) {
    const file = join(import.meta.dirname, `../../prisma/migrations/${name}/migration.sql`);
    await client.query(readFileSync(file, "utf8").replaceAll("\\x3B", ";"));
  }
  await client.query(
    `INSERT INTO "AuditEvent" VALUES (1, now(), 'operator', 'a.b', 'gravv/live', 'done', NULL, '{}', '', 'x')`,
  );
  const file = join(import.meta.dirname, "../../prisma/migrations/20261121120000_record_in_two_hashes/migration.sql");
  await client.query(readFileSync(file, "utf8").replaceAll("\\x3B", ";"));
  expect((await client.query(`SELECT actor, action FROM "AuditEventOfFirstForm"`)).rows).toEqual([
    { actor: "operator", action: "a.b" },
  ]);
  expect((await client.query(`SELECT * FROM "AuditEvent"`)).rows).toEqual([]);
  await client.end();
});
