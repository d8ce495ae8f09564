import { EstateFileError, loadEstate } from "#lib/estate/load.ts";
import { env } from "#lib/platform/env.ts";
import { migrate } from "#prisma/migrate.ts";
import { describeReached, reachEverything } from "./estate-check.ts";
import { checkPolicies } from "./policy-check.ts";
import { checkRecord } from "./record-check.ts";
import { WrongUse } from "./usage.mjs";

const usage = `usage: npx gatehouse <command>

  check     validates gatehouse.yaml, explains its policies, and reaches every cluster, every repository and the database
  migrate   applies the migrations that the database has not seen
  audit     exports what is on record, and verifies such an export without the database

GATEHOUSE_CONFIG names the gatehouse.yaml, DATABASE_URL the PostgreSQL database.`;

const unreachable = 1;
const wrongUse = 2;

async function check(): Promise<number> {
  const path = env().GATEHOUSE_CONFIG;
  const estate = loadEstate(path);
  console.log(`✓ valid        ${path}`);
  const { lines, contradictions } = checkPolicies(estate);
  console.log(lines.join("\n"));
  for (const contradiction of contradictions) {
    console.error(`✗ policy       ${contradiction}`);
  }
  const systems = await reachEverything(estate, env().DATABASE_URL);
  for (const system of systems) {
    console.log(describeReached(system));
  }
  const record = await checkRecord(estate, env().DATABASE_URL);
  for (const { line } of record) {
    console.log(line);
  }
  if (contradictions.length > 0) {
    return wrongUse;
  }
  const isReached = systems.every(({ problem }) => problem === null) && record.every(({ isFine }) => isFine);
  return isReached ? 0 : unreachable;
}

async function applyMigrations(): Promise<number> {
  const url = env().DATABASE_URL;
  if (url === undefined) {
    throw new WrongUse("DATABASE_URL is not set, so no migration was applied. Name a PostgreSQL database.");
  }
  const applied = await migrate(url);
  console.log(
    applied.length === 0 ? "Nothing to apply: the database has all migrations." : `Applied ${applied.join(", ")}`,
  );
  return 0;
}

async function run(commandArguments: readonly string[]): Promise<number> {
  const [command, ...rest] = commandArguments;
  if (command === "audit") {
    return (await import("./audit.ts")).audit(rest);
  }
  if (commandArguments.length === 1 && command === "check") {
    return check();
  }
  if (commandArguments.length === 1 && command === "migrate") {
    return applyMigrations();
  }
  throw new WrongUse(usage);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof EstateFileError) {
    for (const problem of error.problems) {
      console.error(`✗ ${problem}`);
    }
    process.exitCode = wrongUse;
  } else {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof WrongUse ? wrongUse : unreachable;
  }
}
