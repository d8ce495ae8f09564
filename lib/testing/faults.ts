import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ApiException, KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import pino from "pino";
import { parse, stringify } from "yaml";
import * as z from "zod";
import type { FaultyWay, Toxic, Toxiproxy } from "#cluster/toxiproxy.ts";
import type { Pod, Workload } from "#lib/clusters/model.ts";
import { systemClock } from "#lib/platform/clock.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { translate } from "#lib/systems/kubernetes/translate.ts";
import { watchCluster } from "#lib/watch/cluster-watch.ts";
import { createEstateView, type EstateView } from "#lib/watch/estate-view.ts";
import { clusterSourceId, type SourceRow } from "#lib/watch/freshness.ts";
import { createRing } from "#lib/watch/ring.ts";

const CLUSTER = "faulty";
/** Of a machine that does other things beside; what is waited for takes a second or two. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 50;
const reading = { revisionAnnotations: [], digest: (value: string) => value };

/** A cluster seen through a way that can be disturbed. */
export type FaultyWatch = Readonly<{
  way: FaultyWay;
  view: EstateView;
  source(): SourceRow | undefined;
  /** The pods that it shows. */
  podUids(namespace: string): string[];
  stop(): Promise<void>;
}>;

const Kubeconfig = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
});

/** Watches the cluster of a kubeconfig through toxiproxy, as the console does. `name` is the way's own. */
export async function watchThrough(
  toxiproxy: Toxiproxy,
  parts: Readonly<{ kubeconfigPath: string; directory: string; name: string }>,
): Promise<FaultyWatch> {
  const kubeconfig = Kubeconfig.parse(parse(await readFile(parts.kubeconfigPath, "utf8")));
  const way = await toxiproxy.wayTo(parts.name, kubeconfig.clusters[0]?.cluster.server ?? "");
  const clusters = kubeconfig.clusters.map((one) => ({ ...one, cluster: { ...one.cluster, server: way.url } }));
  const kubeconfigPath = join(parts.directory, `${parts.name}.yaml`);
  await writeFile(kubeconfigPath, stringify({ ...kubeconfig, clusters }), { mode: 0o600 });
  const config = { id: CLUSTER, kubeconfigPath, context: undefined, impersonatedGroups: undefined };
  const ring = createRing(100);
  const view = createEstateView(
    {
      clusters: [config],
      composeHosts: [],
      platforms: [],
      people: [],
      oidc: undefined,
      roleGrants: [],
      policies: [],
      breakGlass: [],
      record: undefined,
    },
    { ring, pods: createRing(100) },
    systemClock,
  );
  const stop = new AbortController();
  const log = pino({ level: "silent" });
  const ended = watchCluster({ cluster: openCluster(config), view, ring, clock: systemClock, log }, stop.signal);
  return {
    way,
    view,
    source: () => ring.rows().source.get(clusterSourceId(CLUSTER)),
    podUids: (namespace) => [...(view.objects(CLUSTER)?.Pod.by("namespace", namespace) ?? [])].map(({ uid }) => uid),
    async stop() {
      stop.abort();
      await ended;
      view.stop();
    },
  };
}

/** What can be seen of the pods and workloads of a namespace, by kind and uid. */
type Seen = Readonly<Record<string, unknown>>;

/** A template holds digests that no two processes share. */
function comparable(kind: string, value: Pod | Workload): [string, unknown] {
  return [`${kind} ${value.uid}`, "template" in value ? { ...value, template: undefined } : value];
}

function whatTheViewHolds(view: EstateView, namespace: string): Seen {
  const objects = view.objects(CLUSTER);
  return Object.fromEntries([
    ...(objects?.Pod.by("namespace", namespace) ?? []).map((pod) => comparable("Pod", pod)),
    ...(objects?.Workload.by("namespace", namespace) ?? []).map((workload) => comparable(workload.kind, workload)),
  ]);
}

const List = z.object({ items: z.array(z.looseObject({ kind: z.enum(["Pod", "Deployment", "StatefulSet"]) })) });
const run = promisify(execFile);

