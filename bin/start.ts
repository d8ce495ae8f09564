import { existsSync } from "node:fs";
import { join } from "node:path";
import { EstateFileError, loadEstate } from "#lib/estate/load.ts";
import { type Env, env } from "#lib/platform/env.ts";
import { runNext } from "./next-program.ts";
import { root } from "./processes.mjs";
import { readPort, WrongUse } from "./usage.mjs";

const needed = {
  DATABASE_URL: "a PostgreSQL database, as postgres://account:password@host/database",
  NEXTAUTH_URL: "the address that people open, as https://gatehouse.example.com",
  NEXTAUTH_SECRET: "at least 32 random characters, the same on every replica",
} as const;

/** Everything that would keep the server from working, one line each. */
function problemsOf(settings: Env): string[] {
  const missing = (["DATABASE_URL", "NEXTAUTH_URL", "NEXTAUTH_SECRET"] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name} is not set; expected ${needed[name]}`);
  const demo =
    settings.GATEHOUSE_DEMO === "1"
      ? ["GATEHOUSE_DEMO is 1, which lets anybody in without a password; that is for npm run demo alone"]
      : [];
  const build = existsSync(join(root, ".next", "BUILD_ID"))
    ? []
    : ["the console has not been built; run npm run build first"];
  return [...estateProblems(settings.GATEHOUSE_CONFIG), ...missing, ...demo, ...build];
}

function estateProblems(path: string): readonly string[] {
  try {
    loadEstate(path);
    return [];
  } catch (error) {
    if (error instanceof EstateFileError) {
      return error.problems;
    }
    throw error;
  }
}

async function start(): Promise<number> {
  const port = readPort(process.env.PORT);
  const problems = problemsOf(env());
  if (problems.length > 0) {
    throw new WrongUse(`${problems.join("\n")}\nGatehouse was not started.`);
  }
  return runNext("start", { hostname: process.env.HOST || "0.0.0.0", port }, process.env);
}

try {
  process.exitCode = await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
