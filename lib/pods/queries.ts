import "server-only";
import type { Person } from "#lib/access/model.ts";
import { environmentsFor } from "#lib/environments/queries.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { podReason } from "#lib/rollouts/reasons.ts";
import { answerableFor, claimsOf } from "#lib/watch/cluster-objects.ts";
import { maySee } from "#lib/watch/policy.ts";
import { batchOf } from "#lib/watch/rollouts-seen.ts";
import { type Snapshot, tablesOf } from "#lib/watch/wire.ts";
import { type PodCounts, type PodEntries, type PodFilter, podFits, worstPods } from "./list.ts";

/** So many stand on the page when it comes, which is more than a screen shows. */
const FIRST = 60;

/** What the pods page is rendered with before its stream is there. */
export type FirstPods = Readonly<{
  /** The first of those that fit; no event's id, for it is not all. */
  rows: Snapshot;
  /** How many fit. */
  fitting: number;
  counts: PodCounts;
}>;

/** The worst of the pods that somebody may see and that fit, and how many there are. */
export function readFirstPods(runtime: Pick<Runtime, "pods">, person: Person, filter: PodFilter): FirstPods {
  const { rows, fitting, counts } = worstPods(seenPods(runtime, person), podFits(filter), FIRST);
  const numbered = rows.map(([id, row], at) => [at, id, row] as const);
  return { rows: { id: "", tables: JSON.stringify(tablesOf("pod", numbered)) }, fitting, counts };
}

function* seenPods(runtime: Pick<Runtime, "pods">, person: Person): PodEntries {
  const isSeen = new Map<string, boolean>();
  for (const entry of runtime.pods.rows().pod) {
    const { environment } = entry[1];
    const sees = isSeen.get(environment) ?? maySee(person, environment);
    isSeen.set(environment, sees);
    if (sees) {
      yield entry;
    }
  }
}

/** What is known of one pod beside its row. */
export type PodDetail = Readonly<{
  /** `<cluster>/<uid>` */
  id: string;
  /** What made it, such as "Deployment svc-wallet"; null for a pod that nobody answers for. */
  owner: string | null;
  /** The row of the workload, Job or CronJob that it is of, `<cluster>/<uid>`; null where none is seen. */
  workload: string | null;
  phase: string;
  waiting: Readonly<{ container: string; reason: string; message: string; isInit: boolean }> | null;
  /** Why its rollout would be held up by it, in words; null where it would not. */
  reason: string | null;
  lastExit: Readonly<{ code: number; reason: string | null }> | null;
  /** What the container that ended left as its last word. */
  lastWords: string | null;
  /** Of Warning events about it, newest first. */
  warnings: readonly Readonly<{ reason: string; message: string; at: string }>[];
}>;

const MOST_WARNINGS = 5;

/** One pod, `<cluster>/<uid>`. Throws not_found for one that is not there for this person. */
export function readPod(runtime: Runtime, person: Person, id: string): PodDetail {
  const [cluster = "", uid = ""] = id.split("/");
  const objects = runtime.view.objects(cluster);
  const pod = objects?.Pod.get(uid);
  const environment = environmentsFor(runtime, person, undefined).find(
    (one) => one.cluster === cluster && pod !== undefined && one.namespaces.includes(pod.namespace),
  );
  if (objects === undefined || pod === undefined || environment === undefined) {
    throw new GatehouseError("not_found", "There is no such pod.");
  }
  const ownerUid = pod.ownerUid ?? "";
  const answerable = answerableFor(objects, ownerUid);
  const workload = objects.Workload.get(answerable);
  const batch = batchOf(objects, answerable);
  const set = objects.ReplicaSet.get(ownerUid);
  const job = objects.Job.get(ownerUid);
  const warnings = objects.Warning.by("involved", uid);
  const claims = claimsOf(objects, [pod]);
  const facts = {
    claims,
    warnings: [...warnings, ...claims.flatMap((claim) => objects.Warning.by("involved", claim.uid))],
    nowMs: runtime.clock().getTime(),
  };
  const owner =
    (workload && `${workload.kind} ${workload.name}`) ??
    (set && `ReplicaSet ${set.name}`) ??
    (job && `Job ${job.name}`) ??
    null;
  return {
    id,
    owner,
    workload: workload === undefined && batch === undefined ? null : `${cluster}/${answerable}`,
    phase: pod.phase,
    waiting: pod.waiting ?? null,
    reason: podReason(pod, facts)?.message ?? null,
    lastExit: pod.lastExitCode === undefined ? null : { code: pod.lastExitCode, reason: pod.lastExitReason ?? null },
    lastWords: pod.lastWords ?? null,
    warnings: [...warnings]
      .sort((a, b) => b.at - a.at)
      .slice(0, MOST_WARNINGS)
      .map(({ reason, message, at }) => ({ reason, message, at: new Date(at).toISOString() })),
  };
}
