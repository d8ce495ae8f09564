import { obtainPrograms, type Programs } from "#cluster/programs.ts";
import type { StagePace } from "#cluster/stages.ts";
import { watchedPlatforms } from "#estates/watched.ts";
import { buildConsole } from "./console-build.ts";
import { Estate, type EstateOptions } from "./estate.ts";
import { programsReport } from "./programs-report.ts";
import type { RunStep, StepReport } from "./start-steps.mjs";

export type EstateStart = EstateOptions &
  Readonly<{
    /** How long the cluster's pods take to come up. */
    stages: StagePace;
    signal: AbortSignal;
    /** Runs each step, named as in the demo's plan, so that it can be shown. */
    run?: RunStep;
    /** Called when all is there but the console, to free its port. */
    beforeConsole?: () => Promise<void>;
  }>;

const justRun: RunStep = (_id, work) => work(() => undefined);

/**
 * Builds what is missing and starts the whole estate, independent steps side by side. Resolves when the console is ready. Throws
 * the first failure, or an AbortError when the signal aborts; nothing is left running then.
 */
export async function startEstate(options: EstateStart): Promise<Estate> {
  const { run = justRun, beforeConsole, stages } = options;
  const estate = await Estate.open(options);
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const steps: Promise<unknown>[] = [];
  const step: RunStep = async (id, work) => {
    signal.throwIfAborted();
    const result = run(id, work);
    steps.push(result);
    return result;
  };

  const prepareCluster = async (programs: Programs) => {
    await step("cluster", (report) => estate.startCluster(programs, stages, (detail) => report({ detail })));
    await step("nodes", () => estate.prepareCluster());
  };
  const startWatched = (programs: Programs) =>
    step("watched", () =>
      Promise.all(watchedPlatforms.map((platform) => estate.startWatched(platform, programs, stages))),
    );
  const programs = step("programs", (report) =>
    obtainPrograms({ environment: process.env, signal, onProgress: (progress) => report(programsReport(progress)) }),
  );
  const built = step("build", (report) => buildConsole({ signal, onLine: (detail) => report({ detail }) }));
  const database = step("database", async (report) => {
    if (options.databaseUrl !== undefined) {
      report({ detail: "the one that DATABASE_URL names" });
    }
    await estate.startDatabase();
  }).then(() => step("migrations", () => estate.migrateDatabase()));
  const repository = step("repository", () => estate.createRepository(new Date()));
  const prepared = programs.then(prepareCluster);
  // After the cluster that most waits for: while gravv's pods come up, the processors have little else to do.
  const watched = Promise.all([programs, prepared]).then(([given]) => startWatched(given));
  const applied = watched.then(() => step("platforms", () => estate.applyWatched()));
  const deployed = Promise.all([prepared, repository])
    .then(() => step("workflow", () => estate.startWorkflow()))
    .then(() =>
      step("deployment", (report) =>
        estate.waitForDeployment(signal, (available, wanted) => report(deploymentReport(available, wanted))),
      ),
    );
  const served = Promise.all([built, database, deployed, watched]).then(async () => {
    await beforeConsole?.();
    await step("console", () => estate.startConsole());
    await step("sources", (report) =>
      estate.waitUntilReady(signal, (missing) => report({ detail: `waiting for ${missing.join(", ")}` })),
    );
  });
  try {
    await Promise.all([served, applied]);
    // Nothing waits for it: where it does not come up, the console says that the host is unreachable.
    estate.startComposeHost(options.signal).catch((failure: unknown) => {
      process.stderr.write(`The Compose host of volume-4 does not come up: ${failure}\n`);
    });
    return estate;
  } catch (error) {
    failing.abort();
    await Promise.allSettled([...steps, built, database, deployed, applied, served]);
    await estate.stop();
    options.signal.throwIfAborted();
    throw error;
  }
}

function deploymentReport(available: number, wanted: number): StepReport {
  return wanted === 0 ? {} : { detail: `${available} of ${wanted} services are there`, progress: available / wanted };
}
