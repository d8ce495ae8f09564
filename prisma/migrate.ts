import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { Pool } from "pg";
import { keepConsoleRole } from "./console-role.ts";

const MIGRATIONS = fileURLToPath(new URL("./migrations", import.meta.url));

/**
 * Applies the migrations that a database has not seen, in order, and answers their names. It is Prisma's own engine as
 * WebAssembly, which writes the same `_prisma_migrations` as `prisma migrate deploy` without downloading a program. The
 * console's role gets its rights on what is there then.
 * Throws when the database cannot be reached or a migration fails.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  await loadEngine();
  // A pool of ours, to be ended: the engine leaves its connection open, and with it the lock that keeps out the next migration.
  const pool = new Pool({ connectionString: databaseUrl });
  try {
    const applied = await applyMigrations(pool);
    await keepConsoleRole(pool);
    return applied;
  } finally {
    await pool.end();
  }
}

async function applyMigrations(pool: Pool): Promise<string[]> {
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: undefined }, ignoreLog, adapter);
  try {
    const applied = await schemaEngine.applyMigrations({
      migrationsList: {
        baseDir: MIGRATIONS,
        lockfile: { path: "migration_lock.toml", content: await readFile(`${MIGRATIONS}/migration_lock.toml`, "utf8") },
        shadowDbInitScript: "",
        migrationDirectories: await readMigrations(),
      },
      filters: { externalTables: [], externalEnums: [] },
    });
    return applied.appliedMigrationNames;
  } finally {
    schemaEngine.free();
  }
}

/** The engine's log holds the connection string; its errors come as exceptions all the same. */
function ignoreLog(): void {
  return;
}

async function readMigrations(): Promise<engine.MigrationDirectory[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok" as const, value: await readFile(`${MIGRATIONS}/${path}/migration.sql`, "utf8") },
      },
    })),
  );
}

let loading: Promise<void> | undefined;

/** Loads the engine once: a second instance would take over the module while the first one works. */
function loadEngine(): Promise<void> {
  loading ??= instantiateEngine();
  return loading;
}

/** The package's own entry imports its .wasm as a module, which not every Node can; this does the same by hand. */
async function instantiateEngine(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = await readFile(join(dirname(entry), "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": { ...engine } });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === "function") {
    start();
  }
}
