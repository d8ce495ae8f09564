import "server-only";
import { isDeepStrictEqual } from "node:util";
import type { KeptObject, NetworkPolicy, ObjectKind } from "#lib/clusters/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import type { Places } from "./places.ts";
import { bothOf, type ObjectChange, type RowMaker } from "./row-maker.ts";

/**
 * What an environment's topology, reachability and drift are worked out from, and what stands behind its rollouts and quotas
 * beside their rows. Pods come and go without changing its shape, but
 * where a NetworkPolicy of their cluster names addresses, which may be theirs.
 */
const SHAPING: readonly ObjectKind[] = [
  "Workload",
  "Namespace",
  "Node",
  "LimitRange",
  "Service",
  "Route",
  "NetworkPolicy",
  "DisruptionBudget",
  "Autoscaler",
  "ConfigMap",
];

/** One row an environment, which moves whenever what is read beside the stream has to be read again. */
export function shapeRows(places: Places, clock: Clock): RowMaker {
  const movedAt = new Map<string, number>();
  /** By cluster the NetworkPolicies that name addresses. */
  const addressing = new Map<string, Set<string>>();

  function noteAddressing({ cluster, before, after }: ObjectChange): void {
    const policies = addressing.get(cluster) ?? new Set();
    addressing.set(cluster, policies);
    if (before?.kind === "NetworkPolicy") {
      policies.delete(before.value.uid);
    }
    if (after?.kind === "NetworkPolicy" && namesAddresses(after.value)) {
      policies.add(after.value.uid);
    }
  }

  function environmentsOf(cluster: string, { kind, value }: KeptObject): string[] {
    if (kind === "Node") {
      return places.environmentsOf(cluster).map(({ id }) => id);
    }
    const environment = places.environmentOf(cluster, kind === "Namespace" ? value.name : value.namespace);
    return environment === undefined ? [] : [environment.id];
  }

  return {
    touchedBy(change) {
      noteAddressing(change);
      const isReaddressed = (addressing.get(change.cluster)?.size ?? 0) > 0 && areAddressesMoved(change);
      if (!isReaddressed && !movesShape(change)) {
        return [];
      }
      const ids = bothOf(change).flatMap((object) => environmentsOf(change.cluster, object));
      for (const id of ids) {
        movedAt.set(id, clock().getTime());
      }
      return ids;
    },
    change: (id) => ({ kind: "shape", id, row: { environment: id, movedAt: movedAt.get(id) ?? 0 } }),
  };
}

function movesShape({ before, after }: ObjectChange): boolean {
  const kind = (after ?? before)?.kind;
  if (kind === undefined || !SHAPING.includes(kind)) {
    return false;
  }
  if (before?.kind === "Workload" && after?.kind === "Workload") {
    // The generation moves with the spec alone; the status of a rollout moves all the time.
    return before.value.generation !== after.value.generation;
  }
  return !isDeepStrictEqual(before?.value, after?.value);
}

function namesAddresses({ ingress = [], egress = [] }: NetworkPolicy): boolean {
  return [...ingress, ...egress].some(({ peers }) => peers.some(({ kind }) => kind === "addresses"));
}

function areAddressesMoved({ before, after }: ObjectChange): boolean {
  const addressesOf = (object: KeptObject | undefined) => (object?.kind === "Pod" ? object.value.addresses : []);
  return !isDeepStrictEqual(addressesOf(before), addressesOf(after));
}
