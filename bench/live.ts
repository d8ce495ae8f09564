import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium } from "@playwright/test";
import { runCommand } from "#cluster/commands.ts";
import { freePorts } from "#cluster/ports.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import { obtainBrowser } from "#e2e/browser.ts";
import { signIn } from "#e2e/fixtures/caller.ts";
import { type BenchRow, tableOf } from "../bin/bench-row.ts";
import { buildConsole } from "../bin/console-build.ts";
import { firstLoads } from "../bin/first-load.ts";
import { root } from "../bin/processes.mjs";
import type { PodCount } from "./fixtures/ten-thousand.ts";
import { ACCOUNTS, type LiveHouse, openLiveHouse } from "./live-house.ts";
import { change, type Latencies, MISSED_MS, measureLatencies, startBareWatch, type Watched } from "./live-latency.ts";
import { openPodsPage, type PodsPage } from "./live-page.ts";
import { buildGoInformer, measureGoInformer, startKubectlWatch } from "./live-peers.ts";
import { openPodCalls, type PodCalls, type PodName } from "./live-pods.ts";
import { bytesReadBy, forgetPeak, memoryOf, processorSecondsOf, untilQuiet } from "./live-process.ts";
import { startReader } from "./live-readers.ts";
import { percentile } from "./pixel-latency.ts";

const pods = podCount(Number(process.env.BENCH_PODS ?? 10_000));
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
/** Of each measurement of a latency. */
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
/** Ten beats of a stream. */
const silentSeconds = 60;
const rates = [1, 20, 100] as const;
/** More than an API server of this size takes: it comes last, for it ends watches that read too slowly. */
const flood = 1_000;
const readers = 500;
const readersPerSecond = 20;
const streamsPerAccount = 50;
/** A process holds on to what it does not need any more for about this long. */
const settledAfterMs = 20_000;
const relistsWithinMs = 60_000;
const lookEveryMs = 100;
const megabyte = 1_000_000;

function podCount(count: number): PodCount {
  if (count === 1_000 || count === 10_000 || count === 30_000) {
    return count;
  }
  throw new Error(`BENCH_PODS is ${count}; expected 1000, 10000 or 30000.`);
}

type Bench = Readonly<{
  house: LiveHouse;
  calls: PodCalls;
  names: readonly PodName[];
  kubectl: string;
  informer: string;
  browser: Browser;
}>;

function pidOf({ house }: Bench): number {
  if (house.console.pid === null) {
    throw new Error("the console does not run");
  }
  return house.console.pid;
}

const median = (values: readonly number[]) => percentile(values, 0.5);
const worst = (values: readonly number[]) => Math.max(...values);

/** The row of what was measured once in each round: its median, and in words the worst. */
function rowOf(
  name: string,
  values: readonly number[],
  rest: Pick<BenchRow, "unit" | "peer" | "goal"> & { most: number },
): BenchRow {
  const { most, ...row } = rest;
  const figure = median(values);
  return {
    name: `${name}, N = ${values.length}, worst ${Math.round(worst(values))}`,
    figure,
    ...row,
    holds: figure <= most,
  };
}

/** The peer that everybody has: the whole list as text. */
async function kubectlMs({ house, kubectl }: Bench): Promise<number> {
  const startedAt = performance.now();
  const { exitCode, problems } = await runCommand(
    kubectl,
    [`--kubeconfig=${house.cluster.kubeconfigs.admin}`, "get", "pods", "-A"],
    { environment: process.env },
  );
  if (exitCode !== 0) {
    throw new Error(problems);
  }
  return performance.now() - startedAt;
}

/** Bytes that a console has resident whose cluster does not answer. */
async function measureIdle(bench: Bench): Promise<number> {
  await bench.house.start("nothing");
  await sleep(settledAfterMs);
  const { resident } = await memoryOf(pidOf(bench));
  await bench.house.console.stop();
  return resident;
}

