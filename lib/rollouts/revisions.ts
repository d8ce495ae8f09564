import type { ControllerRevision, ReplicaSet, Workload } from "#lib/clusters/model.ts";

/** One revision of a workload that can still be gone back to. */
export type Revision = Readonly<{
  /** The controller's own count. */
  number: number;
  isCurrent: boolean;
  images: readonly string[];
  /** The Git revision that the platform's deployment left on it. */
  gitRevision: string | null;
  changeCause: string | null;
  /** ISO 8601, UTC. */
  createdAt: string | null;
  /** How many pods it is asked to have; null for one that is no object with pods of its own. */
  desired: number | null;
}>;

/** The revisions that a Deployment's ReplicaSets hold, newest first. */
export function revisionsOf(workload: Workload, replicaSets: readonly ReplicaSet[]): Revision[] {
  return replicaSets
    .flatMap((set) => {
      const number = Number(set.rolloutRevision ?? Number.NaN);
      return Number.isInteger(number) ? [toRevision(workload, set, number)] : [];
    })
    .sort((a, b) => b.number - a.number);
}

function toRevision(workload: Workload, set: ReplicaSet, number: number): Revision {
  return {
    number,
    isCurrent: set.rolloutRevision === workload.rolloutRevision,
    images: set.images,
    gitRevision: set.revision ?? null,
    changeCause: set.changeCause ?? null,
    createdAt: set.createdAt === undefined ? null : new Date(set.createdAt).toISOString(),
    desired: set.desired,
  };
}

/** The revisions of a StatefulSet or DaemonSet, newest first; it is of the newest, or on its way there. */
export function controllerRevisionsOf(kept: readonly ControllerRevision[]): Revision[] {
  return [...kept]
    .sort((a, b) => b.number - a.number)
    .map(({ number, images, revision, changeCause, createdAt }, at) => ({
      number,
      isCurrent: at === 0,
      images,
      gitRevision: revision ?? null,
      changeCause: changeCause ?? null,
      createdAt: createdAt === undefined ? null : new Date(createdAt).toISOString(),
      desired: null,
    }));
}
