import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type ControlPlane, startControlPlane } from "#cluster/control-plane.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import { readDrift } from "#lib/drift/queries.ts";
import { parseEstate, readEstateFile } from "#lib/estate/load.ts";
import { type Estate, findEnvironment, findPlatform } from "#lib/estate/model.ts";
import { systemClock } from "#lib/platform/clock.ts";
import { isBatch } from "#lib/rollouts/model.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { EVERYTHING } from "#lib/testing/gx.ts";
import { listTopology } from "#lib/topology/queries.ts";
import { watchCluster } from "#lib/watch/cluster-watch.ts";
import { createEstateView, type EstateView } from "#lib/watch/estate-view.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { createRing, type Ring } from "#lib/watch/ring.ts";
import { watchedPlatforms } from "./watched.ts";

// A StatefulSet starts its pods one after the other, on a busy machine longer than tests usually have.
vi.setConfig({ testTimeout: 90_000 });

/** What Gatehouse serves of gx-protocol and airpay, held against what their own API servers say. */

const config = join(import.meta.dirname, "gatehouse.yaml");
const environmentIds = [
  ...["gx-protocol/devnet", "gx-protocol/testnet", "gx-protocol/mainnet"],
  ...["airpay/staging", "airpay/production"],
];
const stopping = new AbortController();
const controlPlanes = new Map<string, ControlPlane>();
let directory = "";
let estate: Estate;
let ring: Ring;
let view: EstateView;
let watching: Promise<void>[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-watched-"));
  const programs = await obtainPrograms({ environment: process.env });
  await Promise.all(
    watchedPlatforms.map(async ({ cluster: name, prepare }) => {
      const controlPlane = await startControlPlane({
        name,
        directory: join(directory, name),
        programs,
        stages: "fast",
      });
      controlPlanes.set(name, controlPlane);
      await prepare(controlPlane);
    }),
  );
  const variables = Object.fromEntries(
    watchedPlatforms.map(({ kubeconfigVariable, cluster }) => [
      kubeconfigVariable,
      controlPlanes.get(cluster)?.kubeconfigs.gatehouse,
    ]),
  );
  estate = parseEstate(readEstateFile(config), config, (name) => variables[name] ?? "not read in these tests");
  ring = createRing(4096);
  view = createEstateView(estate, { ring, pods: createRing(4096) }, systemClock);
  watching = estate.clusters
    .filter(({ id }) => controlPlanes.has(id))
    .map((cluster) =>
      watchCluster(
        { cluster: openCluster(cluster), view, ring, clock: systemClock, log: pino({ level: "silent" }) },
        stopping.signal,
      ),
    );
  await eventually(() => watchedPlatforms.every(({ cluster }) => sourceState(cluster) === "ok"));
}, 180_000);

afterAll(async () => {
  stopping.abort();
  await Promise.all(watching);
  view?.stop();
  await Promise.all([...controlPlanes.values()].map((controlPlane) => controlPlane.stop()));
  await rm(directory, { recursive: true, force: true });
});

async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) {
      throw new Error("It did not come to be within 60 s.");
    }
    await sleep(50);
  }
}

function sourceState(cluster: string): string | undefined {
  return ring.rows().source.get(clusterSourceId(cluster))?.state;
}

const list = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      spec: z.object({ replicas: z.number().optional() }),
      status: z.object({
        readyReplicas: z.number().default(0),
        desiredNumberScheduled: z.number().optional(),
        numberReady: z.number().optional(),
      }),
    }),
  ),
});

/** Every workload of an environment as its API server has it: how many pods are wanted, how many are ready. */
async function truth(environmentId: string): Promise<string[]> {
  const { environment } = placeOf(environmentId);
  const controlPlane = controlPlanes.get(environment.clusterId);
  const answer = await controlPlane?.kubectl("get", "deployments,statefulsets,daemonsets", "-A", "--output=json");
  return list
    .parse(JSON.parse(answer?.stdout ?? ""))
    .items.filter(({ metadata }) => environment.namespaces.includes(metadata.namespace))
    .map(({ kind, metadata, spec, status }) => {
      const ready = status.numberReady ?? status.readyReplicas;
      return `${kind} ${metadata.namespace}/${metadata.name} ${ready}/${spec.replicas ?? status.desiredNumberScheduled}`;
    })
    .sort();
}

