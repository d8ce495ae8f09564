import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { keepConsoleLogin } from "#bin/console-login.ts";
import { nextArguments } from "#bin/next-program.ts";
import { statusOf } from "#cluster/api-server-requests.ts";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { openParts, type Part } from "#cluster/parts.ts";
import { freePorts } from "#cluster/ports.ts";
import { startPostgres } from "#cluster/postgres.ts";
import { migrate } from "#prisma/migrate.ts";
import { root } from "../bin/processes.mjs";
import { namespaceNames, type PodCount, startManyPods } from "./fixtures/ten-thousand.ts";

/** An account has 50 streams at most, and a browser two. */
export const ACCOUNTS: readonly string[] = Array.from({ length: 12 }, (_, index) => `reader-${index}`);

const readyWithinMs = 120_000;
const askAgainMs = 5;

/** A cluster full of pods, and the built console over it. */
export type LiveHouse = Readonly<{
  url: string;
  cluster: ControlPlane;
  console: Part;
  /** Starts the console, which must not run, over the cluster or over one that never answers; in ms from its start. */
  start(over: "cluster" | "nothing"): Promise<{ answersMs: number; readyMs: number }>;
  stop(): Promise<void>;
}>;

/** One environment over all namespaces; the console has to be started. Nothing is left running when it throws. */
export async function openLiveHouse(pods: PodCount): Promise<LiveHouse> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-live-"));
  const stops: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) {
      await end();
    }
  };
  try {
    const cluster = await startManyPods(pods);
    stops.push(() => cluster.stop());
    const postgres = await startPostgres({ directory: join(directory, "postgres") });
    stops.push(() => postgres.stop());
    await migrate(postgres.url);
    const parts = await openParts(join(directory, "console"));
    stops.push(() => parts.stop());
    const { port } = await freePorts(["port"], {});
    const url = `http://127.0.0.1:${port}`;
    const configFile = join(directory, "gatehouse.yaml");
    const unreachable = join(directory, "nothing.yaml");
    await writeFile(unreachable, stringify(kubeconfigOfNothing));
    const console = parts.add({
      name: "console",
      program: process.execPath,
      arguments: nextArguments("start", { hostname: "127.0.0.1", port }),
      environment: {
        ...process.env,
        GATEHOUSE_DEMO: "1",
        GATEHOUSE_CONFIG: configFile,
        GATEHOUSE_DATA: join(directory, "data"),
        DATABASE_URL: await keepConsoleLogin(postgres.url, "bench"),
        NEXTAUTH_URL: url,
        NEXTAUTH_SECRET: "0123456789abcdef0123456789abcdef",
        NEXT_TELEMETRY_DISABLED: "1",
      },
      workingDirectory: root,
      isReady: async () => (await statusOf(`${url}/api/healthz`)) === 200,
      advice: "",
    });
    await mkdir(join(directory, "data"));
    return {
      url,
      cluster,
      console,
      async start(over) {
        const kubeconfig = over === "cluster" ? cluster.kubeconfigs.gatehouse : unreachable;
        await writeFile(configFile, stringify(estateOver(kubeconfig)));
        const startedAt = performance.now();
        await console.start();
        const answersMs = performance.now() - startedAt;
        if (over === "cluster") {
          await waitUntilReady(url);
        }
        return { answersMs, readyMs: performance.now() - startedAt };
      },
      stop,
    };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

async function waitUntilReady(url: string): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  while ((await statusOf(`${url}/api/readyz`)) !== 200) {
    if (performance.now() > giveUpAt) {
      throw new Error(`The console has not seen its cluster within ${readyWithinMs / 1000} s.`);
    }
    await sleep(askAgainMs);
  }
}

function estateOver(kubeconfig: string): unknown {
  return {
    version: 1,
    clusters: [{ id: "bench", kubeconfig }],
    platforms: [
      {
        id: "bench",
        name: "Bench",
        environments: [{ id: "live", tier: "live", cluster: "bench", namespaces: namespaceNames }],
      },
    ],
    access: {
      grants: [{ role: "viewer", groups: ["readers"] }],
      accounts: ACCOUNTS.map((account) => ({ account, groups: ["readers"] })),
    },
  };
}

/** Nobody listens on that port. */
const kubeconfigOfNothing = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "nothing", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "nobody", user: { token: "none" } }],
  contexts: [{ name: "nothing", context: { cluster: "nothing", user: "nobody" } }],
  "current-context": "nothing",
};