async function whatKubectlGets({ kubectl, admin }: Truth, namespace: string): Promise<Seen> {
  const { stdout } = await run(
    kubectl,
    [
      `--kubeconfig=${admin}`,
      "get",
      "pods,deployments,statefulsets",
      `--namespace=${namespace}`,
      "--output=json",
      "--show-managed-fields",
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const items = List.parse(JSON.parse(stdout)).items.map((item) => {
    const object = translate(item.kind, item, reading);
    assert(object?.kind === "Pod" || object?.kind === "Workload");
    return comparable(item.kind, object.value);
  });
  return Object.fromEntries(items);
}

/** Where the truth is asked for: past the way that is disturbed. Both are paths. */
export type Truth = Readonly<{ kubectl: string; admin: string }>;

/** Fails unless the view comes to hold what kubectl gets, and to call itself current. */
export async function assertHoldsTheTruth(
  { view, source }: FaultyWatch,
  truth: Truth,
  namespace: string,
  where: string,
): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const gotten = await whatKubectlGets(truth, namespace);
    const held = whatTheViewHolds(view, namespace);
    try {
      assert.deepEqual(held, gotten, where);
      assert.equal(source()?.state, "ok", where);
      return;
    } catch (failure) {
      if (performance.now() > giveUpAt) {
        throw failure;
      }
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Ends when the source is in that state. Fails when it does not come to be. */
export async function untilSource({ source }: FaultyWatch, state: SourceRow["state"]): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (source()?.state !== state) {
    assert(performance.now() < giveUpAt, `the source is ${source()?.state}, not ${state}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Something in a namespace that is changed all the time, past the way that is disturbed. */
export type Churn = Readonly<{
  namespace: string;
  /** Changes things until told to stop; resolves when the last change is answered. */
  during(work: () => Promise<unknown>): Promise<void>;
  /** Deletes the namespace with all that is in it, and makes it again under the same name. */
  makeAnew(): Promise<void>;
}>;

const DEPLOYMENTS = ["web", "api", "jobs"] as const;
const LONE_PODS = ["lone-0", "lone-1", "lone-2"] as const;
/** Grace period in seconds of a deletion that waits for nobody. */
const AT_ONCE = 0;

const pod = (name: string, namespace: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace },
  spec: { containers: [{ name: "main", image: "registry.example/main:1.0" }] },
});

function deployment(name: string, namespace: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: pod(name, namespace).spec };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec };
}

/** Makes Deployments and pods in a namespace of their own. */
export async function openChurn(admin: string, namespace: string): Promise<Churn> {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(admin);
  const api = KubernetesObjectApi.makeApiClient(kubeconfig);

  async function fill(): Promise<void> {
    await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    for (const name of DEPLOYMENTS) {
      await api.create(deployment(name, namespace));
    }
    for (const name of LONE_PODS) {
      await api.create(pod(name, namespace));
    }
  }

  async function changeSomething(): Promise<void> {
    const header = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: oneOf(DEPLOYMENTS), namespace } };
    const kind = randomInt(4);
    if (kind === 0) {
      await api.patch({ ...header, ...{ spec: { replicas: randomInt(6) } } });
    } else if (kind === 1) {
      const metadata = { annotations: { changed: String(performance.now()) } };
      await api.patch({ ...header, ...{ spec: { template: { metadata } } } });
    } else {
      await replace(pod(oneOf(LONE_PODS), namespace));
    }
  }

  /** The same name again, and another object. */
  async function replace(object: KubernetesObject): Promise<void> {
    // The kubelet that is played here may have deleted it by its name already, for its predecessor.
    await unlessGone(api.delete(object, undefined, undefined, AT_ONCE));
    await api.create(object);
  }

  await fill();
  return {
    namespace,
    async during(work) {
      let isOver = false;
      const change = async () => {
        while (!isOver) {
          await changeSomething();
        }
      };
      const end = () => {
        isOver = true;
      };
      await Promise.all([change(), work().finally(end)]);
    },
    async makeAnew() {
      const header = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await api.delete(header);
      const giveUpAt = performance.now() + PATIENCE_MS;
      while ((await unlessGone(api.read(header))) !== undefined) {
        assert(performance.now() < giveUpAt, `namespace ${namespace} does not go away`);
        await sleep(LOOK_AGAIN_MS);
      }
      await fill();
    },
  };
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (failure) {
    if (failure instanceof ApiException && failure.code === 404) {
      return undefined;
    }
    throw failure;
  }
}

function oneOf<T>(all: readonly [T, ...T[]]): T {
  return all[randomInt(all.length)] ?? all[0];
}

const toxic = (type: Toxic["type"], attributes: Toxic["attributes"]) => (way: FaultyWay) =>
  way.poison({ type, stream: "downstream", attributes });

/** Every way in which a network fails; sizes in bytes (bandwidth in kB/s), times in ms (the slicer's in µs). */
const FAULTS: Readonly<Record<string, (way: FaultyWay) => Promise<void>>> = {
  cut: (way) => way.cut(),
  hang: toxic("timeout", { timeout: 0 }),
  reset: toxic("reset_peer", { timeout: 0 }),
  slow: toxic("latency", { latency: 150, jitter: 100 }),
  sliced: toxic("slicer", { average_size: 100, size_variation: 90, delay: 20 }),
  narrow: toxic("bandwidth", { rate: 20 }),
  "cut after some bytes": (way) => toxic("limit_data", { bytes: randomInt(20_000) })(way),
};
const LONGEST_FAULT_MS = 400;

/** Disturbs the way `count` times under churn, and fails where the view does not come to hold the truth after each. */
export async function disturb(watch: FaultyWatch, churn: Churn, truth: Truth, count: number): Promise<void> {
  const names = Object.keys(FAULTS);
  for (let round = 0; round < count; round += 1) {
    // Each of them comes before one comes again.
    const name = names[round % names.length] ?? "cut";
    await churn.during(async () => {
      await FAULTS[name]?.(watch.way);
      await sleep(randomInt(LONGEST_FAULT_MS));
      await watch.way.heal();
    });
    await assertHoldsTheTruth(watch, truth, churn.namespace, `after ${name}, fault ${round + 1} of ${count}`);
  }
}
