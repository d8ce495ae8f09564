"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { usePerson, useRows, useSources, useStream } from "#components/live/live-provider.tsx";
import { ChangeButtons } from "#components/promotions/change-buttons.tsx";
import { WaitingPanel } from "#components/requests/waiting-panel.tsx";
import { Columns } from "#components/shell/shell.tsx";
import { SaidLead } from "#components/ui/said.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { isOpen } from "#lib/requests/model.ts";
import { servicesHealth, servicesIn, worryingJobs } from "#lib/services/model.ts";
import { clusterSourceId, gitSourceId } from "#lib/watch/freshness.ts";
import { overviewWords } from "./overview-words.ts";

// It stands below what one came for, so that the page works without it.
const EnvironmentPanel = dynamic(() =>
  import("#components/environments/environment-panel.tsx").then((file) => file.EnvironmentPanel),
);
const LatelyPanel = dynamic(() => import("#components/requests/lately-panel.tsx").then((file) => file.LatelyPanel));
const ServiceMatrix = dynamic(() =>
  import("#components/services/service-matrix.tsx").then((file) => file.ServiceMatrix),
);

/** What needs a human now, and under it what runs where. */
export function Overview(): ReactNode {
  const person = usePerson();
  const environments = [...useRows("environment").values()];
  const services = [...useRows("service").values()];
  const schedules = [...useRows("schedule").values()];
  const quotas = [...useRows("quota").values()];
  const requests = [...useRows("request").values()];
  const sources = useSources();
  const isAnyWaiting = requests.some(isOpen);
  const words = overviewWords({
    environments: environments.map((environment) => ({
      environment,
      seen: servicesIn(environment.id, services, sources.get(clusterSourceId(environment.cluster))),
      jobs: worryingJobs(environment, schedules, sources.get(clusterSourceId(environment.cluster))),
      cluster: sources.get(clusterSourceId(environment.cluster)),
      git: sources.get(gitSourceId(environment.platform)),
    })),
    requests,
    person,
    isLineDown: useStream() === "lost",
  });
  // A job that failed is no reason to roll back what runs.
  const areServicesBroken = (environment: EnvironmentRow) =>
    servicesHealth(environment.id, services, sources.get(clusterSourceId(environment.cluster))).state === "crit";
  return (
    <>
      <SaidLead words={words} />
      <Columns
        side={
          <>
            <EnvironmentPanel
              environments={environments.toSorted(liveFirst)}
              services={services}
              schedules={schedules}
              quotas={quotas}
              sources={sources}
            />
            <LatelyPanel requests={requests} />
          </>
        }
      >
        <WaitingPanel requests={requests} person={person} />
        {byPlatform(environments).map((group) => {
          const last = group.environments.at(-1);
          return (
            <ServiceMatrix
              key={group.platform}
              platformName={group.name}
              environments={group.environments}
              services={services.filter((service) => service.platform === group.platform)}
              sources={sources}
              actions={
                last === undefined || last.after === null ? null : (
                  <ChangeButtons
                    environment={last}
                    sources={sources}
                    isBroken={areServicesBroken(last)}
                    isPrimary={!isAnyWaiting && (last.behind ?? 0) > 0}
                  />
                )
              }
            />
          );
        })}
      </Columns>
    </>
  );
}

function liveFirst(a: EnvironmentRow, b: EnvironmentRow): number {
  return Number(b.tier === "live") - Number(a.tier === "live") || a.id.localeCompare(b.id);
}

type PlatformGroup = { platform: string; name: string; environments: EnvironmentRow[] };

/** Environments by platform, each in the order of promotion: what comes after nothing first. */
function byPlatform(environments: readonly EnvironmentRow[]): PlatformGroup[] {
  const groups = new Map<string, PlatformGroup>();
  for (const environment of environments) {
    const group = groups.get(environment.platform) ?? {
      platform: environment.platform,
      name: environment.platformName,
      environments: [],
    };
    group.environments.push(environment);
    groups.set(environment.platform, group);
  }
  return [...groups.values()].map((group) => ({ ...group, environments: inPromotionOrder(group.environments) }));
}

function inPromotionOrder(environments: readonly EnvironmentRow[]): EnvironmentRow[] {
  const ordered: EnvironmentRow[] = environments.filter((environment) => environment.after === null);
  for (let position = 0; position < ordered.length; position += 1) {
    ordered.push(...environments.filter((environment) => environment.after === ordered[position]?.id));
  }
  return ordered;
}
