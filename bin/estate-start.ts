import { obtainPrograms, type Programs } from "#cluster/programs.ts";
import type { StagePace } from "#cluster/stages.ts";
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
  const deployed = Promise.all([programs.then(prepareCluster), repository])
    .then(() => step("workflow", () => estate.startWorkflow()))
    .then(() =>
      step("deployment", (report) =>
        estate.waitForDeployment(signal, (available, wanted) => report(deploymentReport(available, wanted))),
      ),
    );
  try {
    await Promise.all([built, database, deployed]);
    await beforeConsole?.();
    await step("console", () => estate.startConsole());
    await step("sources", (report) =>
      estate.waitUntilReady(signal, (missing) => report({ detail: `waiting for ${missing.join(", ")}` })),
    );
    return estate;
  } catch (error) {
    failing.abort();
    await Promise.allSettled([...steps, built, database, deployed]);
    await estate.stop();
    options.signal.throwIfAborted();
    throw error;
  }
}

function deploymentReport(available: number, wanted: number): StepReport {
  return wanted === 0 ? {} : { detail: `${available} of ${wanted} services are there`, progress: available / wanted };
}
