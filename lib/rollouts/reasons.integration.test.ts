import { randomUUID } from "node:crypto";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import * as z from "zod";
import type { Workload } from "#lib/clusters/model.ts";
import { parseEstate } from "#lib/estate/load.ts";
import { systemClock } from "#lib/platform/clock.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { watchCluster } from "#lib/watch/cluster-watch.ts";
import { createEstateView, type EstateView } from "#lib/watch/estate-view.ts";
import { createRing } from "#lib/watch/ring.ts";
import { rolloutFacts } from "#lib/watch/rollouts-seen.ts";
import type { StuckCode, WorkloadRow } from "./model.ts";
import { reasonsOf } from "./reasons.ts";
import { controllerRevisionsOf, revisionsOf } from "./revisions.ts";

/** For what the cluster does in its own time. */
const PATIENCE = { timeout: 60_000, interval: 50 };
const namespace = `rollouts-${randomUUID().slice(0, 8)}`;
/** A namespace with rules of its own for pods. */
const strict = `${namespace}-strict`;
const node = `node-${namespace}`;
const watching = new AbortController();

const ESTATE = parseEstate(
  `version: 1
clusters: [{ id: real, kubeconfig: kubeconfig }]
platforms:
  - id: real
    name: Real
    environments: [{ id: live, tier: live, cluster: real, namespaces: [${namespace}, ${strict}] }]
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);

/** One object as it came, and what the row of its workload said as soon as it had been taken. */
type Taken = Readonly<{ kind: WatchedKind; object: Told; rows: ReadonlyMap<string, WorkloadRow> }>;

const Condition = z.object({ type: z.string(), status: z.string(), reason: z.string().optional() });
const Told = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.object({ paused: z.boolean().optional() }).optional(),
  status: z
    .object({
      conditions: z.array(Condition).optional(),
      containerStatuses: z
        .array(z.object({ state: z.object({ waiting: z.object({ reason: z.string() }).optional() }) }))
        .optional(),
    })
    .optional(),
});
type Told = z.infer<typeof Told>;

let api: KubernetesObjectApi;
let view: EstateView;
const ring = createRing(100);
const taken: Taken[] = [];

beforeAll(async () => {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(inject("kubeconfigs").admin);
  api = KubernetesObjectApi.makeApiClient(kubeconfig);
  await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: strict, labels } });
  await api.create({
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "bounds", namespace: strict },
    ...{ spec: { limits: [{ type: "Container", max: { cpu: "2" }, min: { memory: "32Mi" } }] } },
  });
  view = createEstateView(ESTATE, { ring, pods: createRing(100) }, systemClock);
  const cluster = openCluster({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined });
  const keeping = {
    ...view,
    changed(id: string, kind: WatchedKind, object: unknown) {
      view.changed(id, kind, object);
      const told = Told.safeParse(object).data;
      if ([namespace, strict].includes(told?.metadata.namespace ?? "") && told !== undefined) {
        view.flush();
        taken.push({ kind, object: told, rows: new Map(ring.rows().workload) });
      }
    },
  };
  const watch = { cluster, view: keeping, ring, clock: systemClock, log: pino({ level: "silent" }) };
  watchCluster(watch, watching.signal).catch((failure: unknown) => {
    expect.unreachable(String(failure));
  });
});

afterAll(async () => {
  watching.abort();
  view.stop();
  for (const name of [namespace, strict]) {
    await api.delete({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
});

const RESOURCES = { requests: { cpu: "100m", memory: "64Mi" } };

function deployment(name: string, template: object = {}, labels: object = {}, spec: object = {}): KubernetesObject {
  const pods = {
    containers: [{ name: "main", image: "registry.example/main:1.0", resources: RESOURCES }],
    ...template,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    ...{
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name, ...labels } }, spec: pods },
        ...spec,
      },
    },
  };
}

function jobSpec(failure: string, spec: object = {}, container: object = {}): object {
  const containers = [{ name: "main", image: "registry.example/main:1.0", resources: RESOURCES, ...container }];
  const labels = { "kwok.gatehouse.dev/failure": failure };
  return { template: { metadata: { labels }, spec: { restartPolicy: "Never", containers } }, ...spec };
}

function job(name: string, spec: object, madeBy?: KubernetesObject): KubernetesObject {
  const { uid = "" } = madeBy?.metadata ?? {};
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name: madeBy?.metadata?.name ?? "", uid, controller: true };
  const ownerReferences = madeBy === undefined ? [] : [owner];
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace, ownerReferences }, ...{ spec } };
}

/** The same in the namespace with rules of its own. */
function inStrict(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: strict } };
}

const rowNamed = (name: string) => [...ring.rows().workload.values()].find((row) => row.name === name);

function workloadNamed(name: string): Workload {
  const found = view.workloads("real/live").find(({ workload }) => workload.name === name);
  if (found === undefined) {
    throw new Error(`${name} has not been seen`);
  }
  return found.workload;
}

/**
 * What the row said as soon as the object that tells of the trouble had been taken, with those between it and its Deployment:
 * each kind comes by a watch of its own, in any order.
 */
async function saidAtOnce(name: string, tells: (one: Taken) => boolean): Promise<WorkloadRow["rollout"] | undefined> {
  const isOf = ({ object }: Taken) => object.metadata.name === name || object.metadata.name.startsWith(`${name}-`);
  const firsts = await vi.waitFor(() => {
    const chain = [tells, (one: Taken) => one.kind === "Deployment", (one: Taken) => one.kind === "ReplicaSet"];
    const found = chain.map((fits) => taken.findIndex((one) => isOf(one) && fits(one)));
    expect(found).not.toContain(-1);
    return found;
  }, PATIENCE);
  const whole = taken[Math.max(...firsts)];
  return [...(whole?.rows.values() ?? [])].find((row) => row.name === name)?.rollout;
}

const has = (type: string, status: string) => (one: Taken) =>
  one.object.status?.conditions?.some((condition) => condition.type === type && condition.status === status) ?? false;

const waitsFor = (reason: RegExp) => (one: Taken) =>
  one.object.status?.containerStatuses?.some(({ state }) => reason.test(state.waiting?.reason ?? "")) ?? false;

describe("what the real cluster says of a rollout is its reason with the very object that tells it, not at a later look:", () => {
  it.each<[string, StuckCode, KubernetesObject, (one: Taken) => boolean, RegExp]>([
    [
      "an image that is not there",
      "image",
      deployment("image", {}, { "kwok.gatehouse.dev/failure": "image-pull" }),
      waitsFor(/^(ErrImagePull|ImagePullBackOff)$/),
      /^image-\S+ cannot pull the image of main \(/,
    ],
    [
      "a crash loop",
      "crash_loop",
      deployment("crash", {}, { "kwok.gatehouse.dev/failure": "crash-loop" }),
      waitsFor(/^CrashLoopBackOff$/),
      /^main in crash-\S+ does not stay up \(CrashLoopBackOff, last exit code 1, /,
    ],
    [
      "too little room on the nodes",
      "unschedulable",
      deployment("large", {
        containers: [{ name: "main", image: "main:1", resources: { requests: { cpu: "999" } } }],
        tolerations: [{ operator: "Exists" }],
      }),
      has("PodScheduled", "False"),
      /^none of \d+ nodes takes large-\S+: .*too little CPU free on \d+/,
    ],
    [
      "a claim that does not exist",
      "volume",
      deployment("volume", {
        containers: [{ name: "main", image: "main:1", resources: RESOURCES }],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "missing" } }],
      }),
      has("PodScheduled", "False"),
      /^volume-\S+ does not get its volume: claim missing does not exist$/,
    ],
    [
      "a service account that does not exist",
      "rejected",
      deployment("account", { serviceAccountName: "nobody" }),
      has("ReplicaFailure", "True"),
      /^the pod's service account nobody does not exist$/,
    ],
    [
      "what the LimitRange forbids",
      "limit_range",
      inStrict(
        deployment("bounds", {
          containers: [{ name: "main", image: "main:1", resources: { limits: { cpu: "3", memory: "16Mi" } } }],
        }),
      ),
      has("ReplicaFailure", "True"),
      /^the namespace's LimitRange refuses the pod: (?=.*maximum cpu usage per Container is 2, but limit is 3)(?=.*minimum memory usage per Container is 32Mi, but request is 16Mi)/,
    ],
    [
      "what the pod security level forbids",
      "rejected",
      inStrict(
        deployment("host", {
          hostNetwork: true,
          containers: [{ name: "main", image: "main:1", resources: { limits: { cpu: "1", memory: "64Mi" } } }],
        }),
      ),
      has("ReplicaFailure", "True"),
      /^pod security level baseline:latest refuses the pod: host namespaces \(hostNetwork=true\)/,
    ],
  ])("%s", async (_what, code, object, tells, words) => {
    await api.create(object);
    expect(await saidAtOnce(object.metadata?.name ?? "", tells)).toMatchObject({
      state: "stuck",
      reason: { code, message: expect.stringMatching(words), since: expect.stringMatching(/Z$/) },
    });
  });

  it("a pause", async () => {
    await api.create(deployment("paused", {}, {}, { paused: true }));
    await vi.waitFor(() => {
      expect(rowNamed("paused")?.rollout).toMatchObject({ state: "paused", reason: { code: "paused" } });
    }, PATIENCE);
  });

  it("a quota, with its numbers and its name, of a Deployment and of a StatefulSet", async () => {
    await api.create({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "tight", namespace },
      ...{ spec: { hard: { "requests.storage": "1Gi", "requests.cpu": "50" } } },
    });
    await vi.waitFor(() => {
      const cpu = [...ring.rows().quota.values()].find((row) => row.resource === "requests.cpu");
      expect(cpu?.requested).toEqual(expect.any(String));
    }, PATIENCE);
    const greedy = { containers: [{ name: "main", image: "main:1", resources: { requests: { cpu: "60" } } }] };
    await api.create(deployment("greedy", greedy));
    const quota = { name: "tight", resource: "requests.cpu" };
    const words =
      /^quota tight leaves no room: needs requests\.cpu=60, in use requests\.cpu=\S+, limit requests\.cpu=50/;
    expect(await saidAtOnce("greedy", has("ReplicaFailure", "True"))).toMatchObject({
      state: "stuck",
      reason: { code: "quota", quota, message: expect.stringMatching(words) },
    });
    const set = deployment("greedy-set", greedy, {}, { serviceName: "none" });
    await api.create({ ...set, kind: "StatefulSet" });
    await vi.waitFor(() => {
      expect(rowNamed("greedy-set")?.rollout).toMatchObject({ state: "stuck", reason: { code: "quota", quota } });
    }, PATIENCE);
    await api.delete({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "tight", namespace } });
  });
});

describe("what the real cluster says of a Job is the reason of its row:", () => {
  it.each<[string, StuckCode, KubernetesObject, RegExp]>([
    [
      "an image that is not there",
      "image",
      job("job-image", jobSpec("image-pull")),
      /^job-image-\S+ cannot pull the image of main \(/,
    ],
    [
      "a back-off limit",
      "job_failed",
      job("job-backoff", jobSpec("job", { backoffLimit: 0 })),
      /^job-backoff has failed \(BackoffLimitExceeded\): /,
    ],
    [
      "a deadline",
      "job_failed",
      job("job-deadline", jobSpec("image-pull", { activeDeadlineSeconds: 1 })),
      /^job-deadline has failed \(DeadlineExceeded\): /,
    ],
    [
      "too little room on the nodes",
      "unschedulable",
      job("job-large", jobSpec("none", {}, { resources: { requests: { cpu: "999" } } })),
      /^none of \d+ nodes takes job-large-\S+: /,
    ],
  ])("%s", async (_what, code, object, words) => {
    await api.create(object);
    await vi.waitFor(() => {
      expect(rowNamed(object.metadata?.name ?? "")).toMatchObject({
        kind: "Job",
        rollout: { state: "stuck", reason: { code, message: expect.stringMatching(words) } },
      });
    }, PATIENCE);
  });

  it("a quota, with its numbers and its name", async () => {
    const quota = { name: "no-pods", resource: "requests.ephemeral-storage" };
    await api.create({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: quota.name, namespace: strict },
      ...{ spec: { hard: { [quota.resource]: "1Gi" } } },
    });
    await vi.waitFor(() => {
      const row = [...ring.rows().quota.values()].find(({ resource }) => resource === quota.resource);
      expect(row?.requested).toEqual(expect.any(String));
    }, PATIENCE);
    const requests = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "2Gi" };
    await api.create(inStrict(job("job-quota", jobSpec("none", {}, { resources: { requests } }))));
    const words =
      /^quota no-pods leaves no room: needs requests\.ephemeral-storage=2Gi, .*limit requests\.ephemeral-storage=1Gi/;
    await vi.waitFor(() => {
      expect(rowNamed("job-quota")?.rollout).toMatchObject({
        state: "stuck",
        reason: { code: "quota", quota, message: expect.stringMatching(words) },
      });
    }, PATIENCE);
    await api.delete({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: quota.name, namespace: strict } });
  });
});

it("a CronJob stands as the Job that it made last, which has no row beside it, and is paused while it is suspended", async () => {
  const cronJob = (suspend: boolean): KubernetesObject => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", namespace },
    ...{ spec: { schedule: "0 0 1 1 *", suspend, jobTemplate: { spec: jobSpec("none") } } },
  });
  const made = await api.create(cronJob(false));
  await vi.waitFor(() => expect(rowNamed("nightly")?.rollout.state).toBe("done"), PATIENCE);
  await api.create(job("nightly-1", jobSpec("job", { backoffLimit: 0 }), made));
  await vi.waitFor(() => {
    expect(rowNamed("nightly")).toMatchObject({
      kind: "CronJob",
      rollout: {
        state: "stuck",
        reason: {
          code: "job_failed",
          message: expect.stringMatching(/^nightly-1 has failed \(BackoffLimitExceeded\): /),
        },
      },
    });
  }, PATIENCE);
  expect(rowNamed("nightly-1")).toBeUndefined();
  const patch = [undefined, undefined, undefined, undefined, "application/merge-patch+json"] as const;
  await api.patch(cronJob(true), ...patch);
  await vi.waitFor(() => expect(rowNamed("nightly")?.rollout.state).toBe("paused"), PATIENCE);
});

it("a StatefulSet whose claim gets no volume names the claim and why, and is done once there is a volume", async () => {
  const name = "keeper";
  const storageClassName = `${namespace}-none`;
  const resources = { requests: { storage: "1Gi" } };
  const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources } };
  const set = deployment(name, {}, {}, { replicas: 1, serviceName: "none", volumeClaimTemplates: [claim] });
  await api.create({ ...set, kind: "StatefulSet" });
  await vi.waitFor(() => {
    expect(rowNamed(name)?.rollout).toMatchObject({
      state: "stuck",
      reason: {
        code: "volume",
        message: `volume claim data-keeper-0 is pending: storageclass.storage.k8s.io "${storageClassName}" not found`,
      },
    });
  }, PATIENCE);
  const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: storageClassName } };
  const hostPath = { path: "/tmp/keeper" };
  const capacity = { storage: "2Gi" };
  await api.create({
    ...volume,
    ...{ spec: { storageClassName, capacity, accessModes: ["ReadWriteOnce"], hostPath } },
  });
  await vi.waitFor(() => {
    expect(rowNamed(name)?.rollout.state).toBe("done");
    expect(view.objects("real")?.VolumeClaim.by("path", `${namespace}/data-keeper-0`)).toMatchObject([
      { phase: "Bound", requested: "1Gi", capacity: "2Gi", storageClass: storageClassName, volume: storageClassName },
    ]);
  }, PATIENCE);
  await api.delete(volume);
});

it("a drain that a budget holds up is named", async () => {
  await api.create({ apiVersion: "v1", kind: "Node", metadata: { name: node }, ...{ spec: { unschedulable: true } } });
  const pinned = { nodeName: node, containers: [{ name: "main", image: "main:1", resources: RESOURCES }] };
  await api.create(deployment("pinned", pinned, { "kwok.gatehouse.dev/failure": "never-ready" }));
  await api.create({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "pinned", namespace },
    ...{ spec: { minAvailable: 2, selector: { matchLabels: { app: "pinned" } } } },
  });
  await vi.waitFor(() => {
    const facts = rolloutFacts(view.objects("real"), workloadNamed("pinned"), Date.now());
    expect(reasonsOf(facts)).toContainEqual({
      code: "eviction",
      message: `${node} takes no new pods and cannot be drained: PodDisruptionBudget pinned lets none of 2 go now`,
    });
  }, PATIENCE);
  await api.delete({ apiVersion: "v1", kind: "Node", metadata: { name: node } });
});

it.each(["StatefulSet", "DaemonSet"])(
  "a %s has its revisions with their images and causes from the real cluster",
  async (kind) => {
    const name = `kept-${kind.toLowerCase()}`;
    const of = (image: string, cause: string): KubernetesObject => {
      const { spec } = z.object({ spec: z.record(z.string(), z.unknown()) }).parse(deployment(name));
      const { replicas, ...rest } = spec;
      const containers = [{ name: "main", image, resources: RESOURCES }];
      const template = { metadata: { labels: { app: name } }, spec: { containers } };
      return {
        apiVersion: "apps/v1",
        kind,
        metadata: { name, namespace, annotations: { "kubernetes.io/change-cause": cause } },
        ...{ spec: { ...rest, ...(kind === "StatefulSet" && { replicas, serviceName: "none" }), template } },
      };
    };
    const revisions = () => {
      const kept = view.objects("real")?.ControllerRevision.by("owner", workloadNamed(name).uid) ?? [];
      return controllerRevisionsOf(kept).map(({ number, isCurrent, changeCause, images }) => [
        number,
        isCurrent,
        changeCause,
        ...images,
      ]);
    };
    await api.create(of("main:1", "the first"));
    await vi.waitFor(() => expect(revisions()).toEqual([[1, true, "the first", "main:1"]]), PATIENCE);
    const patch = [undefined, undefined, undefined, undefined, "application/merge-patch+json"] as const;
    await api.patch(of("main:2", "the second"), ...patch);
    await vi.waitFor(() => {
      expect(revisions()).toEqual([
        [2, true, "the second", "main:2"],
        [1, false, "the first", "main:1"],
      ]);
      expect(rowNamed(name)).toMatchObject({ rolloutRevision: "2", changeCause: "the second" });
    }, PATIENCE);
    await api.patch(of("main:1", "back again"), ...patch);
    await vi.waitFor(() => {
      expect(revisions().map(([number, isCurrent, , image]) => [number, isCurrent, image])).toEqual([
        [3, true, "main:1"],
        [2, false, "main:2"],
      ]);
    }, PATIENCE);
  },
);

it("what comes back to life is done, and its revisions tell what it was", async () => {
  await api.create(deployment("healed", {}, { "kwok.gatehouse.dev/failure": "image-pull" }));
  await vi.waitFor(() => expect(rowNamed("healed")?.rollout.state).toBe("stuck"), PATIENCE);
  const metadata = { name: "healed", namespace, annotations: { "kubernetes.io/change-cause": "the right image" } };
  await api.patch(
    {
      ...deployment("healed"),
      metadata,
      ...{ spec: { template: { metadata: { labels: { "kwok.gatehouse.dev/failure": null } } } } },
    },
    undefined,
    undefined,
    undefined,
    undefined,
    "application/merge-patch+json",
  );
  await vi.waitFor(() => {
    expect(rowNamed("healed")?.rollout).toMatchObject({ state: "done", reason: null, available: 2 });
    const sets = view.objects("real")?.ReplicaSet.by("owner", workloadNamed("healed").uid) ?? [];
    expect(
      revisionsOf(workloadNamed("healed"), sets).map(({ number, isCurrent, changeCause }) => [
        number,
        isCurrent,
        changeCause,
      ]),
    ).toEqual([
      [2, true, "the right image"],
      [1, false, null],
    ]);
  }, PATIENCE);
});
