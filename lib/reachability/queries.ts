import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { CONTROLLER_KINDS } from "#lib/clusters/model.ts";
import type { EnvironmentRow, Sight } from "#lib/environments/model.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { ClusterObjects } from "#lib/watch/cluster-objects.ts";
import { findingsOf, type Need, type Path, pathsOf, podsOf, podsOfJobs, type ReachabilityFinding } from "./model.ts";
import type { Pods } from "./policy.ts";

export type Reachability = Readonly<{ paths: readonly Path[]; findings: readonly ReachabilityFinding[] }>;

/** What else reachability is drawn from: the paths that something depends on, and how much of the cluster is known. */
export type ReachabilityGrounds = Readonly<{ needs: readonly Need[]; sight: Sight }>;

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
  const pods = everyPodOf(objects).filter(({ namespace }) => !hidden.has(namespace));
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

function everyPodOf(objects: ClusterObjects): Pods[] {
  return [
    ...podsOf([...objects.Workload.all()], [...objects.Service.all()]),
    ...podsOfJobs([...objects.CronJob.all()], [...objects.Job.all()]),
  ];
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
