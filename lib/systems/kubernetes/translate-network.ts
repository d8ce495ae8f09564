import * as z from "zod";
import type { KubernetesService, NetworkPolicy, PolicyPeer, PolicyRule, Route } from "#lib/clusters/model.ts";
import { DatedMetadata, datesOf, IntOrText, identityOf, Metadata, Selector, Texts } from "./translate-fields.ts";

const ServiceObject = z.object({
  metadata: Metadata,
  spec: z
    .object({
      type: z.string().default("ClusterIP"),
      selector: Texts,
      externalName: z.string().optional(),
      ports: z
        .array(
          z.object({
            name: z.string().optional(),
            port: z.number(),
            targetPort: IntOrText.optional(),
            protocol: z.string().default("TCP"),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

const IngressBackend = z.object({
  service: z
    .object({
      name: z.string(),
      port: z.object({ number: z.number().optional(), name: z.string().optional() }).prefault({}),
    })
    .optional(),
});

const IngressObject = z.object({
  metadata: Metadata,
  spec: z
    .object({
      ingressClassName: z.string().optional(),
      defaultBackend: IngressBackend.optional(),
      rules: z
        .array(
          z.object({
            host: z.string().optional(),
            http: z.object({ paths: z.array(z.object({ backend: IngressBackend })).default([]) }).optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

/** https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
const HttpRouteObject = z.object({
  metadata: Metadata,
  spec: z
    .object({
      hostnames: z.array(z.string()).default([]),
      parentRefs: z.array(z.object({ name: z.string(), namespace: z.string().optional() })).default([]),
      rules: z
        .array(
          z.object({
            backendRefs: z
              .array(
                z.object({
                  kind: z.string().default("Service"),
                  name: z.string(),
                  namespace: z.string().optional(),
                  port: z.number().optional(),
                }),
              )
              .default([]),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

const Peer = z.object({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const Port = z.object({
  protocol: z.string().default("TCP"),
  port: IntOrText.optional(),
  endPort: z.number().optional(),
});
const Ports = z.array(Port).default([]);

const NetworkPolicyObject = z.object({
  metadata: DatedMetadata,
  spec: z.object({
    podSelector: Selector.prefault({}),
    policyTypes: z.array(z.string()).optional(),
    ingress: z.array(z.object({ from: z.array(Peer).default([]), ports: Ports })).optional(),
    egress: z.array(z.object({ to: z.array(Peer).default([]), ports: Ports })).optional(),
  }),
});

export function toService(object: unknown): KubernetesService {
  const { metadata, spec } = ServiceObject.parse(object);
  return {
    ...identityOf(metadata),
    type: spec.type,
    selector: Object.keys(spec.selector).length === 0 ? undefined : spec.selector,
    externalName: spec.externalName,
    ports: spec.ports.map((one) => ({
      name: one.name,
      port: one.port,
      targetPort: one.targetPort ?? one.port,
      protocol: one.protocol,
    })),
  };
}

export function toIngress(object: unknown): Route {
  const { metadata, spec } = IngressObject.parse(object);
  const paths = spec.rules.flatMap((rule) => rule.http?.paths ?? []);
  const backends = [spec.defaultBackend, ...paths.map(({ backend }) => backend)];
  return {
    ...identityOf(metadata),
    kind: "Ingress",
    hosts: spec.rules.flatMap((rule) => rule.host ?? []),
    parents: spec.ingressClassName === undefined ? [] : [spec.ingressClassName],
    backends: backends.flatMap((backend) =>
      backend?.service === undefined
        ? []
        : [
            {
              namespace: metadata.namespace,
              service: backend.service.name,
              port: backend.service.port.number ?? backend.service.port.name,
            },
          ],
    ),
  };
}

export function toHttpRoute(object: unknown): Route {
  const { metadata, spec } = HttpRouteObject.parse(object);
  return {
    ...identityOf(metadata),
    kind: "HTTPRoute",
    hosts: spec.hostnames,
    parents: spec.parentRefs.map(({ name, namespace }) => `${namespace ?? metadata.namespace}/${name}`),
    backends: spec.rules
      .flatMap((rule) => rule.backendRefs)
      .filter(({ kind }) => kind === "Service")
      .map((backend) => ({
        namespace: backend.namespace ?? metadata.namespace,
        service: backend.name,
        port: backend.port,
      })),
  };
}

export function toNetworkPolicy(object: unknown): NetworkPolicy {
  const { metadata, spec } = NetworkPolicyObject.parse(object);
  // Without policyTypes it restricts what comes in, and what goes out where it has rules for that.
  const types = spec.policyTypes ?? ["Ingress", ...(spec.egress === undefined ? [] : ["Egress"])];
  return {
    ...identityOf(metadata),
    ...datesOf(metadata),
    podSelector: spec.podSelector,
    ingress: types.includes("Ingress") ? (spec.ingress ?? []).map(({ from, ports }) => toRule(from, ports)) : undefined,
    egress: types.includes("Egress") ? (spec.egress ?? []).map(({ to, ports }) => toRule(to, ports)) : undefined,
  };
}

function toRule(peers: readonly z.infer<typeof Peer>[], ports: readonly z.infer<typeof Port>[]): PolicyRule {
  return {
    peers: peers.map(toPeer),
    ports: ports.map(({ protocol, port, endPort }) => ({ protocol, port, endPort })),
  };
}

function toPeer({ podSelector, namespaceSelector, ipBlock }: z.infer<typeof Peer>): PolicyPeer {
  return ipBlock === undefined ? { kind: "pods", podSelector, namespaceSelector } : { kind: "addresses", ...ipBlock };
}
