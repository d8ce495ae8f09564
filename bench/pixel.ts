import { obtainBrowser } from "#e2e/browser.ts";
import { startHouse } from "#e2e/fixtures/house.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { buildConsole } from "../bin/console-build.ts";
import { measureLatencies, percentile } from "./pixel-latency.ts";

const changes = 1200;
const perSecond = 20;
const goalMs = 1000;

/** A change in the cluster until the overview has painted it, beside a bare watch that only reads it. */
export async function bench(): Promise<readonly BenchRow[]> {
  const chromium = await obtainBrowser((line) => process.stderr.write(`${line}\n`));
  await buildConsole({ signal: new AbortController().signal });
  const house = await startHouse();
  try {
    const target = { url: house.url, kubeconfig: house.controlPlane.kubeconfigs.admin, chromium };
    const { pixel, watch, sent } = await measureLatencies(target, changes, perSecond);
    const row = (share: number): BenchRow => {
      const figure = percentile(pixel, share);
      return {
        name: `change to painted pixel, p${share * 100}, ${perSecond}/s, N = ${pixel.length} of ${sent}`,
        figure,
        unit: "ms",
        peer: { name: "bare watch", figure: percentile(watch, share) },
        goal: `p99 under ${goalMs}`,
        holds: figure < goalMs && pixel.length === sent,
      };
    };
    return [row(0.5), row(0.99)];
  } finally {
    await house.stop();
  }
}
