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
import { actorNow } from "./policy.ts";
import { clusterOf, findWorkload, impersonatedGroupsOf } from "./queries.ts";
import { StoredRestartPlan } from "./schema.ts";

/** How a restart is carried out: check that all stands as agreed, leave the mark with the restart, follow the rollout. */
export const restartRecipe: Recipe = {
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
  return actorNow(plan, await personCalled(runtime, plan.actor.user), {
    policy: policyNow(runtime)("restart", plan.environment),
    impersonatedGroups: impersonatedGroupsOf(runtime, environment),
  });
}

/** What a look at everything that a plan stands on has found. */
type Looked =
  | Readonly<{ state: "done"; generation: number }>
  | Readonly<{ state: "as planned"; cluster: ClusterPort; actor: Actor; resourceVersion: string }>
  | Readonly<{ state: "outdated"; because: string }>;

/** Throws where something cannot be known yet, so that the step is run again. */
async function look({ runtime, operation, signal }: StepContext, plan: StoredRestartPlan): Promise<Looked> {
  const environment = environmentOf(runtime, plan);
  if (environment === undefined) {
    return { state: "outdated", because: `${plan.environment} no longer lies in cluster ${plan.cluster}.` };
  }
  const cluster = clusterOf(runtime, environment);
  const marked = await cluster.findMark(plan.workload, signal).catch(goneIsNoMark);
  if (marked?.operationId === operation.id) {
    return { state: "done", generation: marked.generation };
  }
  if (marked?.uid !== plan.workload.uid) {
    return { state: "outdated", because: `${plan.workload.name} is gone, or was made anew.` };
  }
  const now = findWorkload(runtime, plan.environment, plan.workload);
  // Its images are known by the watch, which may be a moment behind the version that is about to be changed.
  if (!isSeen(runtime, environment) || (now?.uid === marked.uid && now.generation < marked.generation)) {
    throw new Error(`what ${plan.workload.name} is made of has not been seen yet`);
  }
  const outdated = whyOutdated(plan, now);
  if (outdated !== undefined) {
    return { state: "outdated", because: outdated };
  }
  const made = await actorOf(runtime, plan, environment);
  return made.ok
    ? { state: "as planned", cluster, actor: made.actor, resourceVersion: marked.resourceVersion }
    : { state: "outdated", because: made.because };
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
      return voided(looked.because);
    case "as planned": {
      const access = accessToRestart(plan.workload);
      const { allowed, because } = await looked.cluster.mayAct(looked.actor, access, context.signal);
      return allowed ? { state: "done", note: because } : refused(because);
    }
  }
}

/** Restarts the workload with the operation's mark on it. Done once, however often it is run. */
async function restartOnce(context: StepContext, plan: StoredRestartPlan): Promise<StepEnd> {
  const mark = { operationId: context.operation.id, at: context.operation.startedAt };
  for (;;) {
    const looked = await look(context, plan);
    if (looked.state === "outdated") {
      return voided(looked.because);
    }
    if (looked.state === "done") {
      return restarted(plan, looked.generation);
    }
    const { kind, namespace, name, uid } = plan.workload;
    const seen = { kind, namespace, name, uid, resourceVersion: looked.resourceVersion };
    try {
      const { generation } = await looked.cluster.restart(looked.actor, seen, mark, context.signal);
      return restarted(plan, generation);
    } catch (failure) {
      if (isRefusal(failure)) {
        return refused(failure.message);
      }
      // Its version moves with every change of its status; a new look tells whether anything else has moved.
      if (!(failure instanceof ClusterError && failure.code === "moved")) {
        throw failure;
      }
    }
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

function voided(because: string): StepEnd {
  return { state: "failed", note: `${because} The approval is void; nothing was changed.`, voids: true };
}

function refused(because: string): StepEnd {
  return { state: "failed", note: `Not restarted: ${because}. Nothing was changed.` };
}
