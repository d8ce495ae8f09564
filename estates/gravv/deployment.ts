import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { CommittedFile } from "./git.ts";

/** Where a branch runs. */
export type Target = { branch: string; environment: string; namespace: string };

export const targets: readonly Target[] = [
  { branch: "dev", environment: "sandbox", namespace: "gravv-sandbox" },
  { branch: "main", environment: "live", namespace: "gravv-live" },
];

/** Says on every object, and on the namespace's apply set, which commit it was last applied from. */
export const revisionAnnotation = "deploy.gravv.example/revision";

const manifestSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.undefined({ error: "must not be named: the branch decides the namespace" }).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object to apply, as far as the workflow looks into it. */
export type Manifest = z.infer<typeof manifestSchema>;

/** A commit that cannot be deployed however often it is tried. */
export class UndeployableCommit extends Error {}

/** Where the manifests of an environment are in the repository. */
export function manifestFolders(environment: string): string[] {
  return ["services", `environments/${environment}`];
}

function readDocument(path: string, document: unknown): Manifest {
  const manifest = manifestSchema.safeParse(document);
  if (!manifest.success) {
    const faults = manifest.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new UndeployableCommit(`${path} is not a manifest: ${faults.join("; ")}`);
  }
  return manifest.data;
}

function readFile({ path, text }: CommittedFile): Manifest[] {
  const documents = parseAllDocuments(text);
  if ("empty" in documents) {
    return [];
  }
  return documents
    .map((document) => {
      const [fault] = document.errors;
      if (fault !== undefined) {
        throw new UndeployableCommit(`${path} is not YAML: ${fault.message}`);
      }
      return z.unknown().parse(document.toJS());
    })
    .filter((value) => value !== null)
    .map((value) => readDocument(path, value));
}

function identity({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion} ${kind} ${metadata.name}`;
}

/**
 * What a workload needs to be admitted and started comes before it. A quota comes after the Services: those made in the
 * same instant are missing from its count until its next full recount, minutes later.
 */
const kindsInOrder = ["ServiceAccount", "ConfigMap", "LimitRange", "Service", "ResourceQuota", "PodDisruptionBudget"];

function applyRank({ kind }: Manifest): number {
  const rank = kindsInOrder.indexOf(kind);
  return rank === -1 ? kindsInOrder.length : rank;
}

/** The mark is on the object alone: on the pod template it would restart what has not changed. */
function stamped(manifest: Manifest, revision: string): Manifest {
  const annotations = { ...manifest.metadata.annotations, [revisionAnnotation]: revision };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/**
 * The objects that a commit wants in its namespace, stamped with the commit, in the order to apply them.
 * Throws `UndeployableCommit` for a file that is not a manifest, for one object twice, and for none at all, because
 * applying nothing would prune everything.
 */
export function objectsToApply(files: readonly CommittedFile[], revision: string): Manifest[] {
  const manifests = files.filter(({ path }) => path.endsWith(".yaml")).flatMap(readFile);
  if (manifests.length === 0) {
    throw new UndeployableCommit("the commit has no manifests for this environment");
  }
  const twice = manifests.map(identity).find((id, index, all) => all.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new UndeployableCommit(`${twice} is in the commit twice`);
  }
  return manifests.map((manifest) => stamped(manifest, revision)).sort((a, b) => applyRank(a) - applyRank(b));
}

/** How many objects `kubectl apply --server-side --prune` says it applied and pruned. */
export function countOutcome(printed: string): { applied: number; pruned: number } {
  const lines = printed.split("\n");
  return {
    applied: lines.filter((line) => line.endsWith(" serverside-applied")).length,
    pruned: lines.filter((line) => line.endsWith(" pruned")).length,
  };
}

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/**
 * How long to wait after that many failures in a row: doubling from half a second to ten seconds, and by `random`
 * (0 to 1) up to a half less, so that two branches do not knock together.
 */
export function retryDelayMs(failures: number, random: number): number {
  const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  return Math.round(longest * (1 - random / 2));
}
