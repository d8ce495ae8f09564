import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { ClusterObjects } from "#lib/watch/cluster-objects.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { findingsOf, type Need, type Path, pathsOf, podsOf, podsOfJobs, type ReachabilityFinding } from "./model.ts";
import type { Pods } from "./policy.ts";

export type Reachability = Readonly<{ paths: readonly Path[]; findings: readonly ReachabilityFinding[] }>;

/**
 * Who may reach whom in an environment by its cluster's NetworkPolicies, as far as this person may see it. Undefined where
 * Gatehouse may not read them, so that nobody knows. `needs` are the paths that something depends on.
 */
export function readReachability(
  runtime: SeenEstate,
  person: Person,
  environment: EnvironmentRow,
  needs: readonly Need[],
): Reachability | undefined {
  const objects = runtime.view.objects(environment.cluster);
  if (objects === undefined || isRefused(runtime, environment)) {
    return undefined;
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

function isRefused(runtime: SeenEstate, { cluster }: EnvironmentRow): boolean {
  const gaps = runtime.ring.rows().source.get(clusterSourceId(cluster))?.kinds ?? [];
  return gaps.some(({ kind, state }) => state === "denied" && (kind === "NetworkPolicy" || kind === "Namespace"));
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
