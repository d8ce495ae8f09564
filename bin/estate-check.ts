import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import {
  type Cluster,
  type ComposeHost,
  type DeliveredPlatform,
  type Estate,
  isDelivered,
  isDeliveredPlatform,
} from "#lib/estate/model.ts";
import { openDockerHost } from "#lib/systems/docker/client.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";

/** One system of the estate, and why it could not be reached; null where it was. */
export type Reached = Readonly<{ system: string; problem: string | null }>;

const answerWithinMs = 10_000;

/** Tries every cluster, every repository and the database once, all at the same time. Throws nothing: a failure is an answer. */
export function reachEverything(estate: Estate, databaseUrl: string | undefined): Promise<Reached[]> {
  return Promise.all([
    ...estate.clusters.map((cluster) => reach(`cluster ${cluster.id}`, () => reachCluster(cluster))),
    ...estate.composeHosts.map((host) => reach(`Compose host ${host.id}`, () => reachComposeHost(host))),
    ...estate.platforms
      .filter(isDeliveredPlatform)
      .map((platform) => reach(`repository of ${platform.id}`, () => reachRepository(platform))),
    reach("database", () => reachDatabase(databaseUrl)),
  ]);
}

/** One line for a terminal, in a sign and in words. */
export function describeReached({ system, problem }: Reached): string {
  return problem === null ? `✓ reached      ${system}` : `✗ not reached  ${system}: ${problem}`;
}

async function reach(system: string, attempt: () => Promise<void>): Promise<Reached> {
  try {
    await attempt();
    return { system, problem: null };
  } catch (failure) {
    return { system, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}

async function reachCluster(cluster: Cluster): Promise<void> {
  await openCluster(cluster).probe(AbortSignal.timeout(answerWithinMs));
}

async function reachComposeHost(host: ComposeHost): Promise<void> {
  await openDockerHost(host).probe(AbortSignal.timeout(answerWithinMs));
}

/** Asks for every branch that an environment follows. */
async function reachRepository(platform: DeliveredPlatform): Promise<void> {
  const branches = platform.environments.filter(isDelivered).map(({ delivery }) => delivery.branch);
  // Asking where branches stand needs no copy, so this folder is never made.
  const repository = openRepository({ url: platform.repository.url, directory: join(tmpdir(), "gatehouse-check.git") });
  const heads = await repository.heads(branches);
  const missing = branches.filter((branch) => heads[branch] === undefined);
  if (missing.length > 0) {
    throw new Error(`it answers, but has no branch ${missing.join(", ")}`);
  }
}

async function reachDatabase(databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl === undefined) {
    throw new Error("DATABASE_URL is not set");
  }
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: answerWithinMs });
  try {
    await client.connect();
    await client.query("SELECT 1");
  } finally {
    await client.end();
  }
}
