import "server-only";
import type { Environment } from "#lib/estate/model.ts";
import { releaseOf } from "#lib/releases/image.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import type { ServiceRow } from "#lib/services/model.ts";
import type { EnvironmentHead } from "./environment-rows.ts";
import type { Places } from "./places.ts";
import { type RolloutsSeen, workloadIdsBehind } from "./rollouts-seen.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";

type Heads = ReadonlyMap<string, EnvironmentHead>;

/** One row a service of an environment, of whatever workloads it is made. Its id is `<platform>/<environment>/<service>`. */
export function serviceRows(places: Places, rollouts: RolloutsSeen, heads: Heads): RowMaker {
  function idOf(cluster: string, workload: { namespace: string; service: string }): string[] {
    const environment = places.environmentOf(cluster, workload.namespace);
    return environment === undefined ? [] : [`${environment.id}/${workload.service}`];
  }

  function ofWorkloads(workloadIds: readonly string[]): string[] {
    return workloadIds.flatMap((workloadId) => {
      const [cluster = "", uid = ""] = workloadId.split("/");
      const workload = places.objects(cluster)?.Workload.get(uid);
      return workload === undefined ? [] : idOf(cluster, workload);
    });
  }

  function rowOf(id: string): ServiceRow | null {
    const [platform = "", name = "", ...rest] = id.split("/");
    const environment = places.environment(`${platform}/${name}`);
    return environment === undefined ? null : rowIn(id, environment, rest.join("/"));
  }

  function rowIn(id: string, environment: Environment, service: string): ServiceRow | null {
    const cluster = environment.clusterId;
    const workloads = (places.objects(cluster)?.Workload.by("service", service) ?? [])
      .filter(({ namespace }) => environment.namespaces.includes(namespace))
      .map((workload) => ({ workload, rollout: rollouts.of(cluster, workload) }));
    const main = workloads.sort((a, b) => STATE_ORDER[a.rollout.state] - STATE_ORDER[b.rollout.state])[0];
    const image = main?.workload.images[0]?.image;
    if (main === undefined || image === undefined) {
      return null;
    }
    return {
      id,
      environment: environment.id,
      platform: environment.platformId,
      cluster,
      namespace: main.workload.namespace,
      name: service,
      kind: main.workload.kind,
      release: releaseOf(image, main.workload.revision),
      rollout: main.rollout,
      behind: behindOf(heads.get(environment.id), service),
    };
  }

  return {
    touchedBy: (change) => [
      ...bothOf(change).flatMap(({ kind, value }) => (kind === "Workload" ? idOf(change.cluster, value) : [])),
      ...ofWorkloads(workloadIdsBehind(places, change)),
    ],
    change: (id) => ({ kind: "service", id, row: rowOf(id) }),
    ofWorkloads,
  };
}

function behindOf(head: EnvironmentHead | undefined, service: string): ServiceRow["behind"] {
  if (head === undefined || head.behind === null) {
    return null;
  }
  return head.services.get(service) ?? { commits: 0, migrations: 0 };
}

const STATE_ORDER: Readonly<Record<Rollout["state"], number>> = {
  stuck: 0,
  progressing: 1,
  paused: 2,
  unknown: 3,
  done: 4,
};
