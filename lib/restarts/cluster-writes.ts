import "server-only";
import { personCalled } from "#lib/access/people.ts";
import { areKindsSeen } from "#lib/environments/model.ts";
import { type Environment, findEnvironment } from "#lib/estate/model.ts";
import { FOLLOWING_STEP } from "#lib/operations/model.ts";
import { type Recipe, type StepContext, type StepEnd, whyOtherPlan } from "#lib/operations/recipe.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import { follow } from "#lib/rollouts/follow.ts";
import { ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type Actor, type ActorMade, accessToRestart, type ClusterPort } from "#lib/systems/kubernetes/port.ts";
import { restartProgress, whyOutdated } from "./model.ts";
import { actorNow, actorThen } from "./policy.ts";
import { clusterOf, findWorkload, impersonatedGroupsOf } from "./queries.ts";
import { StoredRestartPlan } from "./schema.ts";

/** How a restart is carried out: check that all stands as agreed, leave the mark with the restart, follow the rollout. */
export const restartRecipe: Recipe = {
  whyUnsure: () => undefined,
  async whyNotCurrent(runtime, stored) {
    const plan = StoredRestartPlan.parse(stored);
    const environment = environmentOf(runtime, plan);
    if (environment === undefined) {
      return `${plan.environment} no longer lies in cluster ${plan.cluster} by gatehouse.yaml.`;
    }
    // While its cluster is not seen nobody knows whether it holds, and nothing is started either.
    const outdated = isSeen(runtime, environment)
      ? whyOutdated(plan, findWorkload(runtime, plan.environment, plan.workload))
      : undefined;
    const made = await actorOf(runtime, plan, environment);
    return outdated ?? (made.ok ? undefined : made.because);
  },
  steps: [
    { name: "Check", run: (context) => check(context, StoredRestartPlan.parse(context.operation.plan)) },
    { name: "Restart", run: (context) => restartOnce(context, StoredRestartPlan.parse(context.operation.plan)) },
    {
      name: FOLLOWING_STEP,
      run(context) {
        const plan = StoredRestartPlan.parse(context.operation.plan);
        const generation = Number(context.result.generation);
        return follow(context, {
          stepName: FOLLOWING_STEP,
          effect: "Restarted",
          progress: (seen) => restartProgress(plan, generation, seen),
        });
      },
    },
  ],
};

function environmentOf({ estate }: Runtime, plan: StoredRestartPlan): Environment | undefined {
  const environment = findEnvironment(estate, plan.environment)?.environment;
  return environment?.clusterId === plan.cluster ? environment : undefined;
}

function isSeen(runtime: Runtime, { clusterId, namespaces }: Environment): boolean {
  return areKindsSeen({ cluster: clusterId, namespaces }, ROLLOUT_KINDS, runtime.ring.rows().source);
}

async function actorOf(runtime: Runtime, plan: StoredRestartPlan, environment: Environment): Promise<ActorMade> {
  return actorNow(plan, await personCalled(runtime, plan.actor.user), rulesOf(runtime, plan, environment));
}

function rulesOf(runtime: Runtime, plan: StoredRestartPlan, environment: Environment): Parameters<typeof actorThen>[1] {
  return {
    policy: policyNow(runtime)("restart", plan.environment),
    impersonatedGroups: impersonatedGroupsOf(runtime, environment),
  };
}

/** Where a write can be made: in that cluster, in that name, of that version. */
type Place = Readonly<{ cluster: ClusterPort; actor: Actor; resourceVersion: string }>;

/**
 * What becomes of an earlier attempt that was held up on its way: the object refuses it, since it is another or has moved; or
 * nothing keeps it from arriving, and it can be kept from it at a place, where there is one.
 */
type Late = "refused" | Place | undefined;

/** What a look at everything that a plan stands on has found. */
type Looked =
  | Readonly<{ state: "done"; generation: number }>
  | (Readonly<{ state: "as planned" }> & Place)
  | Readonly<{ state: "outdated"; because: string; late: Late }>;

/** Throws where something cannot be known yet, so that the step is run again. */
async function look({ runtime, operation, signal }: StepContext, plan: StoredRestartPlan): Promise<Looked> {
  const environment = environmentOf(runtime, plan);
  if (environment === undefined) {
    return {
      state: "outdated",
      because: `${plan.environment} no longer lies in cluster ${plan.cluster}.`,
      late: undefined,
    };
  }
  const cluster = clusterOf(runtime, environment);
  // Seen before the mark is asked for: where it is outdated, an earlier attempt has arrived by then or is refused.
  const now = findWorkload(runtime, plan.environment, plan.workload);
  const marked = await cluster.findMark(plan.workload, signal).catch(goneIsNoMark);
  if (marked?.operationId === operation.id) {
    return { state: "done", generation: marked.generation };
  }
  if (marked?.uid !== plan.workload.uid) {
    return { state: "outdated", because: `${plan.workload.name} is gone, or was made anew.`, late: "refused" };
  }
  // Its images are known by the watch, which may be a moment behind the version that is about to be changed.
  if (!isSeen(runtime, environment) || (now?.uid === marked.uid && now.generation < marked.generation)) {
    throw new Error(`what ${plan.workload.name} is made of has not been seen yet`);
  }
  const outdated = whyOutdated(plan, now);
  if (outdated !== undefined) {
    return { state: "outdated", because: outdated, late: "refused" };
  }
  const { resourceVersion } = marked;
  const made = await actorOf(runtime, plan, environment);
  if (made.ok) {
    return { state: "as planned", cluster, actor: made.actor, resourceVersion };
  }
  const then = actorThen(plan, rulesOf(runtime, plan, environment));
  const late = then.ok ? { cluster, actor: then.actor, resourceVersion } : undefined;
  return { state: "outdated", because: made.because, late };
}