/** An empty process until it holds every pod; what it has resident before and after, and most while all was listed anew. */
async function measureHolding(bench: Bench): Promise<{ rows: BenchRow[]; more: number }> {
  const { house, calls, informer } = bench;
  const idle = await measureIdle(bench);
  const ready: number[] = [];
  const listed: number[] = [];
  const answers: number[] = [];
  const informed: Awaited<ReturnType<typeof measureGoInformer>>[] = [];
  let raw = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { ms, bytes } = await calls.list();
    raw = bytes;
    listed.push(ms);
    const start = await house.start("cluster");
    ready.push(start.readyMs);
    answers.push(start.answersMs);
    informed.push(await measureGoInformer(informer, house.cluster.kubeconfigs.admin));
    if (round < rounds - 1) {
      await house.console.stop();
    }
  }
  await sleep(settledAfterMs);
  const held = (await memoryOf(pidOf(bench))).resident;
  const relist = await measureRelist(bench, raw);
  const list = median(listed);
  const memory = (name: string, bytes: number, most: number, peer: BenchRow["peer"]): BenchRow => ({
    name: `${name}, N = 1`,
    figure: bytes / megabyte,
    unit: "MB",
    peer,
    goal: `at most ${Math.round(most / megabyte)}`,
    holds: bytes <= most,
  });
  const asJson = { name: "the pods as JSON", figure: raw / megabyte };
  const goResident = median(informed.map(({ resident }) => resident)) / megabyte;
  const rows = [
    rowOf(
      `start of a process until it holds all ${pods} pods (it answers after ${Math.round(median(answers))})`,
      ready,
      {
        unit: "ms",
        peer: { name: "GET /api/v1/pods", figure: list },
        goal: "at most 1.3 × + 250",
        most: 1.3 * list + 250,
      },
    ),
    {
      name: `the same by a Go informer that keeps what a table shows (${informed[0]?.pods} pods), N = ${informed.length}`,
      figure: median(informed.map(({ syncMs }) => syncMs)),
      unit: "ms",
      peer: { name: "GET /api/v1/pods", figure: list },
      goal: "a peer",
      holds: true,
    },
    memory("resident without a cluster", idle, 160 * megabyte, null),
    memory(`resident with ${pods} pods`, held, 160 * megabyte + 0.25 * raw, {
      name: "a Go informer",
      figure: goResident,
    }),
    memory(`more with ${pods} pods`, held - idle, 0.25 * raw, asJson),
    {
      ...memory(
        `more while all is listed anew (${Math.round(relist.bytesRead / megabyte)} MB read)`,
        relist.peak - held,
        0.6 * raw,
        asJson,
      ),
      holds: relist.wasListed && relist.peak - held <= 0.6 * raw,
    },
  ];
  return { rows, more: held - idle };
}

/**
 * The console sleeps while its watch is cut off, pods change and the API server begins anew, which keeps no version from before:
 * whoever resumes there has to list again. That it did is seen by what it read.
 */
async function measureRelist(
  bench: Bench,
  raw: number,
): Promise<{ peak: number; bytesRead: number; wasListed: boolean }> {
  const { house, calls, names } = bench;
  const server = house.cluster.part("kube-apiserver");
  const beginAnew = async () => {
    await server.kill();
    await server.start();
  };
  const pid = pidOf(bench);
  await forgetPeak(pid);
  const before = await bytesReadBy(pid);
  house.console.pause();
  // Cut off first, or what changes would wait in the connection and be read from there.
  await beginAnew();
  await change(calls, (index) => names[index % names.length] ?? { namespace: "", name: "" }, 20, 1);
  await beginAnew();
  house.console.resume();
  const giveUpAt = performance.now() + relistsWithinMs;
  let bytesRead = 0;
  while (bytesRead < raw && performance.now() < giveUpAt) {
    await sleep(lookEveryMs);
    bytesRead = (await bytesReadBy(pid)) - before;
  }
  await sleep(settledAfterMs);
  return { peak: (await memoryOf(pid)).peak, bytesRead, wasListed: bytesRead >= raw };
}

function signedIn(url: string): (context: BrowserContext) => Promise<void> {
  return async (context) => {
    const cookies = await signIn(url, ACCOUNTS[0] ?? "");
    const pairs = cookies.split("; ").map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return { name, value: value.join("="), url };
    });
    await context.addCookies(pairs);
  };
}

function openConsolePage({ house, browser, names }: Bench): Promise<PodsPage> {
  return openPodsPage(browser, `${house.url}/pods`, signedIn(house.url), names.length);
}

