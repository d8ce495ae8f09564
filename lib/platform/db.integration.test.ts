import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, inject, it } from "vitest";
import { createDatabase } from "#cluster/postgres.ts";
import { migrate } from "#prisma/migrate.ts";
import { allowIdle, IDLE_IN_TRANSACTION_MS, openDb, type Tx } from "./db.ts";

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

/** Holds an advisory lock in a transaction that then asks nothing more until `release` is called; `ended` is how it went. */
async function holdStill(url: string, begin: (tx: Tx) => Promise<unknown>) {
  const db = openDb(url);
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const ended = db
    .$transaction(
      async (tx) => {
        await begin(tx);
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(1)`;
        held.resolve();
        await released.promise;
        await tx.$queryRaw`SELECT 1`;
      },
      { timeout: 60_000 },
    )
    .then(
      () => "committed",
      () => "lost",
    );
  await held.promise;
  return { db, ended, release: released.resolve };
}

it("a transaction whose process stands still holds its locks no longer than it may, and the process lives on without it", async () => {
  const url = inject("postgresUrl");
  const frozen = await holdStill(url, () => Promise.resolve());
  const other = openDb(url);
  const since = performance.now();
  await other.$executeRaw`SELECT pg_advisory_lock(1), pg_advisory_unlock(1)`;
  expect(performance.now() - since).toBeGreaterThan(IDLE_IN_TRANSACTION_MS / 2);
  frozen.release();
  expect(await frozen.ended).toBe("lost");
  expect(await frozen.db.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  await Promise.all([frozen.db.$disconnect(), other.$disconnect()]);
});

it("a transaction that may wait for somebody else keeps its locks meanwhile", async () => {
  const url = inject("postgresUrl");
  const waiting = await holdStill(url, (tx) => allowIdle(tx, 60_000));
  const other = openDb(url);
  await other.$executeRaw`SELECT pg_sleep(${(IDLE_IN_TRANSACTION_MS + 500) / 1000})`;
  expect(await other.$queryRaw`SELECT pg_try_advisory_lock(1) AS free`).toEqual([{ free: false }]);
  waiting.release();
  expect(await waiting.ended).toBe("committed");
  await Promise.all([waiting.db.$disconnect(), other.$disconnect()]);
});
