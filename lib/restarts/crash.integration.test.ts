import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import { crashRestartAtEvery, openRestartLane } from "#lib/testing/crashes.ts";
import { freshDatabase } from "#lib/testing/database.ts";
import { strikeReplicas } from "#lib/testing/replicas.ts";
import { beginRestart, deploy, takeRightsAway } from "#lib/testing/restart-world.ts";

/** Every third moment; `npm run bench crash` takes them all. */
const STRIDE = 3;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-crash-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function openLane() {
  const { url, db } = await freshDatabase();
  return openRestartLane({ databaseUrl: url, db, directory, deployed: await deploy(inject("kubeconfigs")) });
}

it("a restart killed at a third of all its moments goes on: one new generation in the cluster, one terminal record", async () => {
  const lane = await openLane();
  const { kills, end } = await crashRestartAtEvery(lane, 1, STRIDE);
  // Below this a step would have been left out of the count; 0 is a run that never ended by itself.
  expect(end).toBeGreaterThan(15);
  expect(kills).toBe(Math.floor((end - 1) / STRIDE));
  await lane.db.$disconnect();
}, 400_000);

it("two replicas, one of them killed or stopped under a restart: the other ends it once", async () => {
  const lane = await openLane();
  const { strikes } = await strikeReplicas(lane, [
    { kind: "kill", afterMs: 60 },
    { kind: "stop", afterMs: 90 },
  ]);
  expect(strikes).toBe(2);
  await lane.db.$disconnect();
});

it("what the cluster's own rules refuse by then is not done, and is no unknown outcome", async () => {
  const lane = await openLane();
  const { requestId } = await beginRestart(lane.runtime, lane.deployed);
  await takeRightsAway(inject("kubeconfigs").admin, lane.deployed);
  const operation = await claimNext(lane.db, "test");
  if (operation === undefined) {
    throw new Error("no operation waits");
  }
  await runOperation(lane.runtime, operation, new AbortController().signal);
  const workload = { kind: "Deployment", ...lane.deployed } as const;
  const marked = await lane.runtime.clusters.get("gravv")?.findMark(workload, AbortSignal.timeout(10_000));
  expect(marked).toMatchObject({ generation: 1, operationId: undefined });
  expect(await lane.db.operation.findUnique({ where: { requestId } })).toMatchObject({
    state: "failed",
    outcome: expect.stringContaining("Nothing was changed."),
  });
  await lane.db.$disconnect();
});
