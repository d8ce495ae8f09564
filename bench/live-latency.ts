import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import type { PodsPage } from "./live-page.ts";
import type { PodCalls, PodName } from "./live-pods.ts";
import { processorSecondsOf } from "./live-process.ts";
import type { Reader } from "./live-readers.ts";
import { startReader } from "./live-readers.ts";

/** In ms from just before each change was sent; a change that was never seen is missing. */
export type Latencies = Readonly<{
  patch: readonly number[];
  watch: readonly number[];
  pixel: readonly number[];
  sent: number;
  /** Of those, the changes of pods on the screen. */
  probes: number;
  /** Of the watched process. */
  processorSeconds: number;
}>;

/** So many changes of pods on the screen a second are enough to measure by; the others are of pods anywhere. */
const probesPerSecond = 20;
/** What is still on its way so long after the last change was answered counts as missed, and as late as this. */
export const MISSED_MS = 2_000;
/** The cluster is kept from run to run, and so are the numbers of its pods: each run has its own thousand thousand. */
let lastRestarts = 1_000_000 * randomInt(1, 2_000);

/** A number that no pod has had before. */
export function nextRestarts(): number {
  lastRestarts += 1;
  return lastRestarts;
}

/** A bare watch of all pods from now on, read line by line: the floor. It is told of nothing before, or it would begin late. */
export async function startBareWatch(kubeconfig: string, calls: PodCalls): Promise<Reader> {
  const config = new KubeConfig();
  config.loadFromString(await readFile(kubeconfig, "utf8"));
  const cluster = config.getCurrentCluster();
  const token = config.getCurrentUser()?.token ?? "";
  const resourceVersion = await calls.version();
  return startReader({
    streams: [
      {
        url: `${cluster?.server}/api/v1/pods?${new URLSearchParams({ watch: "1", resourceVersion, timeoutSeconds: "3600" })}`,
        headers: { Authorization: `Bearer ${token}`, "User-Agent": "gatehouse-bench" },
        authority: Buffer.from(cluster?.caData ?? "", "base64").toString("utf8"),
      },
    ],
  });
}

/** Sends changes on time whether or not earlier ones were answered, at random pods; `seconds` long. */
export async function change(
  calls: PodCalls,
  pick: (index: number) => PodName,
  perSecond: number,
  seconds: number,
): Promise<{ sentAt: ReadonlyMap<number, number>; patch: readonly number[] }> {
  const sentAt = new Map<number, number>();
  const answers: Promise<number>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = startedAt + (1000 * index) / perSecond - performance.now();
    if (due > 1) {
      await sleep(due);
    }
    const restarts = nextRestarts();
    sentAt.set(restarts, performance.timeOrigin + performance.now());
    answers.push(calls.setRestarts(pick(index), restarts));
  }
  return { sentAt, patch: await Promise.all(answers) };
}

/** What is changed and what shows it. */
export type Watched = Readonly<{
  calls: PodCalls;
  pods: readonly PodName[];
  page: Pick<PodsPage, "shown" | "painted">;
  watch: Reader;
  pid: number;
}>;

/** Changes pods for so long and measures when a bare watch has read and the page has painted each. */
export async function measureLatencies(watched: Watched, perSecond: number, seconds: number): Promise<Latencies> {
  const { calls, pods, page, watch, pid } = watched;
  const names = new Set(page.shown);
  const shown = pods.filter(({ name }) => names.has(name));
  const every = Math.max(1, Math.round(perSecond / probesPerSecond));
  const probes = new Set<number>();
  const first = nextRestarts();
  await watch.seen();
  const before = await processorSecondsOf(pid);
  const { sentAt, patch } = await change(
    calls,
    (index) => {
      if (index % every === 0) {
        probes.add(first + 1 + index);
        return chosen(shown);
      }
      return chosen(pods);
    },
    perSecond,
    seconds,
  );
  await sleep(MISSED_MS);
  const processorSeconds = (await processorSecondsOf(pid)) - before;
  const probesSentAt = new Map([...sentAt].filter(([restarts]) => probes.has(restarts)));
  return {
    patch,
    watch: latencies(probesSentAt, firstOf((await watch.seen()).seen)),
    pixel: latencies(probesSentAt, await page.painted()),
    sent: sentAt.size,
    probes: probes.size,
    processorSeconds,
  };
}

function chosen(pods: readonly PodName[]): PodName {
  const pod = pods[randomInt(pods.length)];
  if (pod === undefined) {
    throw new Error("there is no such pod");
  }
  return pod;
}

function firstOf(seen: readonly (readonly [number, number])[]): Map<number, number> {
  return new Map(seen.toReversed());
}

function latencies(sentAt: ReadonlyMap<number, number>, seenAt: ReadonlyMap<number, number>): number[] {
  return [...sentAt].flatMap(([restarts, sent]) => {
    const seen = seenAt.get(restarts);
    return seen === undefined ? [] : [seen - sent];
  });
}
