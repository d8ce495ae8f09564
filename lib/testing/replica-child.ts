import { z } from "zod";
import { startRunner } from "#lib/operations/runner.ts";
import { openDb } from "#lib/platform/db.ts";
import { openWorld } from "./world.ts";

/** Carries out operations until it is killed, as a console's process does. Run with --conditions=react-server. */
const Job = z.object({ databaseUrl: z.string(), repositoryUrl: z.string(), directory: z.string(), owner: z.string() });

const job = Job.parse(JSON.parse(process.argv[2] ?? ""));
startRunner(openWorld({ ...job, db: openDb(job.databaseUrl) }), job.owner);
process.stdout.write("ready\n");
