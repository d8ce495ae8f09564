import { randomUUID } from "node:crypto";
import { Client, escapeIdentifier } from "pg";
import { inject } from "vitest";
import { type Db, openDb } from "#lib/platform/db.ts";

export type TestDatabase = Readonly<{ name: string; url: string; db: Db; close(): Promise<void> }>;

/**
 * A database of its own with all migrations, on the run's PostgreSQL: a copy of the one that the set-up migrated, or of the
 * template, to which nobody may be connected.
 */
export async function freshDatabase(template: string = inject("migratedDatabase")): Promise<TestDatabase> {
  const url = new URL(inject("postgresUrl"));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`);
  } finally {
    await client.end();
  }
  url.pathname = name;
  const db = openDb(url.href);
  return { name, url: url.href, db, close: () => db.$disconnect() };
}