function goneIsNoMark(failure: unknown): undefined {
  if (failure instanceof ClusterError && failure.code === "not_found") {
    return undefined;
  }
  throw failure;
}

/** Already done, still as approved and allowed, void, or refused. Changes nothing. */
async function check(context: StepContext, plan: StoredRestartPlan): Promise<StepEnd> {
  const other = whyOtherPlan(context.operation);
  if (other !== undefined) {
    return other;
  }
  const looked = await look(context, plan);
  switch (looked.state) {
    case "done":
      return { state: "done", note: "already done" };
    case "outdated":
      return voided(looked.because, true);
    case "as planned": {
      const access = accessToRestart(plan.workload);
      const { allowed, because } = await looked.cluster.mayAct(looked.actor, access, context.signal);
      return allowed ? { state: "done", note: because } : refused(because, true);
    }
  }
}

/** Restarts the workload with the operation's mark on it. Done once, however often it is run. */
async function restartOnce(context: StepContext, plan: StoredRestartPlan): Promise<StepEnd> {
  for (;;) {
    const end = await tryToRestart(context, plan).catch(movedIsNoEnd);
    if (end !== undefined) {
      return end;
    }
  }
}

/** Its version moves with every change of its status; a new look tells whether anything else has moved. */
function movedIsNoEnd(failure: unknown): undefined {
  if (failure instanceof ClusterError && failure.code === "moved") {
    return undefined;
  }
  throw failure;
}

async function tryToRestart(context: StepContext, plan: StoredRestartPlan): Promise<StepEnd> {
  const looked = await look(context, plan);
  if (looked.state === "outdated") {
    return voided(looked.because, await keepOutLate(context, plan, looked.late));
  }
  if (looked.state === "done") {
    return restarted(plan, looked.generation);
  }
  const { cluster, actor, resourceVersion } = looked;
  const mark = { operationId: context.operation.id, at: context.operation.startedAt };
  // After the look: a version that was seen while it was ours is an earlier one than whoever takes it over may move.
  await context.stillOurs();
  try {
    const { generation } = await cluster.restart(actor, { ...plan.workload, resourceVersion }, mark, context.signal);
    return restarted(plan, generation);
  } catch (failure) {
    if (!isRefusal(failure)) {
      throw failure;
    }
    return refused(failure.message, await keepOutLate(context, plan, looked));
  }
}

/** Keeps an earlier attempt from arriving after the end; whether that is certain. */
async function keepOutLate(
  { operation, isRepeated, runtime, signal }: StepContext,
  plan: StoredRestartPlan,
  late: Late,
): Promise<boolean> {
  if (!isRepeated || late === "refused") {
    return true;
  }
  if (late === undefined) {
    return false;
  }
  const { cluster, actor, resourceVersion } = late;
  const mark = { operationId: operation.id, at: runtime.clock() };
  try {
    await cluster.giveUp(actor, { ...plan.workload, resourceVersion }, mark, signal);
    return true;
  } catch (failure) {
    if (!isRefusal(failure)) {
      throw failure;
    }
    return false;
  }
}

/** Whether the cluster has said no for certain; after anything else the step is run again and looks first. */
function isRefusal(failure: unknown): failure is ClusterError {
  return failure instanceof ClusterError && (failure.code === "denied" || failure.code === "rejected");
}

function restarted({ workload }: StoredRestartPlan, generation: number): StepEnd {
  const what = `${workload.kind} ${workload.namespace}/${workload.name}`;
  return {
    state: "done",
    note: `${what} is at generation ${generation}`,
    result: { generation: String(generation), outcome: `${what} restarted and rolled out` },
  };
}

const LATE = "whether an earlier attempt still arrives is not certain, so look at the workload";

function voided(because: string, isCertain: boolean): StepEnd {
  const left = isCertain ? "nothing was changed" : LATE;
  return { state: "failed", note: `${because} The approval is void; ${left}.`, voids: true };
}

function refused(because: string, isCertain: boolean): StepEnd {
  const left = isCertain ? "Nothing was changed" : `But ${LATE}`;
  return { state: "failed", note: `Not restarted: ${because}. ${left}.` };
}
