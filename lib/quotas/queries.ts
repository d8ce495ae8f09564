import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Labels, Pod, ResourceQuota, Workload } from "#lib/clusters/model.ts";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor, sayUnknown } from "#lib/environments/queries.ts";
import { findPlatform, type PlatformLabels } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { type ClusterObjects, podsOf } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { addDemands, type Capacity, capacityOf, holdsDemand, roomOf } from "./capacity.ts";
import { type LabelShare, type Owned, priced, sharesBy } from "./costs.ts";
import { type Fit, fitOf } from "./fit.ts";
import { sayLimits } from "./limits.ts";
import {
  byLeastLeft,
  headroomQuantity,
  isLeftOut,
  type PodDemand,
  type QuotaRow,
  quantityToNumber,
  quotaUse,
} from "./model.ts";
import { listSamples, type QuotaKey, type StoredSample } from "./store.ts";
import { type Trend, trendOf } from "./trend.ts";

const HISTORY_MS = 30 * 86_400_000;

export type QuotaItem = QuotaRow & Readonly<{ headroom: string | null; trend: Trend }>;

/** A namespace of an environment in which nothing is bounded. */
export type Unlimited = Readonly<{ environment: string; cluster: string; namespace: string }>;

/** `unknown`: what cannot be said at all, each in a sentence. */
export type QuotaAnswer = Envelope<QuotaItem> &
  Readonly<{ unlimited: readonly Unlimited[]; unknown: readonly string[] }>;

/** Each resource of each quota, least headroom first, and the namespaces without any quota. */
export async function listQuotas(runtime: Runtime, person: Person, environmentId?: string): Promise<QuotaAnswer> {
  const environments = environmentsFor(runtime, person, environmentId);
  const ids = new Set(environments.map((row) => row.id));
  const rows = runtime.ring.list("quota").filter((row) => ids.has(row.environment));
  const history = await historyOf(runtime, environments);
  const items = rows.toSorted(byLeastLeft).map((row) => ({
    ...row,
    headroom: headroomQuantity(row) ?? null,
    trend: trendIn(history, row),
  }));
  return {
    ...envelopeOf(runtime, environments, items),
    unlimited: environments.flatMap((environment) => unlimitedIn(runtime, environment)),
    unknown: sayUnknown(runtime, environments, ["ResourceQuota", "Namespace"]),
  };
}

type History = ReadonlyMap<string, readonly StoredSample[]>;

const keyOf = ({ cluster, namespace, quota, resource }: QuotaKey) =>
  JSON.stringify([cluster, namespace, quota, resource]);

async function historyOf(runtime: Runtime, environments: readonly EnvironmentRow[]): Promise<History> {
  const since = new Date(runtime.clock().getTime() - HISTORY_MS);
  return Map.groupBy(await listSamples(runtime.db, environments, since), keyOf);
}

function samplesIn(history: History, row: QuotaRow): { at: number; requested: number; hard: number }[] {
  return (history.get(keyOf(row)) ?? []).flatMap(({ hour, hard, requested }) => {
    const [most, asked] = [quantityToNumber(hard), quantityToNumber(requested)];
    return most === undefined || asked === undefined ? [] : [{ at: hour.getTime(), requested: asked, hard: most }];
  });
}

function trendIn(history: History, row: QuotaRow): Trend {
  const use = quotaUse(row);
  return use === undefined ? { state: "short", since: null } : trendOf(samplesIn(history, row), use);
}

function unlimitedIn(runtime: Runtime, environment: EnvironmentRow): Unlimited[] {
  const objects = runtime.view.objects(environment.cluster);
  if (objects === undefined || !areKindsSeen(environment, ["ResourceQuota", "Namespace"], runtime.ring.rows().source)) {
    return [];
  }
  const known = new Set([...objects.Namespace.all()].map(({ name }) => name));
  return environment.namespaces
    .filter((namespace) => known.has(namespace) && objects.ResourceQuota.by("namespace", namespace).length === 0)
    .map((namespace) => ({ environment: environment.id, cluster: environment.cluster, namespace }));
}

/** What one service takes of a quota. `requested` and `measured` are in the resource's base unit, null where not known. */
export type QuotaTaker = Readonly<{ service: string; pods: number; requested: number; measured: number | null }>;

export type WorkloadFit = Readonly<{ workload: string; kind: string; name: string; fit: Fit }>;

