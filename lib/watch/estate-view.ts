import "server-only";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { type Environment, type Estate, findPlatform, type Platform } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { breakGlassFor, policyFor } from "#lib/policies/policy.ts";
import type { QuotaRow } from "#lib/quotas/model.ts";
import { releaseOf } from "#lib/releases/image.ts";
import { type Rollout, rolloutOf, type Workload } from "#lib/rollouts/model.ts";
import type { ServiceRow } from "#lib/services/model.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { type Projected, type ResourceQuota, translate } from "#lib/systems/kubernetes/translate.ts";
import { type ClusterObjects, holdClusterObjects, podsOf, workloadsBehind } from "./cluster-objects.ts";
import type { Change } from "./model.ts";
import type { Ring } from "./ring.ts";

/** A workload with where its rollout stands. */
export type SeenWorkload = Readonly<{ workload: Workload; rollout: Rollout; cluster: string; environment: string }>;

/** What Git says of an environment, kept beside what the cluster says. */
export type EnvironmentHead = Readonly<{
  head: string | null;
  behind: number | null;
  /** By service: commits of the environment before that are not here. */
  services: ReadonlyMap<string, { commits: number; migrations: number }>;
}>;

export type EstateView = Readonly<{
  changed(cluster: string, kind: WatchedKind, object: unknown): void;
  removed(cluster: string, kind: WatchedKind, uid: string): void;
  listed(cluster: string, kind: WatchedKind, uids: ReadonlySet<string>): void;
  headMoved(environmentId: string, head: EnvironmentHead): void;
  /** Shows the environments by the policies of another gatehouse.yaml. */
  configured(next: Pick<Estate, "policies" | "breakGlass">): void;
  /** The workloads of an environment as last seen. */
  workloads(environmentId: string): SeenWorkload[];
  /** Publishes what waits to be published, now. */
  flush(): void;
  stop(): void;
}>;

/** Changes of one burst are published together, within this time. */
const COALESCE_MS = 4;
/** Some states come with time alone, such as a probe that has failed for too long. */
const RECHECK_MS = 2000;

