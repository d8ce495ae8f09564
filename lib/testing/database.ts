import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { createDatabase } from "#cluster/postgres.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import { migrate } from "#prisma/migrate.ts";

export type TestDatabase = Readonly<{ url: string; db: Db; close(): Promise<void> }>;

/** A database of its own with all migrations, on the run's PostgreSQL. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await createDatabase(inject("postgresUrl"), `test_${randomUUID().replaceAll("-", "")}`);
  await migrate(url);
  const db = openDb(url);
  return { url, db, close: () => db.$disconnect() };
}
