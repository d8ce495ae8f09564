import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "#cluster/commands.ts";
import { goEnvironment, goFlags } from "#cluster/go-build.mjs";
import { root } from "../bin/processes.mjs";
import { memoryOf } from "./live-process.ts";

/** A program that others watch a cluster with, and when it said each restart count first, in ms since the epoch. */
export type WatchingPeer = Readonly<{ pid: number; said: ReadonlyMap<number, number>; stop(): Promise<void> }>;

/** `kubectl get pods -A -w`, its lines read as they come; resolves when it has said its first. */
export async function startKubectlWatch(kubectl: string, kubeconfig: string): Promise<WatchingPeer> {
  const restarts = "custom-columns=RESTARTS:.status.containerStatuses[0].restartCount";
  const child = spawn(
    kubectl,
    [`--kubeconfig=${kubeconfig}`, "get", "pods", "-A", "--watch", "--no-headers", "-o", restarts],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(child, "exit");
  const said = new Map<number, number>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const count = Number(line);
    if (!said.has(count)) {
      said.set(count, performance.timeOrigin + performance.now());
    }
  });
  await once(lines, "line");
  return {
    pid: child.pid ?? 0,
    said,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

const informer = join(import.meta.dirname, "peers", "informer");
const builtInformer = join(root, ".gatehouse", "bench", "informer");
/** It holds on to what it does not need any more for about this long. */
const settledAfterMs = 5_000;

/** Builds the informer of the official Go client, once; minutes the first time. Throws what Go says. */
export async function buildGoInformer(): Promise<string> {
  const { exitCode, problems } = await runCommand("go", ["build", ...goFlags, "-o", builtInformer, "."], {
    environment: { ...process.env, ...goEnvironment },
    directory: informer,
  });
  if (exitCode !== 0) {
    throw new Error(`The Go informer, a peer of this benchmark, cannot be built: ${problems}`);
  }
  return builtInformer;
}

/** An empty process of it until it holds every pod, and what it has resident then. */
export async function measureGoInformer(
  program: string,
  kubeconfig: string,
): Promise<{ syncMs: number; pods: number; resident: number }> {
  const child = spawn(program, [kubeconfig], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const [syncMs = Number.NaN, pods = Number.NaN] = String(line).split(" ").map(Number);
  await sleep(settledAfterMs);
  const { resident } = await memoryOf(child.pid ?? 0);
  child.stdin.end();
  await ended;
  return { syncMs, pods, resident };
}