/** Turns the objects of all clusters into rows, recomputing only the rows that a change can touch. */
export function createEstateView(estate: Estate, ring: Ring, clock: Clock): EstateView {
  const clusters = new Map(estate.clusters.map((cluster) => [cluster.id, holdClusterObjects()]));
  const environments = new Map(
    estate.platforms.flatMap((platform) =>
      platform.environments.flatMap((environment) =>
        environment.namespaces.map((namespace) => [`${environment.clusterId} ${namespace}`, environment] as const),
      ),
    ),
  );
  const annotations = [...new Set(estate.platforms.map((platform) => platform.revisionAnnotation))];
  const heads = new Map<string, EnvironmentHead>();
  let rules: Pick<Estate, "policies" | "breakGlass"> = estate;
  const dirtyServices = new Map<string, { environment: Environment; service: string }>();
  const pending: Change[] = [];
  let timer: NodeJS.Timeout | undefined;

  const environmentOf = (cluster: string, namespace: string) => environments.get(`${cluster} ${namespace}`);

  function soon(): void {
    timer ??= setTimeout(flush, COALESCE_MS);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [id, { environment, service }] of dirtyServices) {
      pending.push({ kind: "service", id, row: serviceRow(id, environment, service) });
    }
    dirtyServices.clear();
    ring.publish(pending.splice(0));
  }

  function markService(cluster: string, workload: Workload): void {
    const environment = environmentOf(cluster, workload.namespace);
    if (environment !== undefined) {
      dirtyServices.set(`${environment.id}/${workload.service}`, { environment, service: workload.service });
      soon();
    }
  }

  function markBehind(cluster: string, objects: ClusterObjects, projected: Projected): void {
    for (const uid of workloadsBehind(objects, projected)) {
      const workload = objects.workloads.get(uid);
      if (workload !== undefined) {
        markService(cluster, workload);
      }
    }
  }

  function serviceRow(id: string, environment: Environment, service: string): ServiceRow | null {
    const workloads = workloadsOf(environment).filter((seen) => seen.workload.service === service);
    const main = worstFirst(workloads)[0];
    const image = main?.workload.images[0]?.image;
    if (main === undefined || image === undefined) {
      return null;
    }
    const head = heads.get(environment.id);
    return {
      id,
      environment: environment.id,
      platform: environment.platformId,
      cluster: environment.clusterId,
      namespace: main.workload.namespace,
      name: service,
      kind: main.workload.kind,
      release: releaseOf(image, main.workload.revision),
      rollout: main.rollout,
      behind:
        head === undefined || head.behind === null
          ? null
          : (head.services.get(service) ?? { commits: 0, migrations: 0 }),
    };
  }

  function workloadsOf(environment: Environment): SeenWorkload[] {
    const objects = clusters.get(environment.clusterId);
    if (objects === undefined) {
      return [];
    }
    const nowMs = clock().getTime();
    return environment.namespaces
      .flatMap((namespace) => objects.workloads.of(namespace))
      .map((workload) => ({
        workload,
        rollout: rolloutNow(objects, workload, nowMs),
        cluster: environment.clusterId,
        environment: environment.id,
      }));
  }

  function publishQuota(cluster: string, quota: ResourceQuota): void {
    const environment = environmentOf(cluster, quota.namespace);
    if (environment === undefined) {
      return;
    }
    withdrawQuota(quota.uid, (resource) => resource in quota.hard);
    for (const [resource, hard] of Object.entries(quota.hard)) {
      const row: QuotaRow = {
        id: `${quota.uid}/${resource}`,
        environment: environment.id,
        cluster,
        namespace: quota.namespace,
        quota: quota.name,
        resource,
        hard,
        requested: quota.used[resource] ?? null,
      };
      pending.push({ kind: "quota", id: row.id, row });
    }
    soon();
  }

  function withdrawQuota(uid: string, isKept: (resource: string) => boolean): void {
    for (const row of ring.list("quota")) {
      if (row.id === `${uid}/${row.resource}` && !isKept(row.resource)) {
        pending.push({ kind: "quota", id: row.id, row: null });
        soon();
      }
    }
  }

  function removed(cluster: string, kind: WatchedKind, uid: string): void {
    const objects = clusters.get(cluster);
    if (objects === undefined) {
      return;
    }
    if (kind === "ResourceQuota") {
      withdrawQuota(uid, () => false);
    }
    const gone = deleteFrom(objects, kind, uid);
    if (gone !== undefined) {
      if (gone.kind === "Workload") {
        markService(cluster, gone.value);
      }
      markBehind(cluster, objects, gone);
    }
  }

  const recheck = setInterval(() => {
    for (const row of ring.list("service")) {
      const environment = environmentOf(row.cluster, row.namespace);
      if (environment !== undefined && (row.rollout.state === "progressing" || row.rollout.state === "stuck")) {
        dirtyServices.set(row.id, { environment, service: row.name });
        soon();
      }
    }
  }, RECHECK_MS);
  recheck.unref();

  ring.publish(environmentChanges());

  function environmentChanges(): Change[] {
    return estate.platforms.flatMap((platform) => platform.environments.map((one) => environmentChange(platform, one)));
  }

  function environmentChange(platform: Platform, environment: Environment): Change {
    const head = heads.get(environment.id);
    const row: EnvironmentRow = {
      id: environment.id,
      platform: platform.id,
      platformName: platform.name,
      name: environment.name,
      tier: environment.tier,
      cluster: environment.clusterId,
      namespaces: environment.namespaces,
      branch: environment.branch,
      head: head?.head ?? null,
      after: environment.after ?? null,
      behind: head?.behind ?? null,
      policies: {
        promotion: policyFor(rules.policies, "promotion", environment.id),
        rollback: policyFor(rules.policies, "rollback", environment.id),
      },
      breakGlass: breakGlassFor(rules.breakGlass, environment.id),
    };
    return { kind: "environment", id: row.id, row };
  }

  return {
    changed(cluster, kind, object) {
      const objects = clusters.get(cluster);
      if (objects === undefined) {
        return;
      }
      const projected = translate(kind, object, annotations);
      const before = insertInto(objects, projected);
      if (before !== undefined) {
        markBehind(cluster, objects, before);
      }
      markBehind(cluster, objects, projected);
      if (projected.kind === "ResourceQuota") {
        publishQuota(cluster, projected.value);
      }
    },
    removed,
    listed(cluster, kind, uids) {
      const objects = clusters.get(cluster);
      if (objects === undefined) {
        return;
      }
      for (const uid of heldUids(objects, kind)) {
        if (!uids.has(uid)) {
          removed(cluster, kind, uid);
        }
      }
    },
    headMoved(environmentId, head) {
      heads.set(environmentId, head);
      const platform = findPlatform(estate, environmentId.split("/")[0] ?? "");
      const environment = platform?.environments.find((one) => one.id === environmentId);
      if (platform === undefined || environment === undefined) {
        return;
      }
      pending.push(environmentChange(platform, environment));
      for (const { workload } of workloadsOf(environment)) {
        markService(environment.clusterId, workload);
      }
      soon();
    },
    configured(next) {
      rules = next;
      pending.push(...environmentChanges());
      flush();
    },
    workloads(environmentId) {
      const environment = estate.platforms
        .flatMap((platform) => platform.environments)
        .find((one) => one.id === environmentId);
      return environment === undefined ? [] : workloadsOf(environment);
    },
    flush,
    stop() {
      clearInterval(recheck);
      clearTimeout(timer);
    },
  };
}

