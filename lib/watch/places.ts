import "server-only";
import { composeHostClusterId, type Environment, type Estate } from "#lib/estate/model.ts";
import { type ClusterObjects, holdClusterObjects } from "./cluster-objects.ts";

/** The objects of every cluster, and which environment a namespace belongs to. */
export type Places = Readonly<{
  objects(cluster: string): ClusterObjects | undefined;
  /** The environment of a cluster's namespace; undefined for one that belongs to none. */
  environmentOf(cluster: string, namespace: string): Environment | undefined;
  environmentsOf(cluster: string): readonly Environment[];
  environment(id: string): Environment | undefined;
}>;

export function openPlaces(estate: Pick<Estate, "clusters" | "composeHosts" | "platforms">): Places {
  const ids = [
    ...estate.clusters.map(({ id }) => id),
    ...estate.composeHosts.map(({ id }) => composeHostClusterId(id)),
  ];
  const clusters = new Map(ids.map((id) => [id, holdClusterObjects()]));
  const environments = estate.platforms.flatMap((platform) => platform.environments);
  const byId = new Map(environments.map((environment) => [environment.id, environment]));
  const byNamespace = new Map(
    environments.flatMap((environment) =>
      environment.namespaces.map((namespace) => [`${environment.clusterId} ${namespace}`, environment] as const),
    ),
  );
  return {
    objects: (cluster) => clusters.get(cluster),
    environmentOf: (cluster, namespace) => byNamespace.get(`${cluster} ${namespace}`),
    environmentsOf: (cluster) => environments.filter(({ clusterId }) => clusterId === cluster),
    environment: (id) => byId.get(id),
  };
}
