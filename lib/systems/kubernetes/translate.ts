import * as z from "zod";
import type { KeptObject, ObjectKind, ObjectsByKind } from "#lib/clusters/model.ts";
import type { WatchedKind } from "./port.ts";
import { toCronJob, toJob } from "./translate-batch.ts";
import type { Reading } from "./translate-fields.ts";
import { toAutoscaler, toDisruptionBudget, toLimitRange, toQuota } from "./translate-limits.ts";
import { toHttpRoute, toIngress, toNetworkPolicy, toService } from "./translate-network.ts";
import { toConfigMap, toNamespace, toNode } from "./translate-places.ts";
import {
  toControllerRevision,
  toDaemonSet,
  toPod,
  toReplicaSet,
  toReplicated,
  toVolumeClaim,
  toWarning,
} from "./translate-workloads.ts";

const Identified = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string() }) });

type Translate = (object: unknown, reading: Reading) => KeptObject | undefined;

const TRANSLATE: Readonly<Record<WatchedKind, Translate>> = {
  Namespace: as("Namespace", toNamespace),
  Node: as("Node", toNode),
  Deployment: as("Workload", (object, reading) => toReplicated("Deployment", object, reading)),
  StatefulSet: as("Workload", (object, reading) => toReplicated("StatefulSet", object, reading)),
  DaemonSet: as("Workload", toDaemonSet),
  ReplicaSet: as("ReplicaSet", toReplicaSet),
  ControllerRevision: as("ControllerRevision", toControllerRevision),
  Pod: as("Pod", toPod),
  PersistentVolumeClaim: as("VolumeClaim", toVolumeClaim),
  Event: as("Warning", toWarning),
  ResourceQuota: as("ResourceQuota", toQuota),
  LimitRange: as("LimitRange", toLimitRange),
  Service: as("Service", toService),
  Ingress: as("Route", toIngress),
  HTTPRoute: as("Route", toHttpRoute),
  NetworkPolicy: as("NetworkPolicy", toNetworkPolicy),
  PodDisruptionBudget: as("DisruptionBudget", toDisruptionBudget),
  HorizontalPodAutoscaler: as("Autoscaler", toAutoscaler),
  Job: as("Job", toJob),
  CronJob: as("CronJob", toCronJob),
  ConfigMap: as("ConfigMap", toConfigMap),
};

function as<Kind extends ObjectKind>(
  kind: Kind,
  read: (object: unknown, reading: Reading) => ObjectsByKind[Kind] | undefined,
): (object: unknown, reading: Reading) => { kind: Kind; value: ObjectsByKind[Kind] } | undefined {
  return (object, reading) => {
    const value = read(object, reading);
    return value === undefined ? undefined : { kind, value };
  };
}

/**
 * Projects one object of the API server; undefined for one that no view shows, such as an Event that is not a warning.
 * Throws ZodError for an object that has not the shape of its kind.
 */
export function translate(kind: WatchedKind, object: unknown, reading: Reading): KeptObject | undefined {
  return TRANSLATE[kind](object, reading);
}

/** The uid and version of any object. Throws ZodError where it has none. */
export function identify(object: unknown): { uid: string; resourceVersion: string } {
  return Identified.parse(object).metadata;
}
