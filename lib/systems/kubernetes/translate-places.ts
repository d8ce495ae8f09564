import * as z from "zod";
import type { ConfigMap, Namespace, Node } from "#lib/clusters/model.ts";
import { Condition, DatedMetadata, datesOf, identityOf, Metadata, type Reading, Texts } from "./translate-fields.ts";
import { settingOf } from "./translate-templates.ts";

const ROLE_LABEL = "node-role.kubernetes.io/";

const NamespaceObject = z.object({ metadata: Metadata });

const NodeObject = z.object({
  metadata: Metadata,
  spec: z
    .object({
      unschedulable: z.boolean().default(false),
      podCIDR: z.string().optional(),
      podCIDRs: z.array(z.string()).nullish(),
      taints: z.array(z.object({ key: z.string(), value: z.string().default(""), effect: z.string() })).nullish(),
    })
    .prefault({}),
  status: z.object({ conditions: z.array(Condition).default([]), allocatable: Texts, capacity: Texts }).prefault({}),
});

const ConfigMapObject = z.object({ metadata: DatedMetadata, data: Texts });

export function toNamespace(object: unknown): Namespace {
  const { metadata } = NamespaceObject.parse(object);
  return {
    ...identityOf(metadata),
    labels: metadata.labels,
    isTerminating: metadata.deletionTimestamp !== undefined,
  };
}

export function toNode(object: unknown): Node {
  const { metadata, spec, status } = NodeObject.parse(object);
  return {
    ...identityOf(metadata),
    isReady: status.conditions.some((one) => one.type === "Ready" && one.status === "True"),
    labels: metadata.labels,
    roles: Object.keys(metadata.labels)
      .filter((label) => label.startsWith(ROLE_LABEL))
      .map((label) => label.slice(ROLE_LABEL.length)),
    zone: metadata.labels["topology.kubernetes.io/zone"],
    region: metadata.labels["topology.kubernetes.io/region"],
    isCordoned: spec.unschedulable,
    pressures: status.conditions.filter((one) => one.type !== "Ready" && one.status === "True").map((one) => one.type),
    taints: spec.taints ?? [],
    podBlocks: spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]),
    allocatable: status.allocatable,
    capacity: status.capacity,
  };
}

export function toConfigMap(object: unknown, { digest }: Reading): ConfigMap {
  const { metadata, data } = ConfigMapObject.parse(object);
  return {
    ...identityOf(metadata),
    ...datesOf(metadata),
    entries: Object.entries(data).map(([key, value]) => settingOf(key, value, undefined, digest)),
  };
}
