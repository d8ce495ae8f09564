import { watch } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Bell } from "./bell.ts";
import { DeployQueue, type Failure } from "./deploy-queue.ts";
import { Deployer } from "./deployer.ts";
import { type Target, targets } from "./deployment.ts";
import { branchHeads } from "./git.ts";

type Settings = { repository: string; kubeconfig: string; kubectl: string };

const usage = "usage: node estates/gravv/deploy-workflow.ts --repository DIRECTORY --kubeconfig FILE --kubectl PROGRAM";

/** A push is noticed at once by its file event; this is for an event that was lost. */
const lookAgainMs = 5_000;

function readSettings(args: string[]): Settings {
  const option = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { repository: option, kubeconfig: option, kubectl: option } });
  const { repository, kubeconfig, kubectl } = values;
  if (repository === undefined || kubeconfig === undefined || kubectl === undefined) {
    throw new Error("an option is missing");
  }
  return { repository, kubeconfig, kubectl };
}

function heading(branch: string, revision: string): string {
  return `${new Date().toISOString()} ${branch} ${revision.slice(0, 7)}`;
}

function reportFailure(branch: string, { revision, error, retryInMs }: Failure): void {
  const reason = error instanceof Error ? error.message : String(error);
  const next = retryInMs === null ? "waiting for another commit" : `trying again in ${(retryInMs / 1000).toFixed(1)} s`;
  console.error(`${heading(branch, revision)} not deployed, ${next}: ${reason}`);
}

async function deployAndReport(deployer: Deployer, branch: string, revision: string): Promise<void> {
  const startedAt = Date.now();
  const outcome = await deployer.deploy(revision);
  if (outcome === null) {
    return;
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${heading(branch, revision)} applied ${outcome.applied} pruned ${outcome.pruned} in ${seconds} s`);
}

function createQueue(settings: Settings, target: Target, signal: AbortSignal): DeployQueue {
  const deployer = new Deployer({ ...settings, target, signal });
  return new DeployQueue({
    deploy: (revision) => deployAndReport(deployer, target.branch, revision),
    report: (failure) => reportFailure(target.branch, failure),
    signal,
  });
}

/** Tells the queues where their branches stand, now and after every push. */
async function followBranches(
  repository: string,
  queues: ReadonlyMap<string, DeployQueue>,
  signal: AbortSignal,
): Promise<void> {
  const branches = Array.from(queues.keys());
  const bell = new Bell();
  signal.addEventListener("abort", () => bell.ring());
  const watcher = watch(join(repository, "refs", "heads"), { signal }, () => bell.ring());
  watcher.on("error", (error) => {
    console.error(`${new Date().toISOString()} pushes are noticed late, by looking: ${error.message}`);
  });
  while (!signal.aborted) {
    try {
      for (const [branch, revision] of await branchHeads(repository, branches)) {
        queues.get(branch)?.want(revision);
      }
    } catch (error) {
      console.error(`${new Date().toISOString()} the branches could not be read, nothing was deployed: ${error}`);
    }
    await bell.wait(lookAgainMs);
  }
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => stop.abort());
  }
  const queues = new Map(targets.map((target) => [target.branch, createQueue(settings, target, stop.signal)]));
  await Promise.all([
    followBranches(settings.repository, queues, stop.signal),
    ...Array.from(queues.values(), (queue) => queue.run()),
  ]);
}

main().catch((error: unknown) => {
  console.error(`The deployment workflow cannot run, nothing is deployed: ${error}\n${usage}`);
  process.exitCode = 2;
});
