import type { PodDemand } from "#lib/quotas/model.ts";
import {
  compareNames,
  type Manifest,
  migrationsIn,
  type ObjectChange,
  serviceOfPath,
  WORKLOAD_KINDS,
} from "#lib/releases/model.ts";
import type { BranchCommit, Commit, GitPerson } from "#lib/systems/git/port.ts";
import type { Evidence } from "./evidence.ts";

export type PlannedCommit = Readonly<{
  revision: string;
  subject: string;
  at: string;
  /** Everyone who wrote it: author, committer, co-authors. A policy can keep them from approving it. */
  people: readonly GitPerson[];
  /** Who had a bot write it. */
  triggeredBy: readonly GitPerson[];
  services: readonly string[];
}>;

export type ServiceChange = Readonly<{
  service: string;
  images: readonly Readonly<{ container: string; from?: string | undefined; to?: string | undefined }>[];
  commits: number;
  migrations: readonly string[];
  objects: number;
}>;

/** A workload of the environment as it will be; `isTouched` where this change alters it. */
export type PlannedWorkload = Readonly<{ kind: string; name: string; isTouched: boolean }>;

/** What a change of an environment's branch does to the environment. Its digest is what people agree to. */
export type ChangePlan = Readonly<{
  platform: string;
  environment: string;
  branch: string;
  /** Where the branch stands; the plan holds only while it does. */
  base: string;
  /** The tree that the branch will have. */
  tree: string;
  commits: readonly PlannedCommit[];
  services: readonly ServiceChange[];
  objects: readonly ObjectChange[];
  workloads: readonly PlannedWorkload[];
  /** The most that rolling updates of all touched workloads add at once. */
  surge: PodDemand;
}>;

export type PromotionPlan = ChangePlan &
  Readonly<{
    kind: "promotion";
    from: Readonly<{ environment: string; branch: string; revision: string }>;
    evidence: readonly Evidence[];
  }>;

/** The pieces a plan is made of, as Git gave them. */
export type ChangeInput = Readonly<{
  platform: string;
  environment: string;
  branch: string;
  base: string;
  tree: string;
  servicesPath: string;
  commits: readonly Commit[];
  changedPaths: readonly string[];
  before: ReadonlyMap<string, Manifest>;
  after: ReadonlyMap<string, Manifest>;
  objects: readonly ObjectChange[];
}>;

/** Puts a plan together. The same input gives the same plan, and so the same digest. */
export function planChange(input: ChangeInput): ChangePlan {
  const touched = new Set(input.objects.map((object) => object.key));
  const migrations = migrationsIn(input.changedPaths, input.servicesPath);
  const commits = input.commits.map((commit) => toPlannedCommit(commit, input.servicesPath));
  const workloads = [...input.after.values()].filter((manifest) => WORKLOAD_KINDS.includes(manifest.kind));
  return {
    platform: input.platform,
    environment: input.environment,
    branch: input.branch,
    base: input.base,
    tree: input.tree,
    commits,
    services: servicesOf(input, commits, migrations),
    objects: input.objects,
    workloads: workloads
      .map(({ kind, name, key }) => ({ kind, name, isTouched: touched.has(key) }))
      .sort((a, b) => compareNames(a.name, b.name) || compareNames(a.kind, b.kind)),
    surge: addDemands(workloads.filter((one) => touched.has(one.key)).map((one) => one.surge)),
  };
}

function toPlannedCommit(commit: Commit, servicesPath: string): PlannedCommit {
  return {
    revision: commit.revision,
    subject: commit.subject,
    at: commit.at,
    people: distinctPeople([commit.author, commit.committer, ...commit.coAuthors]),
    triggeredBy: distinctPeople(commit.triggeredBy),
    services: servicesTouched(commit.paths, servicesPath),
  };
}

/** The services whose folders hold one of the paths, sorted. */
export function servicesTouched(paths: readonly string[], servicesPath: string): string[] {
  const services = paths.flatMap((path) => serviceOfPath(path, servicesPath) ?? []);
  return [...new Set(services)].sort();
}

/** People, each once, by address; by name where they have none. */
export function distinctPeople(people: readonly GitPerson[]): GitPerson[] {
  return [...new Map(people.map((person) => [(person.email || person.name).toLowerCase(), person])).values()];
}

function servicesOf(
  input: ChangeInput,
  commits: readonly PlannedCommit[],
  migrations: readonly { service: string; path: string }[],
): ServiceChange[] {
  const names = new Set([
    ...input.objects.flatMap((object) => object.service ?? []),
    ...migrations.map((migration) => migration.service),
  ]);
  const changes = [...names].sort().map((service) => ({
    service,
    images: imageChanges(service, input),
    commits: commits.filter((commit) => commit.services.includes(service)).length,
    migrations: migrations.filter((migration) => migration.service === service).map((migration) => migration.path),
    objects: input.objects.filter((object) => object.service === service).length,
  }));
  return changes.sort((a, b) => riskOf(b) - riskOf(a) || compareNames(a.service, b.service));
}

/** Riskiest first: what cannot be undone, then what runs other code, then settings. */
function riskOf(change: ServiceChange): number {
  if (change.migrations.length > 0) {
    return 2;
  }
  return change.images.length > 0 ? 1 : 0;
}

function imageChanges(service: string, input: ChangeInput): ServiceChange["images"][number][] {
  const keys = [...new Set([...input.before.keys(), ...input.after.keys()])].sort();
  return keys.flatMap((key) => {
    const was = input.before.get(key);
    const becomes = input.after.get(key);
    if ((becomes ?? was)?.service !== service) {
      return [];
    }
    const containers = [...new Set([...Object.keys(was?.images ?? {}), ...Object.keys(becomes?.images ?? {})])].sort();
    return containers
      .map((container) => ({ container, from: was?.images[container], to: becomes?.images[container] }))
      .filter((image) => image.from !== image.to);
  });
}

function addDemands(demands: readonly (PodDemand | undefined)[]): PodDemand {
  const known = demands.flatMap((demand) => demand ?? []);
  const sum = (amount: (demand: PodDemand) => number) =>
    Math.round(known.reduce((total, demand) => total + amount(demand), 0) * 1000) / 1000;
  return {
    pods: sum((one) => one.pods),
    cpuCores: sum((one) => one.cpuCores),
    memoryBytes: sum((one) => one.memoryBytes),
  };
}

/**
 * The revision up to which a branch still has the other's commits in effect. After a rollback Git's own history says that
 * the reverted commits are merged, yet their content is gone: promoting again must start before the reverted merge.
 * `history` is the branch's own commits, newest first.
 */
export function effectiveRevision(history: readonly BranchCommit[]): string | undefined {
  const reverted = new Set<string>();
  let effective = history[0]?.revision;
  for (const commit of history) {
    if (commit.reverts !== undefined) {
      reverted.add(commit.reverts);
    } else if (reverted.has(commit.revision)) {
      effective = commit.parents[0] ?? effective;
    } else if (commit.parents.length > 1) {
      break;
    }
  }
  return effective;
}
