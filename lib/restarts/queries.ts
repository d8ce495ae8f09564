import "server-only";
import type { Decision, Person } from "#lib/access/model.ts";
import { personCalled } from "#lib/access/people.ts";
import { may } from "#lib/access/policy.ts";
import type { Workload } from "#lib/clusters/model.ts";
import { type Environment, findEnvironment } from "#lib/estate/model.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { Policy } from "#lib/policies/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type Actor, accessToRestart, actorFor, type ClusterPort } from "#lib/systems/kubernetes/port.ts";
import { type RestartPlan, type WorkloadRef, whyNotRestarted } from "./model.ts";

const ASK_WITHIN_MS = 5000;

/** What the dialog shows: what is restarted, in whose name, and whether policy and cluster let this person. */
export type RestartPreview = Readonly<{ plan: RestartPlan; digest: string; policy: Policy | null; may: Decision }>;

/** Throws GatehouseError: not_found, not_allowed (nobody may be impersonated there), conflict (it cannot be restarted), unavailable. */
export async function previewRestart(
  runtime: Runtime,
  person: Person,
  environmentId: string,
  workload: WorkloadRef,
): Promise<RestartPreview> {
  const environment = restartable(runtime, person, environmentId);
  const plan = await planRestart(runtime, person, environment, workload);
  const policy = policyNow(runtime)("restart", environmentId);
  const asking = mayAsk(person, "restart", environmentId, policy);
  const may = asking.allowed ? await clusterLets(runtime, person, environment, workload) : asking;
  return { plan, digest: digestOf(plan), policy, may };
}

/** An environment of a cluster that the person may see. Throws not_found. */
export function restartable(runtime: Pick<Runtime, "estate">, person: Person, environmentId: string): Environment {
  const place = findEnvironment(runtime.estate, environmentId);
  if (place === undefined || !may(person, "estate.read", environmentId).allowed) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  return place.environment;
}

/** Plans the restart of a workload as it is seen now, in the person's name. */
export async function planRestart(
  runtime: Pick<Runtime, "estate" | "view" | "db">,
  person: Person,
  environment: Environment,
  wanted: WorkloadRef,
): Promise<RestartPlan> {
  const workload = findWorkload(runtime, environment.id, wanted);
  if (workload === undefined) {
    throw new GatehouseError(
      "not_found",
      `There is no ${wanted.kind} ${wanted.namespace}/${wanted.name} in ${environment.id}.`,
    );
  }
  const why = whyNotRestarted(workload);
  if (why !== undefined) {
    throw new GatehouseError("conflict", `${why} Nothing was changed.`);
  }
  const { user, groups } = actorIn(runtime, person, environment);
  const known = await personCalled(runtime, person.account);
  if (known === undefined) {
    throw new GatehouseError("not_allowed", `${person.account} can no longer sign in. Nothing was changed.`);
  }
  const { namespace, name, uid, images, service, desired, updateStrategy } = workload;
  return {
    kind: "restart",
    platform: environment.platformId,
    environment: environment.id,
    cluster: environment.clusterId,
    workload: { kind: wanted.kind, namespace, name, uid, images },
    services: [{ service }],
    pods: desired,
    updateStrategy,
    actor: { user, groups, sessionVersion: known.sessionVersion },
  };
}

/** The workload as last seen; undefined where there is none of that name in the environment. */
export function findWorkload(
  runtime: Pick<Runtime, "view">,
  environmentId: string,
  { kind, namespace, name }: WorkloadRef,
): Workload | undefined {
  return runtime.view
    .workloads(environmentId)
    .map(({ workload }) => workload)
    .find((one) => one.kind === kind && one.namespace === namespace && one.name === name);
}

/** In whose name something is changed in an environment's cluster. Throws not_allowed where nobody's may be used there. */
function actorIn(runtime: Pick<Runtime, "estate">, person: Person, environment: Environment): Actor {
  const made = actorFor(person, impersonatedGroupsOf(runtime, environment));
  if (!made.ok) {
    throw new GatehouseError("not_allowed", `Not restarted: ${made.because}.`);
  }
  return made.actor;
}

/** The groups in whose name people may be impersonated in an environment's cluster; undefined where nobody may. */
export function impersonatedGroupsOf(
  { estate }: Pick<Runtime, "estate">,
  { clusterId }: Environment,
): readonly string[] | undefined {
  return estate.clusters.find(({ id }) => id === clusterId)?.impersonatedGroups;
}

/** The cluster that an environment lies in. */
export function clusterOf(runtime: Pick<Runtime, "clusters">, environment: Environment): ClusterPort {
  const cluster = runtime.clusters.get(environment.clusterId);
  if (cluster === undefined) {
    throw new Error(`no cluster is open for ${environment.id}`);
  }
  return cluster;
}

/** What the cluster's own rules say of it, asked before anybody is asked to agree. Throws GatehouseError unavailable. */
export async function clusterLets(
  runtime: Runtime,
  person: Person,
  environment: Environment,
  workload: WorkloadRef,
): Promise<Decision> {
  const actor = actorIn(runtime, person, environment);
  try {
    return await clusterOf(runtime, environment).mayAct(
      actor,
      accessToRestart(workload),
      AbortSignal.timeout(ASK_WITHIN_MS),
    );
  } catch (failure) {
    if (failure instanceof ClusterError) {
      throw new GatehouseError("unavailable", `Whether you may cannot be asked: ${failure.message}. Try again.`);
    }
    throw failure;
  }
}
