import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment } from "#cluster/commands.ts";
import { demoDirectory, demoReadyFile } from "./demo-launch.mjs";
import { consoleEnvironmentFile } from "./estate.ts";
import { runNext } from "./next-program.ts";
import { root } from "./processes.mjs";
import { readReadyFile } from "./ready-file.ts";
import { readPort, WrongUse } from "./usage.mjs";

/** Beside the demo's console, which has the usual port. */
const usualPort = "3001";

/** The demo's estate where it runs, else the one that the environment names. */
async function estateEnvironment(): Promise<Environment> {
  if ((await readReadyFile(demoReadyFile)) !== undefined) {
    return parseEnv(await readFile(consoleEnvironmentFile(demoDirectory), "utf8"));
  }
  const { DATABASE_URL, GATEHOUSE_CONFIG, NEXTAUTH_SECRET } = process.env;
  if (DATABASE_URL === undefined || GATEHOUSE_CONFIG === undefined || NEXTAUTH_SECRET === undefined) {
    throw new WrongUse(
      "There is no estate to develop against, so nothing was started. Run npm run demo in another terminal, or set GATEHOUSE_CONFIG, DATABASE_URL and NEXTAUTH_SECRET.",
    );
  }
  return {};
}

async function develop(): Promise<number> {
  const port = readPort(process.env.PORT || usualPort);
  const hostname = "127.0.0.1";
  const environment = {
    ...process.env,
    ...(await estateEnvironment()),
    NEXTAUTH_URL: `http://${hostname}:${port}`,
    GATEHOUSE_DATA: join(root, ".gatehouse", "dev"),
  };
  return runNext("dev", { hostname, port }, environment);
}

try {
  process.exitCode = await develop();
} catch (error) {
  if (!(error instanceof WrongUse)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
