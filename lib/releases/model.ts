import { diffLines } from "diff";
import { parseAllDocuments, stringify } from "yaml";
import * as z from "zod";
import { type PodDemand, quantityToNumber } from "#lib/quotas/model.ts";

/** One Kubernetes object as Git has it. */
export type Manifest = Readonly<{
  /** `apiVersion/kind/name`: what makes it the same object in two trees. */
  key: string;
  kind: string;
  name: string;
  /** The service it belongs to; undefined for what belongs to the environment. */
  service: string | undefined;
  /** As it may be shown; the values of a Secret are masked. */
  text: string;
  /** As it is, for comparing only: a changed Secret is a change although nothing of it is shown. */
  content: string;
  images: Readonly<Record<string, string>>;
  /** The pods that a rolling update of it may add at once; undefined for what has no pods. */
  surge: PodDemand | undefined;
}>;

const Count = z.union([z.number(), z.string()]);
const ManifestObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
});
const PodTemplate = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        image: z.string(),
        resources: z.object({ requests: z.record(z.string(), Count).default({}) }).prefault({}),
      }),
    ),
  }),
});
const WorkloadSpec = z.object({
  spec: z.object({
    replicas: z.number().default(1),
    strategy: z
      .object({
        type: z.string().default("RollingUpdate"),
        rollingUpdate: z.object({ maxSurge: Count.default("25%") }).prefault({}),
      })
      .prefault({}),
    template: PodTemplate,
  }),
});

export const WORKLOAD_KINDS: readonly string[] = ["Deployment", "StatefulSet"];

/** A manifest in Git that cannot be read; says which file and why. */
export class ManifestError extends Error {
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = "ManifestError";
  }
}

/** The Kubernetes objects in a set of files, by key. Files that are not YAML are left out. Throws ManifestError. */
export function readManifests(files: ReadonlyMap<string, string>, servicesPath: string): ReadonlyMap<string, Manifest> {
  const manifests = new Map<string, Manifest>();
  for (const [path, text] of files) {
    if (!/\.ya?ml$/.test(path)) {
      continue;
    }
    for (const document of parseAllDocuments(text)) {
      const error = document.errors[0];
      if (error !== undefined) {
        throw new ManifestError(path, `not YAML: ${error.message.split("\n")[0]}`);
      }
      const value: unknown = document.toJS();
      if (value !== null) {
        const manifest = toManifest(value, path, servicesPath);
        manifests.set(manifest.key, manifest);
      }
    }
  }
  return manifests;
}

function toManifest(value: unknown, path: string, servicesPath: string): Manifest {
  const parsed = ManifestObject.safeParse(value);
  if (!parsed.success) {
    throw new ManifestError(path, "not a Kubernetes object: expected apiVersion, kind and metadata.name");
  }
  const { apiVersion, kind, metadata } = parsed.data;
  const workload = WORKLOAD_KINDS.includes(kind) ? WorkloadSpec.safeParse(value) : undefined;
  if (workload !== undefined && !workload.success) {
    throw new ManifestError(path, `${kind} ${metadata.name} has no pod template with containers`);
  }
  return {
    key: `${apiVersion}/${kind}/${metadata.name}`,
    kind,
    name: metadata.name,
    service: serviceOfPath(path, servicesPath),
    content: stringify(parsed.data, { lineWidth: 0 }),
    text: stringify(kind === "Secret" ? withoutSecrets(parsed.data) : parsed.data, { lineWidth: 0 }),
    images: workload === undefined ? {} : imagesOf(workload.data),
    surge: workload === undefined || kind !== "Deployment" ? undefined : surgeOf(workload.data),
  };
}

/** The service whose folder a path lies in; undefined where it lies in none. */
export function serviceOfPath(path: string, servicesPath: string): string | undefined {
  const prefix = `${servicesPath}/`;
  if (!path.startsWith(prefix)) {
    return undefined;
  }
  const rest = path.slice(prefix.length).split("/");
  return rest.length > 1 ? rest[0] : undefined;
}

