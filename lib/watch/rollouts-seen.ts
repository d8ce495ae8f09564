import "server-only";
import type { BatchKind, Job, KeptObject, Pod, Workload } from "#lib/clusters/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import {
  cronJobRolloutOf,
  type JobFacts,
  jobRolloutOf,
  judgeCronJob,
  judgeLoneJob,
  latestJob,
  timelyRolloutOf,
} from "#lib/rollouts/jobs.ts";
import type { Rollout, StuckCode } from "#lib/rollouts/model.ts";
import { blocks, type RolloutFacts } from "#lib/rollouts/reasons.ts";
import { rolloutOf } from "#lib/rollouts/state.ts";
import {
  answerableFor,
  budgetsOf,
  type ClusterObjects,
  claimsOf,
  podsOf,
  workloadsBehind,
  workloadsCountedBy,
} from "./cluster-objects.ts";
import type { Places } from "./places.ts";
import { bothOf, type ObjectChange } from "./row-maker.ts";

/** A Job or a CronJob. */
export type Batch = Extract<KeptObject, { kind: BatchKind }>;

/** Where the rollout of each workload, Job and CronJob stands, worked out once for all rows that show it. Ids are `<cluster>/<uid>`. */
export type RolloutsSeen = Readonly<{
  of(cluster: string, workload: Workload): Rollout;
  ofBatch(cluster: string, batch: Batch): Rollout;
  /** Forgets what an object that changes is part of. */
  touch(change: ObjectChange): void;
  /** Forgets those that may change with time alone, and answers with their ids. */
  touchUnsettled(): readonly string[];
}>;

export function createRolloutsSeen(places: Places, clock: Clock): RolloutsSeen {
  const rollouts = new Map<string, Rollout>();
  /** When time alone makes another rollout of a Job or CronJob: a run has not started or ended by then. */
  const changesAt = new Map<string, number>();

  function forget(id: string): void {
    rollouts.delete(id);
    changesAt.delete(id);
  }

  function remembered(id: string, workOut: () => Rollout): Rollout {
    const known = rollouts.get(id);
    if (known !== undefined) {
      return known;
    }
    const rollout = workOut();
    rollouts.set(id, rollout);
    return rollout;
  }

  return {
    of: (cluster, workload) =>
      remembered(`${cluster}/${workload.uid}`, () =>
        rolloutOf(rolloutFacts(places.objects(cluster), workload, clock().getTime())),
      ),
    ofBatch(cluster, batch) {
      const id = `${cluster}/${batch.value.uid}`;
      return remembered(id, () => {
        const nowMs = clock().getTime();
        const { rollout, changesAt: at } = batchRollout(places.objects(cluster), batch, nowMs);
        if (at !== undefined && at > nowMs) {
          changesAt.set(id, at);
        }
        return rollout;
      });
    },
    touch(change) {
      for (const id of workloadIdsBehind(places, change)) {
        forget(id);
      }
    },
    touchUnsettled() {
      const nowMs = clock().getTime();
      const unsettled = [...rollouts].flatMap(([id, rollout]) => {
        const isDue = (changesAt.get(id) ?? Number.POSITIVE_INFINITY) <= nowMs;
        return isDue || mayMove(rollout) ? [id] : [];
      });
      for (const id of unsettled) {
        forget(id);
      }
      return unsettled;
    },
  };
}

/** What time alone does not change: a run that has failed or was missed stays so until there is another. */
const STEADY: readonly (StuckCode | undefined)[] = ["job_failed", "missed"];

function mayMove({ state, reason }: Rollout): boolean {
  return state === "progressing" || state === "paused" || (state === "stuck" && !STEADY.includes(reason?.code));
}

/** The CronJob of that uid, or the Job, where it is none of a CronJob's own. */
export function batchOf(objects: ClusterObjects, uid: string): Batch | undefined {
  const cronJob = objects.CronJob.get(uid);
  if (cronJob !== undefined) {
    return { kind: "CronJob", value: cronJob };
  }
  const job = objects.Job.get(uid);
  return job === undefined || job.ownerUid !== undefined ? undefined : { kind: "Job", value: job };
}