/** A cold browser until it holds every pod, and until the first are on the screen, in turn with kubectl. */
async function measureFirstView(bench: Bench): Promise<BenchRow[]> {
  // A server that has never drawn the page is not a warm one.
  await (await openConsolePage(bench)).close();
  const whole: number[] = [];
  const first: number[] = [];
  const held: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await kubectlMs(bench));
    const page = await openConsolePage(bench);
    whole.push(page.heldMs);
    first.push(page.firstMs);
    held.push(page.held);
    await page.close();
  }
  const peer = { name: "kubectl get pods -A", figure: median(theirs) };
  const most = Math.min(400, 0.5 * peer.figure);
  return [
    rowOf(`${Math.min(...held)} of ${bench.names.length} pods held by a cold browser`, whole, {
      unit: "ms",
      peer,
      goal: "at most 400 and ×0.5",
      most,
    }),
    rowOf("the first of them on its screen, as the server drew them", first, {
      unit: "ms",
      peer,
      goal: "at most 400 and ×0.5",
      most,
    }),
  ];
}

type Rate = (typeof rates)[number] | typeof flood;

const goals: Readonly<Record<Rate, { p50: number; p99: number }>> = {
  1: { p50: 12, p99: 35 },
  20: { p50: 12, p99: 35 },
  100: { p50: 12, p99: 35 },
  1000: { p50: 100, p99: 100 },
};

type Peer = Readonly<{ name: string; measure: (bench: Bench) => Promise<Latencies> }>;

const peers: readonly Peer[] = [
  { name: "an informer and a plain table", measure: measureNaive },
  { name: "kubectl get pods -A -w, to its line", measure: measureKubectlWatch },
];

/** A change until its pixel, less what a bare watch takes, at each rate, and the given peers at 100/s, all in turn. */
async function measurePixels(
  bench: Bench,
  beside: readonly Peer[],
): Promise<{ rows: BenchRow[]; at100: readonly Latencies[] }> {
  const ours = new Map<number, Latencies[]>(rates.map((rate) => [rate, []]));
  const theirs = new Map<string, Latencies[]>(beside.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    await onConsolePage(bench, async (watched) => {
      for (const rate of rates) {
        ours.get(rate)?.push(await measureLatencies(watched, rate, seconds));
      }
    });
    for (const { name, measure } of beside) {
      theirs.get(name)?.push(await measure(bench));
    }
  }
  const rows = rates.flatMap((rate) => pixelRows("Gatehouse", rate, ours.get(rate) ?? []));
  const peerRows = beside.flatMap(({ name }) =>
    pixelRows(name, 100, theirs.get(name) ?? []).map((row) => ({ ...row, goal: "a peer", holds: true })),
  );
  return { rows: [...rows, ...peerRows], at100: ours.get(100) ?? [] };
}

/** The same where more is changed than the API server takes. */
function measureFlood(bench: Bench): Promise<BenchRow[]> {
  return onConsolePage(bench, async (watched) =>
    pixelRows("Gatehouse", flood, [await measureLatencies(watched, flood, seconds)]),
  );
}

/** The console's page of pods beside a bare watch, for as long as something is measured on it. */
async function onConsolePage<Value>(bench: Bench, measure: (watched: Watched) => Promise<Value>): Promise<Value> {
  const { house, calls, names } = bench;
  const watch = await startBareWatch(house.cluster.kubeconfigs.admin, calls);
  const page = await openConsolePage(bench);
  try {
    return await measure({ calls, pods: names, page, watch, pid: pidOf(bench) });
  } finally {
    await page.close();
    await watch.stop();
  }
}

function pixelRows(who: string, rate: Rate, all: readonly Latencies[]): BenchRow[] {
  const painted = all.flatMap((one) => one.pixel);
  const watch = all.flatMap((one) => one.watch);
  const patch = all.flatMap((one) => one.patch);
  const probes = all.reduce((sum, one) => sum + one.probes, 0);
  const missed = probes - painted.length;
  // Left out, the slowest of all would make the others look good.
  const pixel = [...painted, ...Array.from({ length: missed }, () => MISSED_MS)];
  const unread = probes - watch.length;
  return (["p50", "p99"] as const).map((name) => {
    const share = name === "p50" ? 0.5 : 0.99;
    const floor = watch.length === 0 ? 0 : percentile(watch, share);
    const figure = percentile(pixel, share) - floor;
    const answered = percentile(patch, share).toFixed(1);
    return {
      name: `${who}: change to pixel less a bare watch, ${name} at ${rate}/s, N = ${probes}, missed ${missed}, PATCH ${answered} ms`,
      figure,
      unit: "ms",
      peer: { name: `bare watch (missed ${unread})`, figure: floor },
      goal: `at most ${goals[rate][name]}, none missed`,
      holds: figure <= goals[rate][name] && missed === 0,
    };
  });
}