/** `kubectl apply` without --server-side leaves the whole object, values and all, in this annotation. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function withoutSecrets(secret: z.infer<typeof ManifestObject>): Record<string, unknown> {
  const { [LAST_APPLIED]: _applied, ...annotations } = secret.metadata.annotations ?? {};
  return {
    ...secret,
    metadata: { ...secret.metadata, ...(secret.metadata.annotations && { annotations }) },
    data: masked(secret.data),
    stringData: masked(secret.stringData),
  };
}

function masked(values: unknown): unknown {
  if (values === undefined || values === null) {
    return values;
  }
  const isByKey = typeof values === "object" && !Array.isArray(values);
  return isByKey ? Object.fromEntries(Object.keys(values).map((key) => [key, NOT_SHOWN])) : NOT_SHOWN;
}

const NOT_SHOWN = "(not shown)";

function imagesOf(workload: z.infer<typeof WorkloadSpec>): Record<string, string> {
  return Object.fromEntries(workload.spec.template.spec.containers.map((one) => [one.name, one.image]));
}

function surgeOf(workload: z.infer<typeof WorkloadSpec>): PodDemand {
  const { strategy, replicas } = workload.spec;
  // Recreate ends all old pods before the first new one starts.
  const pods = strategy.type === "Recreate" ? 0 : surgePods(strategy.rollingUpdate.maxSurge, replicas);
  const perPod = (resource: string) =>
    workload.spec.template.spec.containers.reduce(
      (sum, one) => sum + (quantityToNumber(String(one.resources.requests[resource] ?? "0")) ?? 0),
      0,
    );
  return { pods, cpuCores: pods * perPod("cpu"), memoryBytes: pods * perPod("memory") };
}

/** A percentage of surge is rounded up (Kubernetes API reference, RollingUpdateDeployment). */
function surgePods(maxSurge: number | string, replicas: number): number {
  if (typeof maxSurge === "number") {
    return maxSurge;
  }
  return Math.ceil((Number.parseFloat(maxSurge) / 100) * replicas);
}

export type DiffLine = Readonly<{ kind: "add" | "remove" | "same"; text: string }>;

export type ObjectChange = Readonly<{
  key: string;
  kind: string;
  name: string;
  service?: string | undefined;
  change: "added" | "changed" | "removed";
  lines: readonly DiffLine[];
}>;

/** What differs between two sets of manifests, object by object, by service and then by kind. */
export function compareManifests(
  before: ReadonlyMap<string, Manifest>,
  after: ReadonlyMap<string, Manifest>,
): ObjectChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = keys.flatMap((key) => {
    const was = before.get(key);
    const becomes = after.get(key);
    const either = becomes ?? was;
    if (either === undefined || was?.content === becomes?.content) {
      return [];
    }
    const change = was === undefined ? "added" : becomes === undefined ? "removed" : "changed";
    const { kind, name, service } = either;
    return [{ key, kind, name, service, change, lines: linesBetween(was?.text ?? "", becomes?.text ?? "") } as const];
  });
  return changes.sort((a, b) => compareNames(a.service ?? "~", b.service ?? "~") || compareNames(a.key, b.key));
}

/** Orders names by their characters' codes. A locale's order would give each replica's language its own digest of a plan. */
export function compareNames(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function linesBetween(before: string, after: string): DiffLine[] {
  if (before === after) {
    return [{ kind: "add", text: "(a value that is not shown changes)" }];
  }
  return diffLines(before, after).flatMap((part) => {
    const kind = part.added ? "add" : part.removed ? "remove" : "same";
    return part.value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): DiffLine => ({ kind, text }));
  });
}

/** The files of a change that are database migrations: `<services>/<service>/migrations/…`. */
export function migrationsIn(paths: readonly string[], servicesPath: string): { service: string; path: string }[] {
  return paths.flatMap((path) => {
    const service = serviceOfPath(path, servicesPath);
    return service !== undefined && path.startsWith(`${servicesPath}/${service}/migrations/`)
      ? [{ service, path }]
      : [];
  });
}
