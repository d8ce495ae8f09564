import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pino from "pino";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { parseEstate } from "#lib/estate/load.ts";
import { systemClock } from "#lib/platform/clock.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { openChurn } from "#lib/testing/faults.ts";
import { askForStream, openStreamReader, serveFeed } from "#lib/testing/live-line.ts";
import { watchCluster } from "./cluster-watch.ts";
import { createEstateView } from "./estate-view.ts";
import type { LiveRows } from "./model.ts";
import { createRing, type Ring } from "./ring.ts";

const NAMESPACE = "resume-live";
const ESTATE = parseEstate(
  `version: 1
clusters: [{ id: real, kubeconfig: kubeconfig }]
platforms:
  - id: resume
    name: Resume
    environments: [{ id: live, tier: live, cluster: real, namespaces: [${NAMESPACE}] }]
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);
const run = promisify(execFile);

/** One of several consoles that see the same cluster, each by watches of its own. */
async function startConsole() {
  const ring = createRing(2000);
  const view = createEstateView(ESTATE, { ring, pods: createRing(2000) }, systemClock);
  const cluster = openCluster({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined });
  const stopping = new AbortController();
  const log = pino({ level: "silent" });
  const watching = watchCluster({ cluster, view, ring, clock: systemClock, log }, stopping.signal);
  const { port, stop } = await serveFeed(ring);
  let isStopped = false;
  return {
    ring,
    port,
    async stop() {
      if (!isStopped) {
        isStopped = true;
        stop();
        stopping.abort();
        await watching;
        view.stop();
      }
    },
  };
}

type Rows = LiveRows["workload"];
const named = (rows: Rows, name: string) => [...rows.values()].find((row) => row.name === name);
const desiredIn = (rows: Rows) => named(rows, "web")?.rollout.desired;
const kubectl = (...args: string[]) =>
  run(inject("kubectl"), [`--kubeconfig=${inject("kubeconfigs").admin}`, `--namespace=${NAMESPACE}`, ...args]);
const scale = (replicas: number) => kubectl("scale", "deployment/web", `--replicas=${replicas}`);
const held = (ring: Ring) => ring.rows().workload;

let consoles: Awaited<ReturnType<typeof startConsole>>[];
beforeAll(async () => {
  await openChurn(inject("kubeconfigs").admin, NAMESPACE);
  consoles = [await startConsole(), await startConsole()];
});
afterAll(() => Promise.all(consoles.map(({ stop }) => stop())));

it("a stream that ends with its console goes on at another with a snapshot of what is there now, and then with its changes", async () => {
  const [first, second] = consoles;
  if (first === undefined || second === undefined) {
    throw new Error("there are two");
  }
  const reader = openStreamReader();
  const rows = () => reader.held.rows("workload");
  const line = await askForStream(first.port);
  await reader.readUntil(line, () => desiredIn(rows()) === 3);
  await scale(5);
  await reader.readUntil(await askForStream(first.port, reader.lastId()), () => desiredIn(rows()) === 5);
  expect(reader.events.filter((event) => event === "snapshot")).toHaveLength(1);
  await first.stop();

  await Promise.all([scale(2), kubectl("delete", "deployment/jobs")]);
  await expect.poll(() => desiredIn(held(second.ring))).toBe(2);
  await expect.poll(() => named(held(second.ring), "jobs")).toBeUndefined();

  const next = await askForStream(second.port, reader.lastId());
  const before = reader.events.length;
  await reader.readUntil(next, () => reader.events.length > before);
  expect(reader.events[before]).toBe("snapshot");
  expect(desiredIn(rows())).toBe(2);
  expect([...rows().keys()].sort()).toEqual([...held(second.ring).keys()].sort());

  await scale(4);
  await reader.readUntil(await askForStream(second.port, reader.lastId()), () => desiredIn(rows()) === 4);
  expect(reader.events.slice(before).filter((event) => event === "snapshot")).toHaveLength(1);
  expect(reader.events.slice(before).filter((event) => event === "")).not.toHaveLength(0);
});
