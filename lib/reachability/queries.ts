import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { CONTROLLER_KINDS, type Pod } from "#lib/clusters/model.ts";
import { type EnvironmentRow, type Sight, sightOf } from "#lib/environments/model.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { holdsDemand } from "#lib/quotas/capacity.ts";
import { type ClusterObjects, podsOf as podsOfWorkload } from "#lib/watch/cluster-objects.ts";
import {
  type AddressesOf,
  findingsOf,
  type Need,
  type Path,
  pathsOf,
  podsOf,
  podsOfJobs,
  type ReachabilityFinding,
} from "./model.ts";
import type { Pods } from "./policy.ts";

export type Reachability = Readonly<{ paths: readonly Path[]; findings: readonly ReachabilityFinding[] }>;

/** Without these nobody can say which paths there are, or whether they are open. */
type PathKind = "NetworkPolicy" | "Namespace" | (typeof CONTROLLER_KINDS)[number] | "Job" | "CronJob";

/** What else reachability is drawn from: the paths that something depends on, and how much of the cluster is known. */
export type ReachabilityGrounds = Readonly<{ needs: readonly Need[]; sight: Sight<PathKind> }>;

/**
 * Who may reach whom in an environment by its cluster's NetworkPolicies, as far as this person may see it: nothing where not all
 * of the policies, or of the namespaces that they mean, are known.
 */
export function readReachability(
  runtime: SeenEstate,
  person: Person,
  environment: EnvironmentRow,
  { needs, sight }: ReachabilityGrounds,
): Reachability {
  const objects = runtime.view.objects(environment.cluster);
  if (objects === undefined || !sight.sees(["NetworkPolicy", "Namespace"])) {
    return { paths: [], findings: [] };
  }
  const hidden = hiddenNamespaces(runtime, person, environment.cluster);
  const pods = everyPodOf(objects, addressesIn(runtime, environment, objects)).filter(
    ({ namespace }) => !hidden.has(namespace),
  );
  const isOwn = ({ namespace }: Pods) => environment.namespaces.includes(namespace);
  const surroundings = {
    own: pods.filter(isOwn),
    others: pods.filter((one) => !isOwn(one)),
    services: [...objects.Service.all()],
    policies: {
      policies: [...objects.NetworkPolicy.all()],
      namespaceLabels: new Map([...objects.Namespace.all()].map(({ name, labels }) => [name, labels])),
    },
    forbidden: findEnvironment(runtime.estate, environment.id)?.environment.forbiddenPaths ?? [],
    needs,
    hidden,
    arePodsKnown: sight.sees([...CONTROLLER_KINDS, "Job", "CronJob"]),
  };
  const paths = pathsOf(surroundings);
  return { paths, findings: findingsOf(surroundings, paths, environment.tier) };
}

function everyPodOf(objects: ClusterObjects, addressesOf: AddressesOf): Pods[] {
  return [
    ...podsOf([...objects.Workload.all()], [...objects.Service.all()], addressesOf),
    ...podsOfJobs([...objects.CronJob.all()], [...objects.Job.all()], addressesOf),
  ];
}

/** What tells of addresses; that they are not known is told with each path that depends on them. */
const ADDRESSED_BY = {
  tells: { Pod: "which addresses pods have", Node: "which addresses pods can have" },
  namespaces: "every",
  whileSilent: "this is what was last seen",
} as const;

/** The addresses of the pods that run of something; of what has none now, the blocks of all nodes, as far as they are known. */
function addressesIn(runtime: SeenEstate, environment: EnvironmentRow, objects: ClusterObjects): AddressesOf {
  const sight = sightOf(environment, ADDRESSED_BY, runtime.ring.rows().source);
  const nodes = sight.sees(["Node"]) ? [...objects.Node.all()] : [];
  const isEveryBlockKnown = nodes.length > 0 && nodes.every(({ podBlocks }) => podBlocks.length > 0);
  const blocks = isEveryBlockKnown ? nodes.flatMap(({ podBlocks }) => podBlocks) : undefined;
  return (owner) => {
    const pods = sight.sees(["Pod"]) ? podsMadeBy(objects, owner) : [];
    const addresses = pods.filter(holdsDemand).flatMap((pod) => pod.addresses);
    return addresses.length > 0 ? addresses : blocks;
  };
}

function podsMadeBy(objects: ClusterObjects, owner: Parameters<AddressesOf>[0]): Pod[] {
  if ("template" in owner) {
    return podsOfWorkload(objects, owner);
  }
  const jobs = [owner.uid, ...objects.Job.by("owner", owner.uid).map(({ uid }) => uid)];
  return jobs.flatMap((uid) => objects.Pod.by("owner", uid));
}

/** Namespaces of environments of the same cluster that this person may not see. */
function hiddenNamespaces(runtime: SeenEstate, person: Person, cluster: string): ReadonlySet<string> {
  const environments = runtime.estate.platforms.flatMap((platform) => platform.environments);
  return new Set(
    environments
      .filter(({ id, clusterId }) => clusterId === cluster && !may(person, "estate.read", id).allowed)
      .flatMap(({ namespaces }) => namespaces),
  );
}
