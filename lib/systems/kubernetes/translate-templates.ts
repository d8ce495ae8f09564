import * as z from "zod";
import type { Container, LabelSelector, NamedHost, PodTemplate, Setting, Spreading } from "#lib/clusters/model.ts";
import { type PodDemand, quantityToNumber } from "#lib/quotas/model.ts";
import { type Reading, Selector, Texts } from "./translate-fields.ts";

const Probe = z.unknown().optional();
const Named = z.object({ name: z.string().default("") });
const KeyOf = Named.extend({ key: z.string() });

const EnvironmentVariable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      configMapKeyRef: KeyOf.optional(),
      secretKeyRef: KeyOf.optional(),
      fieldRef: z.object({ fieldPath: z.string() }).optional(),
      resourceFieldRef: z.object({ resource: z.string() }).optional(),
    })
    .optional(),
});

const Resources = z.object({ requests: Texts, limits: Texts }).prefault({});

/** What of a pod's spec says how much it requests. */
export const PodDemands = z.object({
  containers: z.array(z.object({ resources: Resources })).default([]),
  initContainers: z.array(z.object({ resources: Resources, restartPolicy: z.string().optional() })).default([]),
  overhead: Texts,
});
type PodDemands = z.infer<typeof PodDemands>;

const ContainerObject = z.object({
  name: z.string(),
  image: z.string().default(""),
  resources: Resources,
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        containerPort: z.number(),
        protocol: z.string().default("TCP"),
      }),
    )
    .default([]),
  readinessProbe: Probe,
  livenessProbe: Probe,
  env: z.array(EnvironmentVariable).default([]),
  envFrom: z.array(z.object({ configMapRef: Named.optional() })).default([]),
});

const AntiAffinityTerm = z.object({ topologyKey: z.string(), labelSelector: Selector.nullish() });

export const TemplateObject = z.object({
  metadata: z.object({ labels: Texts }).prefault({}),
  spec: PodDemands.extend({
    containers: z.array(ContainerObject).default([]),
    nodeSelector: Texts,
    tolerations: z
      .array(
        z.object({
          key: z.string().optional(),
          operator: z.string().default("Equal"),
          value: z.string().default(""),
          effect: z.string().optional(),
        }),
      )
      .default([]),
    affinity: z
      .object({
        nodeAffinity: z.object({ requiredDuringSchedulingIgnoredDuringExecution: z.unknown().optional() }).nullish(),
        podAntiAffinity: z
          .object({
            requiredDuringSchedulingIgnoredDuringExecution: z.array(AntiAffinityTerm).default([]),
            preferredDuringSchedulingIgnoredDuringExecution: z
              .array(z.object({ podAffinityTerm: AntiAffinityTerm }))
              .default([]),
          })
          .nullish(),
      })
      .nullish(),
    topologySpreadConstraints: z
      .array(
        z.object({
          topologyKey: z.string(),
          maxSkew: z.number().default(1),
          whenUnsatisfiable: z.string().default("DoNotSchedule"),
        }),
      )
      .default([]),
  }),
});
type TemplateObject = z.infer<typeof TemplateObject>;

/** The template of a workload, without any value of its environment. */
export function toTemplate(template: TemplateObject, reading: Reading): PodTemplate {
  return {
    labels: template.metadata.labels,
    containers: template.spec.containers.map((container) => toContainer(container, reading)),
    nodeSelector: template.spec.nodeSelector,
    tolerations: template.spec.tolerations.map(({ key, operator, value, effect }) => ({
      key,
      operator,
      value,
      effect,
    })),
    spreading: spreadingOf(template),
    hasNodeAffinity:
      (template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? null) !== null,
  };
}

function toContainer(container: z.infer<typeof ContainerObject>, reading: Reading): Container {
  return {
    name: container.name,
    image: container.image,
    requests: container.resources.requests,
    limits: container.resources.limits,
    ports: container.ports.map(({ name, containerPort, protocol }) => ({ name, port: containerPort, protocol })),
    hasReadinessProbe: container.readinessProbe !== undefined && container.readinessProbe !== null,
    hasLivenessProbe: container.livenessProbe !== undefined && container.livenessProbe !== null,
    settings: container.env.map((variable) => toSetting(variable, reading)),
    configMaps: container.envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
  };
}