/** The same by the informer of the official client and a plain table. */
async function measureNaive({ house, calls, names, browser }: Bench): Promise<Latencies> {
  const { port } = await freePorts(["port"], {});
  const program = join(import.meta.dirname, "peers", "naive.ts");
  const child = spawn(process.execPath, [program, house.cluster.kubeconfigs.admin, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const watch = await startBareWatch(house.cluster.kubeconfigs.admin, calls);
  try {
    await once(createInterface({ input: child.stdout }), "line");
    const page = await openPodsPage(browser, `http://127.0.0.1:${port}/`, async () => undefined, names.length);
    const latencies = await measureLatencies({ calls, pods: names, page, watch, pid: child.pid ?? 0 }, 100, seconds);
    await page.close();
    return latencies;
  } finally {
    child.kill();
    await ended;
    await watch.stop();
  }
}

/** The same by kubectl, to its line: there is no pixel to wait for. */
async function measureKubectlWatch({ house, calls, names, kubectl }: Bench): Promise<Latencies> {
  const bare = await startBareWatch(house.cluster.kubeconfigs.admin, calls);
  const peer = await startKubectlWatch(kubectl, house.cluster.kubeconfigs.admin);
  try {
    const page = { shown: names.map(({ name }) => name), painted: async () => peer.said };
    return await measureLatencies({ calls, pods: names, page, watch: bare, pid: peer.pid }, 100, seconds);
  } finally {
    await peer.stop();
    await bare.stop();
  }
}

async function streamsOf(url: string, path: string, count: number) {
  const cookies = await Promise.all(ACCOUNTS.slice(1).map((account) => signIn(url, account)));
  return Array.from({ length: count }, (_, index) => ({
    // As a page goes on; an id of another process is answered with all rows first.
    url: `${url}${path}?after=none:0`,
    headers: {
      Cookie: cookies[Math.floor(index / streamsPerAccount)] ?? "",
      Accept: "text/event-stream",
      "Accept-Encoding": "gzip, deflate, br",
    },
  }));
}

/** What both streams of one browser bring for a change, and in silence. */
async function measureBytes({ house, calls, names }: Bench): Promise<BenchRow[]> {
  const [pod] = names;
  if (pod === undefined) {
    throw new Error("there is no pod");
  }
  const streams = [
    ...(await streamsOf(house.url, "/api/v1/live", 1)),
    ...(await streamsOf(house.url, "/api/v1/live/pods", 1)),
  ];
  const reader = await startReader({ streams });
  try {
    await sleep(settledAfterMs);
    const first = (await reader.seen()).bytes;
    await sleep(1000 * silentSeconds);
    const silent = (await reader.seen()).bytes;
    const { sentAt } = await change(calls, () => pod, 20, seconds);
    await sleep(1000);
    const last = (await reader.seen()).bytes;
    const row = (name: string, figure: number, unit: string, most: number): BenchRow => {
      return { name, figure, unit, peer: null, goal: `at most ${most}`, holds: figure <= most };
    };
    return [
      row(`to one browser for one change, N = ${sentAt.size}`, (last - silent) / sentAt.size, "B", 120),
      row(
        `to one browser in silence of ${silentSeconds} s, on its two streams together`,
        (silent - first) / silentSeconds,
        "B/s",
        2,
      ),
    ];
  } finally {
    await reader.stop();
  }
}

/** So many browsers at once, read by one other process. */
async function measureReaders(bench: Bench): Promise<BenchRow[]> {
  const { house, calls, names } = bench;
  const reader = await startReader({ streams: await streamsOf(house.url, "/api/v1/live/pods", readers) });
  try {
    await sleep(settledAfterMs);
    await reader.seen();
    const before = await processorSecondsOf(pidOf(bench));
    const pick = (index: number) => names[index % names.length] ?? { namespace: "", name: "" };
    const { sentAt } = await change(calls, pick, readersPerSecond, seconds);
    const cores = ((await processorSecondsOf(pidOf(bench))) - before) / seconds;
    await sleep(1000);
    const { seen } = await reader.seen();
    const latencies = seen.flatMap(([restarts, at]) => {
      const sent = sentAt.get(restarts);
      return sent === undefined ? [] : [at - sent];
    });
    const missed = sentAt.size * readers - latencies.length;
    const p99 = percentile([...latencies, ...Array.from({ length: missed }, () => MISSED_MS)], 0.99);
    const name = `${readers} browsers × ${readersPerSecond}/s, N = ${latencies.length + missed}, missed ${missed}`;
    return [
      {
        name: `${name}: processor`,
        figure: cores,
        unit: "cores",
        peer: null,
        goal: "at most 0.5",
        holds: cores <= 0.5,
      },
      {
        name: `${name}: p99`,
        figure: p99,
        unit: "ms",
        peer: null,
        goal: "at most 50, none missed",
        holds: p99 <= 50 && missed === 0,
      },
    ];
  } finally {
    await reader.stop();
  }
}

async function firstLoadRow(): Promise<BenchRow> {
  const bytes = Math.max(...(await firstLoads(root)).map((load) => load.bytes));
  return {
    name: "first-load JavaScript of the heaviest page, gzipped",
    figure: bytes / 1000,
    unit: "kB",
    peer: null,
    goal: "at most 170",
    holds: bytes <= 170_000,
  };
}

async function withHouse<Value>(count: PodCount, work: (bench: Bench) => Promise<Value>): Promise<Value> {
  const { kubectl } = await obtainPrograms({ environment: process.env });
  const executablePath = await obtainBrowser((line) => process.stderr.write(`${line}\n`));
  const informer = await buildGoInformer();
  const house = await openLiveHouse(count);
  try {
    const calls = await openPodCalls(house.cluster.kubeconfigs.admin);
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    try {
      const { pods: names } = await calls.list();
      return await work({ house, calls, names, kubectl, informer, browser });
    } finally {
      await browser.close();
      calls.close();
    }
  } finally {
    await house.stop();
  }
}

/** What the growth of a figure is compared by. */
type Size = Readonly<{ pixel: number; cpuPerChange: number; view: number; memory: number }>;

function sizeOf(at100: readonly Latencies[], view: readonly BenchRow[], memory: number): Size {
  const sent = at100.reduce((sum, one) => sum + one.sent, 0);
  return {
    pixel: median(at100.flatMap((one) => one.pixel)),
    cpuPerChange: at100.reduce((sum, one) => sum + one.processorSeconds, 0) / sent,
    view: view[0]?.figure ?? Number.NaN,
    memory,
  };
}

/** Exponents of growth: 0 is flat, 1 is linear. */
function growthRows(small: Size, large: Size): BenchRow[] {
  const row = (name: string, of: keyof Size, most: number): BenchRow => {
    const figure = Math.log(large[of] / small[of]) / Math.log(pods / 1_000);
    return {
      name: `exponent of growth from 1000 to ${pods} pods: ${name}`,
      figure,
      unit: "",
      peer: null,
      goal: `at most ${most}`,
      holds: figure <= most,
    };
  };
  return [
    row("change to pixel, p50 at 100/s", "pixel", 0.1),
    row("processor time of a change", "cpuPerChange", 0.1),
    row("first view", "view", 1),
    row("memory more than without a cluster", "memory", 1),
  ];
}

async function measureSize(bench: Bench): Promise<Size> {
  const idle = await measureIdle(bench);
  await bench.house.start("cluster");
  await sleep(settledAfterMs);
  const held = (await memoryOf(pidOf(bench))).resident;
  const view = await measureFirstView(bench);
  return sizeOf((await measurePixels(bench, [])).at100, view, held - idle);
}

/** A run is long: what it has found so far is said. */
function told(rows: BenchRow[]): BenchRow[] {
  console.log(tableOf(rows));
  return rows;
}

/** What it costs to show ten thousand pods as they are now, beside what others take in the same run. */
export async function bench(): Promise<readonly BenchRow[]> {
  await buildConsole({ signal: new AbortController().signal });
  const small = pods === 1_000 ? undefined : await withHouse(1_000, measureSize);
  return withHouse(pods, async (opened) => {
    await untilQuiet();
    const holding = await measureHolding(opened);
    told(holding.rows);
    const view = told(await measureFirstView(opened));
    const { rows: pixels, at100 } = await measurePixels(opened, peers);
    const rows = [
      ...told(pixels),
      ...view,
      ...holding.rows,
      ...told(await measureBytes(opened)),
      await firstLoadRow(),
      ...told(await measureReaders(opened)),
      ...told(await measureFlood(opened)),
    ];
    return small === undefined ? rows : [...rows, ...growthRows(small, sizeOf(at100, view, holding.more))];
  });
}