function rolloutNow(objects: ClusterObjects, workload: Workload, nowMs: number): Rollout {
  const pods = podsOf(objects, workload);
  const warnings = pods.flatMap((pod) => objects.warnings.of(pod.uid));
  return rolloutOf(workload, objects.replicaSets.of(workload.uid), pods, warnings, nowMs);
}

const STATE_ORDER: Readonly<Record<Rollout["state"], number>> = {
  stuck: 0,
  progressing: 1,
  paused: 2,
  unknown: 3,
  done: 4,
};

function worstFirst(workloads: readonly SeenWorkload[]): SeenWorkload[] {
  return [...workloads].sort((a, b) => STATE_ORDER[a.rollout.state] - STATE_ORDER[b.rollout.state]);
}

function insertInto(objects: ClusterObjects, projected: Projected): Projected | undefined {
  switch (projected.kind) {
    case "Workload":
      return wrap("Workload", objects.workloads.set(projected.value));
    case "ReplicaSet":
      return wrap("ReplicaSet", objects.replicaSets.set(projected.value));
    case "Pod":
      return wrap("Pod", objects.pods.set(projected.value));
    case "Warning":
      return wrap("Warning", objects.warnings.set(projected.value));
    case "ResourceQuota":
      objects.quotas.set(projected.value);
      return undefined;
    case "Node":
      objects.nodes.set(projected.value);
      return undefined;
    case "Ignored":
      return undefined;
  }
}

function wrap<Kind extends Projected["kind"], Value>(
  kind: Kind,
  value: Value | undefined,
): { kind: Kind; value: Value } | undefined {
  return value === undefined ? undefined : { kind, value };
}

function deleteFrom(objects: ClusterObjects, kind: WatchedKind, uid: string): Projected | undefined {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
      return wrap("Workload", objects.workloads.delete(uid));
    case "ReplicaSet":
      return wrap("ReplicaSet", objects.replicaSets.delete(uid));
    case "Pod":
      return wrap("Pod", objects.pods.delete(uid));
    case "Event":
      return wrap("Warning", objects.warnings.delete(uid));
    case "ResourceQuota":
      objects.quotas.delete(uid);
      return undefined;
    case "Node":
      objects.nodes.delete(uid);
      return undefined;
  }
}

function heldUids(objects: ClusterObjects, kind: WatchedKind): string[] {
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
      return [...objects.workloads.all()].filter((workload) => workload.kind === kind).map((workload) => workload.uid);
    case "ReplicaSet":
      return [...objects.replicaSets.all()].map((one) => one.uid);
    case "Pod":
      return [...objects.pods.all()].map((one) => one.uid);
    case "Event":
      return [...objects.warnings.all()].map((one) => one.uid);
    case "ResourceQuota":
      return [...objects.quotas.all()].map((one) => one.uid);
    case "Node":
      return [...objects.nodes.all()].map((one) => one.uid);
  }
}
