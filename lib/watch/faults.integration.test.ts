import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { obtainTestProgram } from "#cluster/programs.ts";
import { startToxiproxy, type Toxiproxy } from "#cluster/toxiproxy.ts";
import {
  assertHoldsTheTruth,
  disturb,
  type FaultyWatch,
  openChurn,
  type Truth,
  untilSource,
  watchThrough,
} from "#lib/testing/faults.ts";
import { canDropPackets, silenceLine, watchPorts } from "#lib/testing/silent-line.ts";

/** 200 in `npm run bench faults`. */
const FAULTS = 20;
/** A machine without toxiproxy builds it first. */
const BUILD_MS = 600_000;
/** About a second a fault; a busy machine takes many times as long. */
const FAULTS_MS = 400_000;

let directory: string;
let toxiproxy: Toxiproxy;
let truth: Truth;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-faults-"));
  const program = await obtainTestProgram("toxiproxy-server", { environment: process.env });
  toxiproxy = await startToxiproxy({ directory, program });
  truth = { kubectl: inject("kubectl"), admin: inject("kubeconfigs").admin };
}, BUILD_MS);
afterAll(async () => {
  await toxiproxy.stop();
  await rm(directory, { recursive: true });
});

async function watching(name: string, work: (watch: FaultyWatch) => Promise<void>): Promise<void> {
  const kubeconfigPath = inject("kubeconfigs").gatehouse;
  const watch = await watchThrough(toxiproxy, { kubeconfigPath, directory, name });
  try {
    await untilSource(watch, "ok");
    expect(watch.source()?.kinds?.filter(({ state }) => state === "denied") ?? []).toEqual([]);
    await work(watch);
  } finally {
    await watch.way.heal();
    await watch.stop();
  }
}

const canDrop = await canDropPackets();

describe("between the console and a real API server", () => {
  it(
    `after each of ${FAULTS} faults of the network under churn, the view holds what kubectl gets`,
    async () => {
      const churn = await openChurn(truth.admin, "faults-churn");
      await watching("churn", (watch) => disturb(watch, churn, truth, FAULTS));
    },
    FAULTS_MS,
  );

  it("a namespace made anew while the line hangs is stale until the line is back, and then holds what is new alone", async () => {
    const churn = await openChurn(truth.admin, "faults-anew");
    await watching("anew", async (watch) => {
      await assertHoldsTheTruth(watch, truth, churn.namespace, "before");
      await watch.way.poison({ type: "timeout", stream: "downstream", attributes: { timeout: 0 } });
      await Promise.all([untilSource(watch, "stale"), churn.makeAnew()]);
      expect(watch.source()).toMatchObject({ state: "stale", message: "the API server does not answer" });
      await watch.way.heal();
      await assertHoldsTheTruth(watch, truth, churn.namespace, "after the namespace was made anew");
    });
  });

  it.runIf(canDrop)(
    "one watch whose connection goes dead without a word, while all others and the probe go on, is called stale or caught up within 5 s",
    async () => {
      const churn = await openChurn(truth.admin, "faults-half-open");
      const ports = watchPorts();
      await watching("half-open", async (watch) => {
        await assertHoldsTheTruth(watch, truth, churn.namespace, "before");
        const restore = await silenceLine(ports.portOf("/api/v1/pods") ?? 0);
        try {
          const before = new Set(watch.podUids(churn.namespace));
          const isCaughtUp = () => watch.podUids(churn.namespace).some((uid) => !before.has(uid));
          const silentAt = performance.now();
          await churn.during(() =>
            vi.waitUntil(() => watch.source()?.state !== "ok" || isCaughtUp(), { timeout: 20_000, interval: 20 }),
          );
          expect(performance.now() - silentAt).toBeLessThan(5000);
          await assertHoldsTheTruth(watch, truth, churn.namespace, "after the line went dead");
        } finally {
          await restore();
          ports.stop();
        }
      });
    },
  );
});
