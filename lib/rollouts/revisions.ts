import type { ReplicaSet, Workload } from "#lib/clusters/model.ts";

/** One revision of a Deployment that can still be gone back to. */
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
  /** How many pods it is asked to have. */
  desired: number;
}>;

/**
 * The revisions that a Deployment's ReplicaSets hold, newest first. Empty for a StatefulSet or DaemonSet: theirs are
 * ControllerRevisions, which Gatehouse does not read.
 */
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
