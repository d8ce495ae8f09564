"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Empty } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Unknown } from "#components/ui/status.tsx";
import { Cell, Table } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { promotePath } from "#lib/routes.ts";
import { type Health, healthOf, type ServiceRow } from "#lib/services/model.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";
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
  const isAnyDelivered = environments.some((environment) => environment.branch !== null);
  const shown = environments.filter(
    ({ id, isPlanned }) => !isPlanned || services.some((service) => service.environment === id),
  );
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
            ...shown.map((environment) => ({
              label: environment.branch === null ? environment.name : `${environment.name} · ${environment.branch}`,
              width: "20%",
            })),
            ...(isAnyDelivered ? [{ label: "Behind", width: "18%" }] : []),
            { label: `Rollout in ${last.name}`, width: "28%" },
            { label: "Pods", align: "right" as const, width: "64px" },
          ]}
        >
          {names.map((name) => {
            const here = inEnvironment(last.id, name);
            return (
              <tr key={name} data-service={name}>
                <Cell label="" header>
                  {name}
                </Cell>
                {shown.map((environment) => {
                  const service = inEnvironment(environment.id, name);
                  return (
                    <Cell key={environment.id} label={environment.name}>
                      <ReleaseCell
                        service={service}
                        health={service && healthFor(service)}
                        isDelivered={environment.branch !== null}
                      />
                    </Cell>
                  );
                })}
                {isAnyDelivered ? (
                  <Cell label="Behind" quiet={here?.behind?.commits === 0}>
                    <Behind service={here} last={last} git={sources.get(gitSourceId(last.platform))} />
                  </Cell>
                ) : null}
                <Cell label="Rollout" quiet={here?.rollout.state === "done"}>
                  {here === undefined ? (
                    <span className="text-faint">–</span>
                  ) : (
                    <RolloutCell service={here} health={healthFor(here)} />
                  )}
                </Cell>
                <Cell label="Pods" align="right">
                  <Pods service={here} health={here && healthFor(here)} />
                </Cell>
              </tr>
            );
          })}
        </Table>
      )}
    </Panel>
  );
}

type PodsProps = Readonly<{ service: ServiceRow | undefined; health: Health | undefined }>;

function Pods({ service, health }: PodsProps): ReactNode {
  if (service === undefined || health === undefined) {
    return <span className="text-faint">–</span>;
  }
  const words = `${service.rollout.ready} / ${service.rollout.desired}`;
  return health.state === "unknown" ? (
    <Unknown because={`last known: ${words}`}>?</Unknown>
  ) : (
    <span className="whitespace-nowrap">{words}</span>
  );
}

type BehindProps = Readonly<{
  service: ServiceRow | undefined;
  last: EnvironmentRow;
  git: SourceRow | undefined;
}>;

function Behind({ service, last, git }: BehindProps): ReactNode {
  if (service === undefined || last.after === null || last.branch === null) {
    return <span className="text-faint">–</span>;
  }
  if (git === undefined || !isFresh(git)) {
    return <Unknown because={saySource(git, sourceName(gitSourceId(last.platform)))}>not known</Unknown>;
  }
  if (service.behind === null) {
    return <Unknown because="its revision has not been found in Git">not known</Unknown>;
  }
  const { commits, migrations } = service.behind;
  if (commits === 0) {
    return <span className="text-faint">same</span>;
  }
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <Link
        href={promotePath(last.id)}
        className="underline decoration-line-strong underline-offset-3 hover:decoration-current"
      >
        {commits === 1 ? "1 commit" : `${commits} commits`}
      </Link>
      {migrations > 0 ? <Tag kind="look">migration</Tag> : null}
    </span>
  );
}