/** Where a Job stands, or a CronJob by its latest Job, and when time alone may change that. */
export function batchRollout(
  objects: ClusterObjects | undefined,
  batch: Batch,
  nowMs: number,
): { rollout: Rollout; changesAt: number | undefined } {
  const rolloutOfJob = (job: Job) => jobRolloutOf(job, jobFacts(objects, job, nowMs));
  if (batch.kind === "Job") {
    const judgement = judgeLoneJob(batch.value, nowMs);
    return { rollout: timelyRolloutOf(rolloutOfJob(batch.value), judgement), changesAt: judgement.changesAt };
  }
  const jobs = objects?.Job.by("owner", batch.value.uid) ?? [];
  const job = latestJob(jobs);
  const judgement = judgeCronJob(batch.value, jobs, nowMs);
  const rollout = cronJobRolloutOf(batch.value, job && { job, rollout: rolloutOfJob(job) }, judgement);
  return { rollout, changesAt: judgement.changesAt };
}

/** All that the objects of a cluster say of a Job. */
export function jobFacts(objects: ClusterObjects | undefined, job: Job, nowMs: number): JobFacts {
  if (objects === undefined) {
    return { pods: [], claims: [], warnings: [], nowMs };
  }
  const pods = objects.Pod.by("owner", job.uid);
  return { pods, ...claimsAndWarnings(objects, job, pods), nowMs };
}

/** The workloads, Jobs and CronJobs, each as `<cluster>/<uid>`, that an object is part of, before and after it changed. */
export function workloadIdsBehind(places: Places, change: ObjectChange): string[] {
  const objects = places.objects(change.cluster);
  return objects === undefined
    ? []
    : [
        ...bothOf(change).flatMap((object) => workloadsBehind(objects, object)),
        ...workloadsInDrain(objects, change),
      ].map((uid) => `${change.cluster}/${uid}`);
}

/** The uids of the workloads whose pods stand on a node that is cordoned now or was until now, or are held there by a budget. */
function workloadsInDrain(objects: ClusterObjects, change: ObjectChange): string[] {
  const { before, after } = change;
  if (isCordoned(before) !== isCordoned(after)) {
    const names = new Set(bothOf(change).map(({ value }) => value.name));
    const pods = [...names].flatMap((name) => objects.Pod.by("node", name));
    return pods.flatMap(({ ownerUid }) => (ownerUid === undefined ? [] : answerableFor(objects, ownerUid)));
  }
  const budgets = bothOf(change).flatMap((one) =>
    one.kind === "DisruptionBudget" && blocks(one.value) ? [one.value] : [],
  );
  return budgets.flatMap((budget) => workloadsCountedBy(objects, budget)).map(({ uid }) => uid);
}

function isCordoned(object: KeptObject | undefined): boolean {
  return object?.kind === "Node" && object.value.isCordoned;
}

/** All that the objects of a cluster say of a workload's rollout. */
export function rolloutFacts(objects: ClusterObjects | undefined, workload: Workload, nowMs: number): RolloutFacts {
  if (objects === undefined) {
    const nothing = { replicaSets: [], pods: [], claims: [], warnings: [], budgets: [] };
    return { workload, ...nothing, isCordoned: () => false, nowMs };
  }
  const pods = podsOf(objects, workload);
  return {
    workload,
    replicaSets: objects.ReplicaSet.by("owner", workload.uid),
    pods,
    ...claimsAndWarnings(objects, workload, pods),
    budgets: budgetsOf(objects, workload),
    isCordoned: (name) => [...objects.Node.all()].some((node) => node.name === name && node.isCordoned),
    nowMs,
  };
}

/** The claims of a maker's pods, and the warnings about the maker, its pods and their claims. */
function claimsAndWarnings(
  objects: ClusterObjects,
  maker: Readonly<{ uid: string }>,
  pods: readonly Pod[],
): Pick<RolloutFacts, "claims" | "warnings"> {
  const claims = claimsOf(objects, pods);
  return { claims, warnings: [maker, ...pods, ...claims].flatMap(({ uid }) => objects.Warning.by("involved", uid)) };
}
