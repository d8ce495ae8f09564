import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "#cluster/control-plane.ts";
import { createNodes } from "#cluster/nodes.ts";
import { obtainPrograms, obtainTestProgram } from "#cluster/programs.ts";
import { startToxiproxy } from "#cluster/toxiproxy.ts";
import { disturb, openChurn, untilSource, watchThrough } from "#lib/testing/faults.ts";
import type { BenchRow } from "../bin/bench-row.ts";

/** Faults of the network, of every kind in turn and of random length. */
const cuts = Number(process.env.BENCH_CUTS ?? 200);
const nodes = ["node-1", "node-2"].map((name) => ({ name, cpu: "16", memory: "64Gi", pods: 110, zone: "eu-bench-1a" }));

/** Fails with the first fault after which the view did not come to hold what kubectl gets. */
export async function bench(): Promise<readonly BenchRow[]> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-bench-faults-"));
  const stops: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const programs = await obtainPrograms({ environment: process.env });
    const program = await obtainTestProgram("toxiproxy-server", { environment: process.env });
    const clusterDirectory = join(directory, "cluster");
    const cluster = await startControlPlane({ name: "faults", directory: clusterDirectory, programs, stages: "fast" });
    stops.push(() => cluster.stop());
    await createNodes(cluster, nodes);
    const toxiproxy = await startToxiproxy({ directory: join(directory, "toxiproxy"), program });
    stops.push(() => toxiproxy.stop());
    const { admin, gatehouse } = cluster.kubeconfigs;
    const churn = await openChurn(admin, "faults");
    const watch = await watchThrough(toxiproxy, { kubeconfigPath: gatehouse, directory, name: "faults" });
    stops.push(() => watch.stop());
    await untilSource(watch, "ok");
    await disturb(watch, churn, { kubectl: programs.kubectl, admin }, cuts);
  } finally {
    for (const stop of stops.reverse()) {
      await stop();
    }
  }
  return [
    {
      name: `faults of the network under churn after which the view holds what kubectl gets, of ${cuts}`,
      figure: cuts,
      unit: "",
      peer: null,
      goal: `${cuts} of ${cuts}`,
      holds: true,
    },
  ];
}
