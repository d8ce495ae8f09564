import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
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
