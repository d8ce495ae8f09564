import type { KubernetesService, NamedHost } from "#lib/clusters/model.ts";

/** What the names of a cluster can be held against. */
export type Names = Readonly<{
  service(namespace: string, name: string): KubernetesService | undefined;
  /** Whether a StatefulSet's pod of that name stands behind the Service, which then has a name of its own. */
  hasPod(service: KubernetesService, pod: string): boolean;
  hasNamespace(name: string): boolean;
}>;

/** What a name in a setting leads to. */
export type Resolved =
  | Readonly<{ kind: "service"; service: KubernetesService }>
  /** A name of the cluster that nothing has: `<service>.<namespace>`. */
  | Readonly<{ kind: "missing"; name: string }>
  | Readonly<{ kind: "outside"; host: string }>;

/** Settings that say where one is called from or listens, and not whom one calls. */
const INBOUND = /ALLOWED|CORS|ORIGINS?$|LISTEN|BIND|SELF|PUBLIC/i;
/** Settings whose name says that their value is a host. */
const OUTBOUND = /(?:HOST(?:NAME)?|ADDR(?:ESS|ESSES)?|ENDPOINT|UR[LI]|BROKER|SERVER|UPSTREAM|DSN|PEER)S?$/i;
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+)$/;
const CLUSTER_DOMAIN = /\.cluster\.local$/;

/**
 * What a host in a setting leads to, from a pod of that namespace, by the names and the search path that Kubernetes gives pods;
 * undefined for a word that is no host. The cluster's domain is taken to be cluster.local.
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function resolveHost(
  names: Names,
  namespace: string,
  setting: string,
  { host, port, isUrl }: NamedHost,
): Resolved | undefined {
  if (LOOPBACK.test(host) || INBOUND.test(setting)) {
    return undefined;
  }
  const labels = host.replace(CLUSTER_DOMAIN, "").split(".");
  const found = searched(labels, namespace).find((one) => isThere(names, one));
  if (found !== undefined) {
    const service = names.service(found.namespace, found.name);
    return service && { kind: "service", service };
  }
  if (!isUrl && port === undefined && !OUTBOUND.test(setting)) {
    return undefined;
  }
  const missing = missingName(names, labels, namespace, isUrl || OUTBOUND.test(setting));
  if (missing !== undefined) {
    return { kind: "missing", name: missing };
  }
  return labels.length > 1 ? { kind: "outside", host } : undefined;
}

type Record = Readonly<{ pod: string | undefined; name: string; namespace: string }>;

/** The records that a name can stand for, in the order in which a pod's resolver asks for them. */
function searched(labels: readonly string[], namespace: string): Record[] {
  const path = [[namespace, "svc"], ["svc"], []];
  return path.flatMap((suffix) => {
    const [last, inNamespace, name, pod, ...more] = [...labels, ...suffix].reverse();
    return last === "svc" && inNamespace !== undefined && name !== undefined && more.length === 0
      ? [{ pod, name, namespace: inNamespace }]
      : [];
  });
}

function isThere(names: Names, { pod, name, namespace }: Record): boolean {
  const service = names.service(namespace, name);
  return service !== undefined && (pod === undefined || names.hasPod(service, pod));
}

/** The Service that a name asks for where only this cluster can have it; undefined for a name of the world outside. */
function missingName(
  names: Names,
  labels: readonly string[],
  namespace: string,
  isSurelyHost: boolean,
): string | undefined {
  const [first = "", second, ...rest] = labels;
  if (labels.at(-1) === "svc") {
    return labels.slice(0, -1).join(".");
  }
  if (second === undefined) {
    // `redis:7` may as well be an image.
    return isSurelyHost ? `${first}.${namespace}` : undefined;
  }
  return rest.length === 0 && names.hasNamespace(second) ? `${first}.${second}` : undefined;
}