/** All that stands behind one quota resource, beside its row. */
export type QuotaDetail = Readonly<{
  /** `<cluster>/<uid>/<resource>` */
  id: string;
  trend: Trend;
  /** In the resource's base unit, oldest first. */
  history: readonly Readonly<{ at: number; requested: number; hard: number }>[];
  /** What the LimitRanges of its namespace give and forbid. */
  limits: readonly string[];
  /** Most first; null where it is a resource of which Gatehouse does not know who takes it. */
  takers: readonly QuotaTaker[] | null;
  /** What would fit beside what is there, least first. */
  fits: readonly WorkloadFit[];
  scopes: readonly string[];
  unknown: readonly string[];
  asOf: string;
}>;

/** What stands behind one quota resource. Throws not_found for one that is not there for this person. */
export async function readQuota(runtime: Runtime, person: Person, id: string): Promise<QuotaDetail> {
  const row = runtime.ring.rows().quota.get(id);
  const environment = environmentsFor(runtime, person, undefined).find((one) => one.id === row?.environment);
  const objects = row && runtime.view.objects(row.cluster);
  const quota = objects?.ResourceQuota.get(id.split("/")[1] ?? "");
  if (row === undefined || environment === undefined || objects === undefined || quota === undefined) {
    throw new GatehouseError("not_found", "There is no such quota.");
  }
  const history = await historyOf(runtime, [environment]);
  return {
    id,
    trend: trendIn(history, row),
    history: samplesIn(history, row),
    limits: sayLimits(objects.LimitRange.by("namespace", row.namespace)),
    takers: quota.scopes.length > 0 ? null : takersOf(runtime, objects, row),
    fits: areKindsSeen(environment, FITTED_KINDS, runtime.ring.rows().source) ? fitsIn(objects, quota) : [],
    scopes: quota.scopes,
    unknown: sayUnknown(runtime, [environment], FITTED_KINDS),
    asOf: runtime.clock().toISOString(),
  };
}

const FITTED_KINDS = ["ResourceQuota", "LimitRange", "Node", "Pod", "Deployment", "StatefulSet", "ReplicaSet"];

const TAKEN: Readonly<Record<string, keyof PodDemand>> = {
  cpu: "cpuCores",
  "requests.cpu": "cpuCores",
  memory: "memoryBytes",
  "requests.memory": "memoryBytes",
  pods: "pods",
  "count/pods": "pods",
};

function takersOf(runtime: Runtime, objects: ClusterObjects, row: QuotaRow): QuotaTaker[] | null {
  const amount = TAKEN[row.resource];
  if (amount === undefined) {
    return null;
  }
  const usage = runtime.view.usage(row.cluster);
  const nowMs = runtime.clock().getTime();
  const measuredOf = (pods: readonly Pod[]) =>
    usage.state !== "measured" ||
    amount === "pods" ||
    pods.some((pod) => usage.unreadable.has(pod.namespace) || isLeftOut(usage.pods, pod, nowMs))
      ? null
      : pods.reduce((sum, { namespace, name }) => sum + (usage.pods.get(`${namespace}/${name}`)?.[amount] ?? 0), 0);
  const pods = objects.Pod.by("namespace", row.namespace).filter(holdsDemand);
  return [...Map.groupBy(pods, (pod) => makerOf(objects, pod).service)]
    .map(([service, theirs]) => ({
      service,
      pods: theirs.length,
      requested: addDemands(theirs.map(({ demand }) => demand))[amount],
      measured: measuredOf(theirs),
    }))
    .sort((a, b) => b.requested - a.requested);
}

/** What made a pod, as people call it, and the labels that it carries for them; a pod that nobody made stands for itself. */
function makerOf(objects: ClusterObjects, pod: Pod): { service: string; labels: Labels } {
  const owner = pod.ownerUid ?? "";
  const workload = objects.Workload.get(objects.ReplicaSet.get(owner)?.ownerUid ?? owner);
  if (workload !== undefined) {
    return { service: workload.service, labels: { ...workload.template.labels, ...workload.labels } };
  }
  const job = objects.Job.get(owner);
  const cronJob = objects.CronJob.get(job?.ownerUid ?? "");
  return { service: cronJob?.name ?? job?.name ?? pod.name, labels: { ...job?.labels, ...cronJob?.labels } };
}

