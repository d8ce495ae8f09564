import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import type { Person } from "#lib/access/model.ts";
import { parseEstate } from "#lib/estate/load.ts";
import { systemClock } from "#lib/platform/clock.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { openWorld } from "#lib/testing/world.ts";
import { watchCluster } from "#lib/watch/cluster-watch.ts";
import { createEstateView, type EstateView } from "#lib/watch/estate-view.ts";
import { createRing } from "#lib/watch/ring.ts";
import { watchUsage } from "#lib/watch/usage-watch.ts";
import { listCapacity, listQuotas, listShares, readQuota } from "./queries.ts";

/** For what the cluster does in its own time. */
const PATIENCE = { timeout: 60_000, interval: 50 };
const suffix = randomUUID().slice(0, 8);
const bounded = `bounded-${suffix}`;
const unbounded = `unbounded-${suffix}`;
const watching = new AbortController();

const ESTATE = parseEstate(
  `version: 1
clusters: [{ id: real, kubeconfig: kubeconfig }]
platforms:
  - id: real
    name: Real
    labels: { team: example/team, product: example/product }
    prices: { currency: USD, cpuCoreHour: "0.0316", memoryGiBHour: "0.0042" }
    environments: [{ id: live, tier: live, cluster: real, namespaces: [${bounded}, ${unbounded}] }]
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);

const person: Person = {
  account: "viewer",
  emails: [],
  groups: [],
  grants: [{ role: "viewer", environments: ["real/live"] }],
};

let api: KubernetesObjectApi;
let database: TestDatabase;
let view: EstateView;
let runtime: Runtime;

type Kind = Readonly<{ kind: string; name: string; apiVersion?: string; labels?: Record<string, string> }>;

function inBounded({ apiVersion = "v1", kind, name, labels = {} }: Kind, rest: object) {
  const object = { apiVersion, kind, metadata: { name, namespace: bounded, labels }, ...rest };
  return api.create(object);
}

function deployment(name: string, replicas: number, container: object, labels: Record<string, string> = {}) {
  return inBounded(
    { apiVersion: "apps/v1", kind: "Deployment", name, labels },
    {
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: "main", image: "registry.example/main:1.0", ...container }] },
        },
      },
    },
  );
}

const requestedOf = async (resource: string) =>
  (await listQuotas(runtime, person)).items.find((item) => item.resource === resource);

beforeAll(async () => {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(inject("kubeconfigs").admin);
  api = KubernetesObjectApi.makeApiClient(kubeconfig);
  database = await freshDatabase();
  for (const name of [bounded, unbounded]) {
    await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  await inBounded({ kind: "ResourceQuota", name: "backend" }, { spec: { hard: { "requests.cpu": "2", pods: "10" } } });
  await inBounded(
    { kind: "LimitRange", name: "defaults" },
    {
      spec: {
        limits: [{ type: "Container", defaultRequest: { cpu: "100m" }, max: { cpu: "1" } }],
      },
    },
  );
  const ring = createRing(100);
  view = createEstateView(ESTATE, { ring, pods: createRing(100) }, systemClock);
  const cluster = openCluster({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined });
  const log = pino({ level: "silent" });
  const world = openWorld({ db: database.db, repositoryUrl: "none is read", directory: tmpdir() });
  runtime = { ...world, estate: ESTATE, ring, view };
  for (const watch of [
    watchCluster({ cluster, view, ring, clock: systemClock, log }, watching.signal),
    watchUsage({ cluster, view, log }, watching.signal),
  ]) {
    watch.catch((failure: unknown) => {
      expect.unreachable(String(failure));
    });
  }
  const labels = { "example/team": "ledger" };
  await deployment(
    "named",
    2,
    { resources: { requests: { cpu: "400m", memory: "1Gi" }, limits: { cpu: "400m" } } },
    labels,
  );
  await deployment("silent", 3, {});
  await vi.waitFor(
    async () => expect(await requestedOf("requests.cpu")).toMatchObject({ requested: "1100m" }),
    PATIENCE,
  );
});

afterAll(async () => {
  watching.abort();
  view.stop();
  await database.close();
  for (const name of [bounded, unbounded]) {
    await api.delete({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
});

describe("of what a real API server has counted", () => {
  it("each quota resource is told with what is left, least first, and a namespace without a quota is named", async () => {
    const { items, unlimited, unknown } = await listQuotas(runtime, person, "real/live");
    expect(items).toMatchObject([
      {
        namespace: bounded,
        quota: "backend",
        resource: "requests.cpu",
        hard: "2",
        requested: "1100m",
        headroom: "900m",
      },
      { namespace: bounded, quota: "backend", resource: "pods", hard: "10", requested: "5", headroom: "5" },
    ]);
    expect(unlimited).toEqual([{ environment: "real/live", cluster: "real", namespace: unbounded }]);
    expect(unknown).toEqual([]);
  });

  it("what is used is not measured where there is no metrics API, and never 0", async () => {
    await vi.waitFor(
      async () => expect(await requestedOf("requests.cpu")).toMatchObject({ measured: null, unmeasured: "absent" }),
      PATIENCE,
    );
  });

  it("a quota says who takes it, as the API server's defaults have it, and what its LimitRange gives and forbids", async () => {
    const { id = "" } = (await requestedOf("requests.cpu")) ?? {};
    const detail = await readQuota(runtime, person, id);
    expect(detail.takers).toEqual([
      { service: "named", pods: 2, requested: expect.closeTo(0.8, 9), measured: null },
      { service: "silent", pods: 3, requested: expect.closeTo(0.3, 9), measured: null },
    ]);
    expect(detail.limits).toEqual([
      "A container without a request gets 100m CPU.",
      "A container without a limit is limited to 1 core.",
      "A container may have at most 1 core.",
    ]);
    expect(detail.trend).toEqual({ state: "short", since: null });
  });

  it("as many more fit as are let in, and not one more", async () => {
    const { id = "" } = (await requestedOf("requests.cpu")) ?? {};
    const { fits } = await readQuota(runtime, person, id);
    const fit = fits.find(({ name }) => name === "named")?.fit;
    expect(fit).toMatchObject({ more: 2, byQuota: 2 });
    expect(fit?.message).toMatch(/^Quota backend leaves 0.9 cores: 2 more; the nodes would take \d+ more\.$/);
    const metadata = { name: "named", namespace: bounded };
    const asked = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2 + 2 + 1 } };
    await api.patch(asked, undefined, undefined, undefined, undefined, "application/merge-patch+json");
    const isRefused = () =>
      [...(view.objects("real")?.ReplicaSet.by("namespace", bounded) ?? [])].some(({ failure }) =>
        failure?.includes("exceeded quota"),
      );
    await vi.waitFor(async () => {
      expect(await requestedOf("requests.cpu")).toMatchObject({ requested: "1900m", headroom: "100m" });
      expect(isRefused()).toBe(true);
    }, PATIENCE);
    expect((await readQuota(runtime, person, id)).fits.find(({ name }) => name === "named")?.fit.more).toBe(0);
  });

  it("its cluster's capacity tells the environment's part apart from what is none of the person's business", async () => {
    const [item] = listCapacity(runtime, person).items;
    expect(item?.allocatable.cpuCores).toBeGreaterThanOrEqual(32);
    expect(item?.takers.filter(({ environment }) => environment !== null)).toMatchObject([
      { environment: "real/live", namespace: bounded },
    ]);
  });

  it("what carries a team's label is told with its price, and what carries none by itself", () => {
    const { items, totals } = listShares(runtime, person);
    expect(items.filter(({ by }) => by === "team").map(({ name }) => name)).toEqual(["ledger", null]);
    expect(items.filter(({ by }) => by === "product").map(({ name }) => name)).toEqual([null]);
    expect(totals[0]?.cost).toMatchObject({ currency: "USD", value: expect.stringMatching(/^\d+\.\d\d$/) });
  });
});

describe("somebody who holds no role there", () => {
  const stranger: Person = { ...person, grants: [] };

  it("sees no quota, no capacity and no share", async () => {
    expect((await listQuotas(runtime, stranger)).items).toEqual([]);
    expect(listCapacity(runtime, stranger).items).toEqual([]);
    expect(listShares(runtime, stranger).totals).toEqual([]);
  });

  it("is told that it is not there", async () => {
    const { id = "" } = (await requestedOf("pods")) ?? {};
    await expect(readQuota(runtime, stranger, id)).rejects.toMatchObject({ code: "not_found" });
    await expect(listQuotas(runtime, stranger, "real/live")).rejects.toMatchObject({ code: "not_found" });
  });
});
