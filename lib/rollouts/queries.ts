import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Labels, Pod, Workload } from "#lib/clusters/model.ts";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor, sayUnknown } from "#lib/environments/queries.ts";
import { findPlatform } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { type Finding, sayBudget } from "#lib/posture/model.ts";
import { postureOfWorkload } from "#lib/posture/queries.ts";
import { budgetsOf, type ClusterObjects } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, unseenKinds } from "#lib/watch/freshness.ts";
import { type Batch, batchOf, batchRollout, jobFacts, rolloutFacts } from "#lib/watch/rollouts-seen.ts";
import { type Scaling, scalingOf } from "./autoscaling.ts";
import { type JobFacts, jobReasonsOf, latestJob } from "./jobs.ts";
import {
  BATCH_KINDS,
  kindsBehind,
  ROLLOUT_KINDS,
  type RolloutKind,
  type RolloutState,
  type StuckCode,
  type StuckReason,
  type WorkloadRow,
} from "./model.ts";
import { podReason, reasonsOf } from "./reasons.ts";
import { controllerRevisionsOf, type Revision, revisionsOf } from "./revisions.ts";

export type RolloutItem = Readonly<{
  cluster: string;
  namespace: string;
  kind: RolloutKind;
  name: string;
  environment: string;
  desired: number;
  updated: number;
  ready: number;
  available: number;
  state: RolloutState;
  reason: StuckReason | null;
}>;

/** What rollouts somebody asks for; all where both are left out. */
export type RolloutSearch = Readonly<{ environment?: string | undefined; kind?: RolloutKind | undefined }>;

/** `unknown`: what of the kinds that were asked for cannot be seen, each in a sentence. */
export type RolloutAnswer = Envelope<RolloutItem> & Readonly<{ unknown: readonly string[] }>;

/** Where the rollout of each workload, Job and CronJob stands; "unknown" where its cluster is not seen fresh. */
export function listRollouts(runtime: SeenEstate, person: Person, search: RolloutSearch = {}): RolloutAnswer {
  const environments = environmentsFor(runtime, person, search.environment);
  const rows = runtime.ring.list("workload").filter(({ kind }) => (search.kind ?? kind) === kind);
  const byEnvironment = Map.groupBy(rows, ({ environment }) => environment);
  const sources = runtime.ring.rows().source;
  const items = environments.flatMap((environment) =>
    (byEnvironment.get(environment.id) ?? []).map((row) =>
      itemOf(row, areKindsSeen(environment, kindsBehind(row.kind), sources)),
    ),
  );
  const kinds = search.kind === undefined ? [...ROLLOUT_KINDS, ...BATCH_KINDS] : kindsBehind(search.kind);
  return { ...envelopeOf(runtime, environments, items), unknown: sayUnknown(runtime, environments, kinds) };
}

