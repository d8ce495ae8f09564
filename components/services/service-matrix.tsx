"use client";

import type { ReactNode } from "react";
import { Empty } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { healthOf, type ServiceRow } from "#lib/services/model.ts";
import { clusterSourceId, type SourceRow } from "#lib/watch/freshness.ts";
import { ReleaseCell } from "./release-cell.tsx";
import { RolloutCell } from "./rollout-cell.tsx";

type ServiceMatrixProps = Readonly<{
  platformName: string;
  /** In the order of promotion; the last one is where its rollout is shown. */
  environments: readonly EnvironmentRow[];
  services: readonly ServiceRow[];
  sources: ReadonlyMap<string, SourceRow>;
  actions: ReactNode;
}>;

/** Service × environment: what runs where, how far behind, how its rollout goes. */
export function ServiceMatrix({
  platformName,
  environments,
  services,
  sources,
  actions,
}: ServiceMatrixProps): ReactNode {
  const names = [...new Set(services.map((service) => service.name))].sort();
  const last = environments.at(-1);
  if (last === undefined) {
    return null;
  }
  const inEnvironment = (environmentId: string, name: string) =>
    services.find((service) => service.environment === environmentId && service.name === name);
  const healthFor = (service: ServiceRow) => healthOf(service, sources.get(clusterSourceId(service.cluster)));
  return (
    <Panel title="Services" hint={`${names.length} in ${platformName}`} aside={actions}>
      {names.length === 0 ? (
        <Empty title="No service has been seen yet">
          Gatehouse is still reading the cluster, or nothing is deployed in the environments of {platformName}.
        </Empty>
      ) : (
        <Table
          caption={`What runs of each service of ${platformName} in each environment`}
          columns={[
            { label: "Service" },
            ...environments.map((environment) => ({ label: `${environment.name} · ${environment.branch}` })),
            { label: "Behind" },
            { label: `Rollout in ${last.name}`, width: "30%" },
            { label: "Pods", align: "right" as const },
          ]}
        >
          {names.map((name) => {
            const here = inEnvironment(last.id, name);
            return (
              <tr key={name} data-service={name}>
                <Cell label="" header>
                  {name}
                </Cell>
                {environments.map((environment) => {
                  const service = inEnvironment(environment.id, name);
                  return (
                    <Cell key={environment.id} label={environment.name}>
                      <ReleaseCell service={service} health={service && healthFor(service)} />
                    </Cell>
                  );
                })}
                <Cell label="Behind">
                  <Behind service={here} after={last.after} />
                </Cell>
                <Cell label="Rollout">
                  {here === undefined ? (
                    <span className="text-faint">–</span>
                  ) : (
                    <RolloutCell service={here} health={healthFor(here)} />
                  )}
                </Cell>
                <Cell label="Pods" align="right">
                  {here === undefined ? "–" : `${here.rollout.ready} / ${here.rollout.desired}`}
                </Cell>
              </tr>
            );
          })}
        </Table>
      )}
    </Panel>
  );
}

function Behind({ service, after }: Readonly<{ service: ServiceRow | undefined; after: string | null }>): ReactNode {
  if (service === undefined || after === null) {
    return <span className="text-faint">–</span>;
  }
  if (service.behind === null) {
    return <span className="text-faint">not known</span>;
  }
  const { commits, migrations } = service.behind;
  if (commits === 0) {
    return <span className="text-faint">same</span>;
  }
  return (
    <span className="inline-flex items-center gap-2">
      {commits === 1 ? "1 commit" : `${commits} commits`}
      {migrations > 0 ? <Tag kind="look">migration</Tag> : null}
    </span>
  );
}
