import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, startPostgres } from "#cluster/postgres.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import { migrate } from "#prisma/migrate.ts";

export type BenchDatabase = Readonly<{ url: string; db: Db }>;

/** A PostgreSQL of the benchmark's own, with a folder beside it; all gone when `work` has ended. */
export async function withDatabases<Value>(
  work: (parts: { directory: string; open: (name: string) => Promise<BenchDatabase> }) => Promise<Value>,
): Promise<Value> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  const postgres = await startPostgres({ directory: join(directory, "postgres") });
  const opened: Db[] = [];
  try {
    return await work({
      directory,
      async open(name) {
        const url = await createDatabase(postgres.url, name);
        await migrate(url);
        const db = openDb(url);
        opened.push(db);
        return { url, db };
      },
    });
  } finally {
    await Promise.all(opened.map((db) => db.$disconnect()));
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