function itemOf(row: WorkloadRow, isKnown: boolean): RolloutItem {
  const { cluster, namespace, kind, name, environment, rollout } = row;
  return { cluster, namespace, kind, name, environment, ...rollout, state: isKnown ? rollout.state : "unknown" };
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

/** All that is known of one rollout, beside its row. */
export type RolloutDetail = Readonly<{
  /** `<cluster>/<uid>` */
  id: string;
  /** Worst first. */
  reasons: readonly StuckReason[];
  /** Newest first; empty where its kind keeps none. */
  revisions: readonly Revision[];
  /** Null for a Job and a CronJob, which replace no pods. */
  updateStrategy: string | null;
  partition: number;
  team: string | null;
  scaling: Scaling | null;
  /** `allowed` is null until its controller has counted. */
  budgets: readonly Readonly<{ name: string; rule: string; allowed: number | null }>[];
  /** Of a Job itself, or the latest of a CronJob; null where there is none. */
  job: Readonly<{ name: string; failed: number; backoffLimit: number }> | null;
  pods: readonly PodItem[];
  findings: readonly Finding[];
  /** Why the findings may not be all, each in a sentence. */
  findingsUnknown: readonly string[];
  /** Kinds of object that Gatehouse may not or cannot read here, so that their lists above say nothing. */
  unknown: readonly string[];
  asOf: string;
}>;

/** What stands behind one row, `<cluster>/<uid>`. Throws not_found for one that is not there for this person. */
export function readRollout(runtime: SeenEstate, person: Person, id: string): RolloutDetail {
  const [cluster = "", uid = ""] = id.split("/");
  const objects = runtime.view.objects(cluster);
  const workload = objects?.Workload.get(uid);
  const batch = objects && batchOf(objects, uid);
  const namespace = workload?.namespace ?? batch?.value.namespace;
  const environment = environmentsFor(runtime, person, undefined).find(
    (one) => one.cluster === cluster && namespace !== undefined && one.namespaces.includes(namespace),
  );
  if (objects === undefined || environment === undefined) {
    throw new GatehouseError("not_found", "There is no such workload.");
  }
  const place = { runtime, environment, objects, nowMs: runtime.clock().getTime() };
  const detail = workload === undefined ? batch && batchDetail(place, batch) : workloadDetail(place, workload);
  if (detail === undefined) {
    throw new GatehouseError("not_found", "There is no such workload.");
  }
  return { id, ...detail, unknown: unseenKindsIn(runtime, environment), asOf: runtime.clock().toISOString() };
}

type DetailPlace = Readonly<{
  runtime: SeenEstate;
  environment: EnvironmentRow;
  objects: ClusterObjects;
  nowMs: number;
}>;
type OwnDetail = Omit<RolloutDetail, "id" | "unknown" | "asOf">;

function workloadDetail({ runtime, environment, objects, nowMs }: DetailPlace, workload: Workload): OwnDetail {
  const facts = rolloutFacts(objects, workload, nowMs);
  const posture = postureOfWorkload(runtime, environment, workload.uid);
  return {
    reasons: reasonsOf(facts),
    revisions:
      workload.kind === "Deployment"
        ? revisionsOf(workload, facts.replicaSets)
        : controllerRevisionsOf(objects.ControllerRevision.by("owner", workload.uid)),
    updateStrategy: workload.updateStrategy,
    partition: workload.partition,
    team: teamOf(runtime, environment, [workload.labels, workload.template.labels]),
    scaling: scalingOf(workload, objects.Autoscaler.by("namespace", workload.namespace)) ?? null,
    budgets: budgetItems(objects, workload),
    job: null,
    pods: podItems(facts),
    findings: posture.findings,
    findingsUnknown: posture.unknown,
  };
}

/** Reasons that the runs of a schedule give, and no pod. */
const BY_TIME: readonly (StuckCode | undefined)[] = ["missed", "overdue", "run_gone"];

function batchDetail({ runtime, environment, objects, nowMs }: DetailPlace, batch: Batch): OwnDetail {
  const job = batch.kind === "Job" ? batch.value : latestJob(objects.Job.by("owner", batch.value.uid));
  const facts = job && jobFacts(objects, job, nowMs);
  // One that is held, has missed its time or has lost its last run stands as its row says, whatever became of an earlier Job.
  const { state, reason } = batchRollout(objects, batch, nowMs).rollout;
  const isStuckByJob = state === "stuck" && !BY_TIME.includes(reason?.code);
  return {
    reasons: isStuckByJob && job !== undefined && facts !== undefined ? jobReasonsOf(job, facts) : [],
    revisions: [],
    updateStrategy: null,
    partition: 0,
    team: teamOf(runtime, environment, [batch.value.labels, batch.value.podLabels]),
    scaling: null,
    budgets: [],
    job: job === undefined ? null : { name: job.name, failed: job.failed, backoffLimit: job.backoffLimit },
    pods: facts === undefined ? [] : podItems(facts),
    findings: [],
    findingsUnknown: [],
  };
}

/** Those that are not ready first. */
function podItems(facts: JobFacts): PodItem[] {
  return facts.pods
    .filter((pod) => !pod.isDeleting)
    .map((pod) => podItem(pod, podReason(pod, facts)))
    .sort((a, b) => Number(a.isReady) - Number(b.isReady) || a.name.localeCompare(b.name));
}

function teamOf(runtime: SeenEstate, { platform }: EnvironmentRow, labels: readonly Labels[]): string | null {
  const team = findPlatform(runtime.estate, platform)?.labels.team ?? "";
  return labels.map((each) => each[team]).find((value) => value !== undefined) ?? null;
}

function unseenKindsIn(runtime: SeenEstate, { cluster, namespaces }: EnvironmentRow): string[] {
  const source = runtime.ring.rows().source.get(clusterSourceId(cluster));
  const kinds = (source?.kinds ?? []).map(({ kind }) => kind);
  return source === undefined ? [] : unseenKinds(source, { kinds, namespaces }).map(({ kind }) => kind);
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
