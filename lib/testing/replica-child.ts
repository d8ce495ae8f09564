import { flushCompileCache } from "node:module";
import { z } from "zod";
import { startRunner } from "#lib/operations/runner.ts";
import { openDb } from "#lib/platform/db.ts";
import { Deployed, openRestartWorld } from "./restart-world.ts";
import { openWorld } from "./world.ts";

/** Carries out operations until it is killed, as a console's process does. Run with --conditions=react-server. */
const Job = z.object({
  databaseUrl: z.string(),
  repositoryUrl: z.string(),
  directory: z.string(),
  owner: z.string(),
  /** What restarts are of; left out where operations change Git. */
  deployed: Deployed.optional(),
});

// At its end there is no time for it: it is killed.
flushCompileCache();
const job = Job.parse(JSON.parse(process.argv[2] ?? ""));
const { deployed, owner } = job;
const db = openDb(job.databaseUrl);
startRunner(deployed === undefined ? openWorld({ ...job, db }) : openRestartWorld({ ...job, deployed, db }), owner);
process.stdout.write("ready\n");