function seen(environmentId: string): string[] {
  return view
    .workloads(environmentId)
    .map(
      ({ workload, rollout }) =>
        `${workload.kind} ${workload.namespace}/${workload.name} ${rollout.ready}/${rollout.desired}`,
    )
    .sort();
}

const keptList = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        namespace: z.string(),
        ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
      }),
      revision: z.number().optional(),
      status: z.object({ phase: z.string().optional() }).optional(),
    }),
  ),
});

type Kept = Readonly<{ batches: string[]; revisions: string[]; claims: string[] }>;

/** What runs to an end, the revisions of StatefulSets and DaemonSets, and the claims, as the API server has them. */
async function keptInKubectl(cluster: string): Promise<Kept> {
  const kinds = "cronjobs,jobs,controllerrevisions,persistentvolumeclaims";
  const answer = await controlPlanes.get(cluster)?.kubectl("get", kinds, "-A", "--output=json");
  const { items } = keptList.parse(JSON.parse(answer?.stdout ?? ""));
  const isOwned = ({ metadata }: (typeof items)[number]) =>
    metadata.ownerReferences.some(({ kind }) => kind === "CronJob");
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return {
    batches: [...of("CronJob"), ...of("Job").filter((job) => !isOwned(job))]
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
      .sort(),
    revisions: of("ControllerRevision")
      .map(({ metadata, revision }) => `${metadata.namespace}/${metadata.name} ${revision}`)
      .sort(),
    claims: of("PersistentVolumeClaim")
      .map(({ metadata, status }) => `${metadata.namespace}/${metadata.name} ${status?.phase}`)
      .sort(),
  };
}

/** The same as Gatehouse has it. */
function keptInView(cluster: string): Kept {
  const objects = view.objects(cluster);
  const batches = ring.list("workload").filter((row) => row.cluster === cluster && isBatch(row.kind));
  return {
    batches: batches.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).sort(),
    revisions: [...(objects?.ControllerRevision.all() ?? [])]
      .map(({ namespace, name, number }) => `${namespace}/${name} ${number}`)
      .sort(),
    claims: [...(objects?.VolumeClaim.all() ?? [])]
      .map(({ namespace, name, phase }) => `${namespace}/${name} ${phase}`)
      .sort(),
  };
}

function placeOf(environmentId: string) {
  const place = findEnvironment(estate, environmentId);
  if (place === undefined) {
    throw new Error(`gatehouse.yaml has no ${environmentId}`);
  }
  return place;
}

function unfinished(environmentId: string): string[] {
  return view
    .workloads(environmentId)
    .filter(({ rollout }) => rollout.state !== "done")
    .map(({ workload, rollout }) => `${workload.name}: ${rollout.reason?.code ?? rollout.state}`);
}

