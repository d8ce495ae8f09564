import "server-only";
import type { ResourceQuota } from "#lib/clusters/model.ts";
import { type ClusterUsage, measuredOf, type QuotaRow } from "#lib/quotas/model.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";

/** One row a resource of a ResourceQuota in an environment, with what its pods use. Its id is `<cluster>/<uid>/<resource>`. */
export function quotaRows(places: Places, usageOf: (cluster: string) => ClusterUsage): RowMaker {
  function rowOf(id: string): QuotaRow | null {
    const [cluster = "", uid = "", ...rest] = id.split("/");
    // Names of resources have slashes of their own, such as requests.nvidia.com/gpu.
    const resource = rest.join("/");
    const quota = places.objects(cluster)?.ResourceQuota.get(uid);
    const hard = quota?.hard[resource];
    const environment = quota && places.environmentOf(cluster, quota.namespace);
    if (quota === undefined || hard === undefined || environment === undefined) {
      return null;
    }
    return {
      id,
      environment: environment.id,
      cluster,
      namespace: quota.namespace,
      quota: quota.name,
      resource,
      hard,
      requested: quota.used[resource] ?? null,
      // What pods use is not told apart by the scopes of a quota.
      ...(quota.scopes.length > 0
        ? { measured: null, unmeasured: "other" as const }
        : measuredOf(usageOf(cluster), quota.namespace, resource)),
    };
  }

  return {
    touchedBy: (change) =>
      bothOf(change).flatMap((object) => (object.kind === "ResourceQuota" ? idsOf(change.cluster, object.value) : [])),
    ofUsage: (cluster) => allOf(places.objects(cluster)).flatMap((quota) => idsOf(cluster, quota)),
    change: (id) => ({ kind: "quota", id, row: rowOf(id) }),
  };
}

function idsOf(cluster: string, { uid, hard }: ResourceQuota): string[] {
  return Object.keys(hard).map((resource) => `${cluster}/${uid}/${resource}`);
}

function allOf(objects: ClusterObjects | undefined): ResourceQuota[] {
  return [...(objects?.ResourceQuota.all() ?? [])];
}
