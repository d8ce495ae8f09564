import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Pod, Workload } from "#lib/clusters/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { findPlatform } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { type Finding, sayBudget } from "#lib/posture/model.ts";
import { postureOfWorkload } from "#lib/posture/queries.ts";
import { budgetsOf, type ClusterObjects, podsOf } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, isFresh } from "#lib/watch/freshness.ts";
import { rolloutFacts } from "#lib/watch/rollouts-seen.ts";
import { type Scaling, scalingOf } from "./autoscaling.ts";
import { cronJobRolloutOf, jobRolloutOf, latestJob } from "./jobs.ts";
import { ROLLOUT_KINDS, type Rollout, type RolloutState, type StuckReason } from "./model.ts";
import { podReason, reasonsOf } from "./reasons.ts";
import { type Revision, revisionsOf } from "./revisions.ts";

const JOB_KINDS = ["Job", "CronJob", "Pod"];

export type RolloutItem = Readonly<{
  cluster: string;
  namespace: string;
  kind: string;
  name: string;
  environment: string;
  desired: number;
  updated: number;
  ready: number;
  available: number;
  state: RolloutState;
  reason: StuckReason | null;
}>;

/** Where the rollout of each workload, Job and CronJob stands; "unknown" where its cluster is not seen fresh. */
export function listRollouts(runtime: SeenEstate, person: Person, environmentId?: string): Envelope<RolloutItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = environments.flatMap((environment) => [
    ...workloadItems(runtime, environment),
    ...jobItems(runtime, environment),
  ]);
  return envelopeOf(runtime, environments, items);
}

function isSeen(runtime: SeenEstate, environment: EnvironmentRow, kinds: readonly string[]): boolean {
  const source = runtime.ring.rows().source.get(clusterSourceId(environment.cluster));
  return source !== undefined && isFresh(source, { kinds, namespaces: environment.namespaces });
}

function workloadItems(runtime: SeenEstate, environment: EnvironmentRow): RolloutItem[] {
  const isKnown = isSeen(runtime, environment, ROLLOUT_KINDS);
  return runtime.view
    .workloads(environment.id)
    .map(({ workload, rollout }) => item(environment, workload.kind, workload, rollout, isKnown));
}

function jobItems(runtime: SeenEstate, environment: EnvironmentRow): RolloutItem[] {
  const objects = runtime.view.objects(environment.cluster);
  if (objects === undefined) {
    return [];
  }
  const isKnown = isSeen(runtime, environment, JOB_KINDS);
  const nowMs = runtime.clock().getTime();
  const rolloutOfJob = (job: Parameters<typeof jobRolloutOf>[0]) => {
    const pods = objects.Pod.by("owner", job.uid);
    const warnings = pods.flatMap(({ uid }) => objects.Warning.by("involved", uid));
    return jobRolloutOf(job, { pods, warnings, nowMs });
  };
  return environment.namespaces.flatMap((namespace) => [
    ...objects.Job.by("namespace", namespace).map((job) => item(environment, "Job", job, rolloutOfJob(job), isKnown)),
    ...objects.CronJob.by("namespace", namespace).map((cronJob) => {
      const latest = latestJob(objects.Job.by("owner", cronJob.uid));
      const rollout = cronJobRolloutOf(cronJob, latest && rolloutOfJob(latest));
      return item(environment, "CronJob", cronJob, rollout, isKnown);
    }),
  ]);
}

function item(
  environment: EnvironmentRow,
  kind: string,
  { namespace, name }: Readonly<{ namespace: string; name: string }>,
  rollout: Rollout,
  isKnown: boolean,
): RolloutItem {
  return {
    cluster: environment.cluster,
    namespace,
    kind,
    name,
    environment: environment.id,
    ...rollout,
    state: isKnown ? rollout.state : "unknown",
  };
}

export type PodItem = Readonly<{
  name: string;
  node: string | null;
  isReady: boolean;
  /** Its phase, or what it waits for. */
  state: string;
  reason: string | null;
  restarts: number;
  /** ISO 8601, UTC. */
  createdAt: string | null;
}>;

/** All that is known of one workload's rollout, beside its row. */
export type RolloutDetail = Readonly<{
  /** `<cluster>/<uid>` */
  id: string;
  /** Worst first. */
  reasons: readonly StuckReason[];
  /** Newest first; empty where its kind keeps none that Gatehouse reads. */
  revisions: readonly Revision[];
  updateStrategy: string;
  partition: number;
  team: string | null;
  scaling: Scaling | null;
  /** `allowed` is null until its controller has counted. */
  budgets: readonly Readonly<{ name: string; rule: string; allowed: number | null }>[];
  pods: readonly PodItem[];
  findings: readonly Finding[];
  /** Kinds of object that Gatehouse may not read here, so that their lists above say nothing. */
  unknown: readonly string[];
  asOf: string;
}>;

/** What stands behind one workload's row, `<cluster>/<uid>`. Throws not_found for one that is not there for this person. */
export function readRollout(runtime: SeenEstate, person: Person, id: string): RolloutDetail {
  const [cluster = "", uid = ""] = id.split("/");
  const objects = runtime.view.objects(cluster);
  const workload = objects?.Workload.get(uid);
  const environment = environmentsFor(runtime, person, undefined).find(
    (one) => one.cluster === cluster && workload !== undefined && one.namespaces.includes(workload.namespace),
  );
  if (objects === undefined || workload === undefined || environment === undefined) {
    throw new GatehouseError("not_found", "There is no such workload.");
  }
  const nowMs = runtime.clock().getTime();
  const facts = rolloutFacts(objects, workload, nowMs);
  const team = findPlatform(runtime.estate, environment.platform)?.labels.team ?? "";
  return {
    id,
    reasons: reasonsOf(facts),
    revisions: revisionsOf(workload, facts.replicaSets),
    updateStrategy: workload.updateStrategy,
    partition: workload.partition,
    team: workload.labels[team] ?? workload.template.labels[team] ?? null,
    scaling: scalingOf(workload, objects.Autoscaler.by("namespace", workload.namespace)) ?? null,
    budgets: budgetItems(objects, workload),
    pods: podsOf(objects, workload)
      .filter((pod) => !pod.isDeleting)
      .map((pod) => podItem(pod, podReason(pod, facts.warnings, nowMs)))
      .sort((a, b) => Number(a.isReady) - Number(b.isReady) || a.name.localeCompare(b.name)),
    findings: postureOfWorkload(runtime, environment, uid),
    unknown: refusedKinds(runtime, cluster),
    asOf: runtime.clock().toISOString(),
  };
}

function refusedKinds(runtime: SeenEstate, cluster: string): string[] {
  const gaps = runtime.ring.rows().source.get(clusterSourceId(cluster))?.kinds ?? [];
  return gaps.filter(({ state }) => state === "denied").map(({ kind }) => kind);
}

function budgetItems(objects: ClusterObjects, workload: Workload): RolloutDetail["budgets"] {
  return budgetsOf(objects, workload).map((budget) => ({
    name: budget.name,
    rule: sayBudget(budget),
    allowed: budget.disruptionsAllowed ?? null,
  }));
}

function podItem(pod: Pod, reason: StuckReason | undefined): PodItem {
  return {
    name: pod.name,
    node: pod.node ?? null,
    isReady: pod.isReady,
    state: pod.waiting?.reason ?? pod.phase,
    reason: reason?.message ?? null,
    restarts: pod.restarts,
    createdAt: pod.createdAt === undefined ? null : new Date(pod.createdAt).toISOString(),
  };
}