describe("the platforms that Gatehouse watches", () => {
  test.each(environmentIds)(
    "%s shows every workload with the pods that its API server counts",
    async (environmentId) => {
      await eventually(async () => {
        const [wanted, shown] = [await truth(environmentId), seen(environmentId)];
        return JSON.stringify(wanted) === JSON.stringify(shown);
      });
      expect(seen(environmentId).length > 0).toBe(environmentId !== "gx-protocol/devnet");
    },
  );

  test.each(["gx", "airpay"])(
    "of cluster %s have one row a CronJob and a Job of nobody's, every revision and every claim that its API server has",
    async (cluster) => {
      await eventually(
        async () => JSON.stringify(await keptInKubectl(cluster)) === JSON.stringify(keptInView(cluster)),
      );
      const { batches, revisions } = keptInView(cluster);
      expect(batches).not.toEqual([]);
      expect(revisions).not.toEqual([]);
    },
  );

  test("are wholly there in live, and stand still in testnet for an image that was never pushed, and nothing else", async () => {
    await eventually(() => unfinished("gx-protocol/mainnet").length + unfinished("airpay/production").length === 0);
    await eventually(() => unfinished("gx-protocol/testnet").length === 1 && unfinished("airpay/staging").length === 0);
    expect(unfinished("gx-protocol/testnet")).toEqual(["svc-tokenomics: image"]);
  });

  test("keep the numbers of gx-protocol's own plan", () => {
    expect(seen("gx-protocol/mainnet").filter((line) => line.includes("backend-mainnet/"))).toEqual([
      "Deployment backend-mainnet/api-gateway 3/3",
      "Deployment backend-mainnet/outbox-submitter 2/2",
      "Deployment backend-mainnet/projector 2/2",
      "Deployment backend-mainnet/svc-identity 3/3",
      "Deployment backend-mainnet/svc-tokenomics 3/3",
      "Deployment backend-mainnet/svc-wallet 3/3",
      "StatefulSet backend-mainnet/postgres 3/3",
      "StatefulSet backend-mainnet/redis 3/3",
    ]);
    const quotas = ring.list("quota").filter(({ namespace }) => namespace === "backend-mainnet");
    expect(
      Object.fromEntries(quotas.map(({ resource, hard, requested }) => [resource, `${requested} of ${hard}`])),
    ).toEqual({
      "requests.cpu": "12500m of 16",
      "requests.memory": "25Gi of 32Gi",
      "limits.cpu": "25 of 32",
      "limits.memory": "50Gi of 64Gi",
      persistentvolumeclaims: "8 of 10",
      pods: "22 of 50",
    });
  });

  test("leave one forbidden path open, in testnet, and block nothing that is needed", () => {
    const runtime = { estate, ring, view, clock: systemClock };
    const codes = ["open_but_forbidden", "closed_but_needed", "forbidden_path_not_checked", "policy_selects_nothing"];
    const found = environmentIds.flatMap((environment) =>
      listTopology(runtime, EVERYTHING, environment).items.flatMap(({ findings }) =>
        findings.flatMap(({ code, subject }) => (codes.includes(code) ? `${environment} ${code} ${subject}` : [])),
      ),
    );
    expect(found).toEqual([
      "gx-protocol/testnet open_but_forbidden outside → backend-testnet/postgres:5432",
      "gx-protocol/testnet policy_selects_nothing backend-testnet/allow-fees",
    ]);
  });

  test("differ from one another since a time that their API servers tell of each difference", () => {
    const runtime = { estate, ring, view, clock: systemClock };
    const drift = ["gx-protocol/mainnet", "airpay/production"].flatMap((environment) =>
      readDrift(runtime, EVERYTHING, { environment }).items.flatMap((item) => item.drift),
    );
    expect(new Set(drift.map(({ since }) => since?.by))).toEqual(new Set(["rollout", "write", "creation"]));
  });

  test("say what their jobs are for, by the label that gatehouse.yaml names", () => {
    const role = findPlatform(estate, "gx-protocol")?.labels.role ?? "";
    const jobs = ["gx", "airpay"].flatMap((cluster) => [...(view.objects(cluster)?.CronJob.all() ?? [])]);
    expect(new Set(jobs.map(({ labels }) => labels[role]))).toEqual(
      new Set(["backup", "restore-test", "reconciliation", "synthetic"]),
    );
    const mainnet = jobs.filter(
      ({ namespace, labels }) => namespace === "backend-mainnet" && labels[role] === "backup",
    );
    expect(mainnet.map(({ schedule }) => schedule)).toEqual(["0 0,6,12,18 * * *", "0 0,6,12,18 * * *"]);
    expect(jobs.filter((one) => one.isSuspended).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      "backend-testnet/restore-test",
    ]);
  });

  test("are seen through their own clusters: one that is stopped leaves the other as it was", async () => {
    const before = seen("airpay/production");
    await controlPlanes.get("gx")?.part("kube-apiserver").kill();
    await eventually(() => sourceState("gx") === "stale");
    expect(sourceState("airpay")).toBe("ok");
    expect(seen("airpay/production")).toEqual(before);
    await controlPlanes.get("gx")?.part("kube-apiserver").start();
    await eventually(() => sourceState("gx") === "ok");
  });
});
