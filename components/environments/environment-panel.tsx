"use client";

import type { ReactNode } from "react";
import { HEALTH_TONE } from "#components/services/release-cell.tsx";
import { Meter } from "#components/ui/meter.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Status } from "#components/ui/status.tsx";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { type QuotaRow, quotaUse, quotaWords } from "#lib/quotas/model.ts";
import { type Health, healthOf, type ServiceRow, worstHealth } from "#lib/services/model.ts";
import { clusterSourceId, isFresh, type SourceRow, saySource } from "#lib/watch/freshness.ts";

type EnvironmentPanelProps = Readonly<{
  environments: readonly EnvironmentRow[];
  services: readonly ServiceRow[];
  quotas: readonly QuotaRow[];
  sources: ReadonlyMap<string, SourceRow>;
}>;

const SHOWN = [
  ["requests.cpu", "CPU"],
  ["requests.memory", "Mem"],
  ["pods", "Pods"],
] as const;

/** Each environment in a few lines: healthy or not, and how full its quota is. */
export function EnvironmentPanel({ environments, services, quotas, sources }: EnvironmentPanelProps): ReactNode {
  return (
    <Panel title="Environments" hint="requested of quota">
      <ul className="divide-y divide-line">
        {environments.map((environment) => {
          const source = sources.get(clusterSourceId(environment.cluster));
          const health = environmentHealth(environment, services, source);
          return (
            <li key={environment.id} className="flex flex-col gap-1.5 px-3.5 py-2.5">
              <div className="flex items-center justify-between gap-3">
                <span className="font-semibold">{environment.id}</span>
                <Status tone={HEALTH_TONE[health.state]} word={healthWords(health, services, environment)} />
              </div>
              {SHOWN.map(([resource, label]) => (
                <QuotaMeter
                  key={resource}
                  label={label}
                  row={quotas.find((one) => one.environment === environment.id && one.resource === resource)}
                  unknownBecause={
                    source !== undefined && isFresh(source) ? undefined : saySource(source, environment.cluster)
                  }
                />
              ))}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** The worst of what runs in an environment. */
export function environmentHealth(
  environment: EnvironmentRow,
  services: readonly ServiceRow[],
  source: SourceRow | undefined,
): Health {
  return worstHealth(
    services
      .filter((service) => service.environment === environment.id)
      .map((service) => ({ name: service.name, health: healthOf(service, source) })),
  );
}

function healthWords(health: Health, services: readonly ServiceRow[], environment: EnvironmentRow): string {
  if (health.state === "ok") {
    return "healthy";
  }
  if (health.state === "unknown") {
    return "unknown";
  }
  const here = services.filter((service) => service.environment === environment.id);
  const stuck = here.filter((service) => service.rollout.state === "stuck").length;
  if (stuck > 0) {
    return `${stuck} stuck`;
  }
  const moving = here.filter((service) => service.rollout.state === "progressing").length;
  return moving > 0 ? `${moving} rolling out` : "look at it";
}

type QuotaMeterProps = Readonly<{ label: string; row: QuotaRow | undefined; unknownBecause: string | undefined }>;

function QuotaMeter({ label, row, unknownBecause }: QuotaMeterProps): ReactNode {
  const use = row && quotaUse(row);
  if (row === undefined || use === undefined) {
    const because =
      unknownBecause ?? (row === undefined ? "no quota sets a limit" : "the quota has not been counted yet");
    return <Meter label={label} words="?" limit={1} layers={[]} unknownBecause={because} />;
  }
  const share = use.requested / use.hard;
  const tone = share >= 0.95 ? "broken" : share >= 0.8 ? "look" : "fine";
  return (
    <Meter
      label={label}
      words={quotaWords(row)}
      limit={use.hard}
      layers={[{ name: "requested", value: use.requested, tone }]}
      unknownBecause={unknownBecause}
    />
  );
}