function fitsIn(objects: ClusterObjects, { namespace }: ResourceQuota): WorkloadFit[] {
  const workloads = objects.Workload.by("namespace", namespace);
  const place = {
    quotas: objects.ResourceQuota.by("namespace", namespace),
    limitRanges: objects.LimitRange.by("namespace", namespace),
    nodes: [...objects.Node.all()],
    rooms: roomOf(objects.Node.all(), (node) => objects.Pod.by("node", node)),
    neighbours: workloads.map((workload) => ({ workload, nodes: nodesOf(objects, workload) })),
  };
  return workloads
    .filter(({ kind }) => kind !== "DaemonSet")
    .map((workload) => ({
      workload: workload.uid,
      kind: workload.kind,
      name: workload.name,
      fit: fitOf({ workload, ...place }),
    }))
    .sort((a, b) => (a.fit.more ?? -1) - (b.fit.more ?? -1) || a.name.localeCompare(b.name));
}

function nodesOf(objects: ClusterObjects, workload: Workload): string[] {
  return podsOf(objects, workload)
    .filter(holdsDemand)
    .flatMap(({ node }) => node ?? []);
}

export type CapacityItem = Capacity & Readonly<{ cluster: string }>;
export type CapacityAnswer = Envelope<CapacityItem> & Readonly<{ unknown: readonly string[] }>;

/** What each cluster can give and who takes it; what is not of an environment that the person may see is told as one. */
export function listCapacity(runtime: Runtime, person: Person, environmentId?: string): CapacityAnswer {
  const visible = environmentsFor(runtime, person, undefined);
  const environments = environmentsFor(runtime, person, environmentId);
  const seen = environments.filter((environment) =>
    areKindsSeen(environment, ["Node", "Pod"], runtime.ring.rows().source),
  );
  const items = [...new Set(seen.map(({ cluster }) => cluster))].flatMap((cluster) => {
    const objects = runtime.view.objects(cluster);
    const owners = new Map(
      visible
        .filter((one) => one.cluster === cluster)
        .flatMap(({ id, namespaces }) => namespaces.map((namespace) => [namespace, id] as const)),
    );
    return objects === undefined
      ? []
      : [{ cluster, ...capacityOf([...objects.Node.all()], objects.Pod.all(), (name) => owners.get(name)) }];
  });
  return {
    ...envelopeOf(runtime, environments, items),
    unknown: sayUnknown(runtime, environments, ["Node", "Pod"]),
  };
}

/** What of a platform's requested capacity carries one value of a label. */
export type ShareItem = LabelShare & Readonly<{ platform: string; by: "team" | "product" }>;

/** What a platform requests in all the environments that were asked for. `labels` without a key: gatehouse.yaml names none. */
export type PlatformTotal = Omit<LabelShare, "name"> &
  Readonly<{ platform: string; labels: Omit<PlatformLabels, "role"> }>;

export type ShareAnswer = Envelope<ShareItem> &
  Readonly<{ totals: readonly PlatformTotal[]; unknown: readonly string[] }>;

const OWNED_KINDS = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];

/** Requested capacity by team and by product, with what it costs a month where the platform has prices. */
export function listShares(runtime: Runtime, person: Person, environmentId?: string): ShareAnswer {
  const environments = environmentsFor(runtime, person, environmentId);
  const seen = environments.filter((environment) => areKindsSeen(environment, OWNED_KINDS, runtime.ring.rows().source));
  const platforms = [...Map.groupBy(seen, ({ platform }) => platform)].flatMap(([id, theirs]) => {
    const platform = findPlatform(runtime.estate, id);
    return platform === undefined ? [] : [{ platform, owned: theirs.flatMap((one) => ownedIn(runtime, one)) }];
  });
  const items = platforms.flatMap(({ platform: { id, labels, prices }, owned }) =>
    (["team", "product"] as const).flatMap((by) => {
      const key = labels[by];
      return key === undefined ? [] : sharesBy(key, owned, prices).map((share) => ({ platform: id, by, ...share }));
    }),
  );
  return {
    ...envelopeOf(runtime, environments, items),
    totals: platforms.map(({ platform: { id, labels, prices }, owned }) => ({
      platform: id,
      labels: { team: labels.team, product: labels.product },
      ...priced(addDemands(owned.map(({ demand }) => demand)), prices),
    })),
    unknown: sayUnknown(runtime, environments, OWNED_KINDS),
  };
}

function ownedIn(runtime: Runtime, { cluster, namespaces }: EnvironmentRow): Owned[] {
  const objects = runtime.view.objects(cluster);
  return namespaces.flatMap((namespace) =>
    (objects?.Pod.by("namespace", namespace) ?? [])
      .filter(holdsDemand)
      .map((pod) => ({ labels: objects === undefined ? {} : makerOf(objects, pod).labels, demand: pod.demand })),
  );
}