function toSetting(variable: z.infer<typeof EnvironmentVariable>, { digest }: Reading): Setting {
  const from = sourceOf(variable.valueFrom);
  return settingOf(variable.name, from === undefined ? (variable.value ?? "") : undefined, from, digest);
}

/** One setting with the digest of its value and the hosts that it names; the value itself goes no further. */
export function settingOf(
  name: string,
  value: string | undefined,
  from: string | undefined,
  digest: Reading["digest"],
): Setting {
  return {
    name,
    digest: value === undefined ? undefined : digest(value),
    from,
    hosts: value === undefined ? [] : hostsIn(value),
  };
}

function sourceOf(from: z.infer<typeof EnvironmentVariable>["valueFrom"]): string | undefined {
  if (from === undefined) {
    return undefined;
  }
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = from;
  if (configMapKeyRef !== undefined) {
    return `ConfigMap ${configMapKeyRef.name}/${configMapKeyRef.key}`;
  }
  if (secretKeyRef !== undefined) {
    return `Secret ${secretKeyRef.name}/${secretKeyRef.key}`;
  }
  return fieldRef === undefined ? `resource ${resourceFieldRef?.resource ?? ""}` : `field ${fieldRef.fieldPath}`;
}

/** A term without a selector keeps away from no pod. */
const NOTHING_SELECTED: LabelSelector = {
  matchLabels: {},
  matchExpressions: [{ key: "", operator: "Exists", values: [] }],
};

/** `scheme://user:password@host:port/path`, or a bare `host:port`, or a bare name; several apart by commas or spaces. */
const URL_HOST =
  /^(?:jdbc:)?[a-z][a-z0-9+.-]*:\/\/\/?(?:[^@/\s]*@)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\.?(?::(\d{1,5}))?(?:[/?#]|$)/i;
const BARE_HOST = /^([a-z](?:[a-z0-9.-]*[a-z0-9])?)\.?(?::(\d{1,5}))?(?:\/.*)?$/i;

/** The names of hosts in a setting's value, lower case. A word that merely could be one is taken too: only names of Services count later. */
export function hostsIn(value: string): NamedHost[] {
  if (value.length > 4096) {
    return [];
  }
  return value.split(/[\s,;]+/).flatMap((part) => {
    const url = URL_HOST.exec(part);
    const match = url ?? BARE_HOST.exec(part);
    const host = match?.[1]?.toLowerCase();
    return host === undefined || host.length > 253
      ? []
      : [{ host, port: match?.[2] === undefined ? undefined : Number(match[2]), isUrl: url !== null }];
  });
}

function spreadingOf({ spec }: TemplateObject): Spreading[] {
  const anti = spec.affinity?.podAntiAffinity;
  return [
    ...(anti?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ({
      topologyKey: term.topologyKey,
      isRequired: true,
      maxSkew: undefined,
      awayFrom: term.labelSelector ?? NOTHING_SELECTED,
    })),
    ...(anti?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => ({
      topologyKey: podAffinityTerm.topologyKey,
      isRequired: false,
      maxSkew: undefined,
      awayFrom: podAffinityTerm.labelSelector ?? NOTHING_SELECTED,
    })),
    ...spec.topologySpreadConstraints.map((one) => ({
      topologyKey: one.topologyKey,
      isRequired: one.whenUnsatisfiable === "DoNotSchedule",
      maxSkew: one.maxSkew,
      awayFrom: undefined,
    })),
  ];
}

/**
 * What one pod requests: CPU in cores, memory in bytes. Of each resource the larger of what its containers ask for together, with
 * the sidecars, and what any one of its other init containers asks for beside the sidecars before it.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function demandOf({ spec }: Readonly<{ spec: PodDemands }>): PodDemand {
  return { pods: 1, cpuCores: requestOf(spec, "cpu"), memoryBytes: requestOf(spec, "memory") };
}

function requestOf({ containers, initContainers, overhead }: PodDemands, resource: string): number {
  const amount = (requests: Readonly<Record<string, string>>) => quantityToNumber(requests[resource] ?? "0") ?? 0;
  let sidecars = 0;
  let peak = 0;
  for (const { resources, restartPolicy } of initContainers) {
    if (restartPolicy === "Always") {
      sidecars += amount(resources.requests);
    } else {
      peak = Math.max(peak, sidecars + amount(resources.requests));
    }
  }
  const running = containers.reduce((sum, { resources }) => sum + amount(resources.requests), sidecars);
  return Math.max(running, peak) + amount(overhead);
}
