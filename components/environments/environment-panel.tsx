"use client";

import type { ReactNode } from "react";
import { HEALTH_TONE } from "#components/services/release-cell.tsx";
import { Meter } from "#components/ui/meter.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Tag } from "#components/ui/tag.tsx";
import { type EnvironmentRow, whyKindsUnseen } from "#lib/environments/model.ts";
import { fullest, type QuotaRow, quotaUse, quotaWords } from "#lib/quotas/model.ts";
import type { ScheduleRow } from "#lib/schedules/model.ts";
import { environmentHealth, type Health, type ServiceRow, worryingJobs } from "#lib/services/model.ts";
import { clusterSourceId, type SourceRow } from "#lib/watch/freshness.ts";

type EnvironmentPanelProps = Readonly<{
  environments: readonly EnvironmentRow[];
  services: readonly ServiceRow[];
  schedules: readonly ScheduleRow[];
  quotas: readonly QuotaRow[];
  sources: ReadonlyMap<string, SourceRow>;
}>;

const SHOWN = [
  ["requests.cpu", "CPU"],
  ["requests.memory", "Mem"],
  ["pods", "Pods"],
] as const;

/** Each environment in a few lines: healthy or not, and how full its quota is. */
export function EnvironmentPanel({
  environments,
  services,
  schedules,
  quotas,
  sources,
}: EnvironmentPanelProps): ReactNode {
  return (
    <Panel title="Environments" hint="requested of quota">
      <ul className="divide-y divide-line">
        {environments.map((environment) => {
          const source = sources.get(clusterSourceId(environment.cluster));
          const health = environmentHealth(environment, { services, schedules }, source);
          const jobs = worryingJobs(environment, schedules, source).filter((job) => job.health.state === health.state);
          const unknownBecause = whyKindsUnseen(environment, ["ResourceQuota"], sources);
          return (
            <li key={environment.id} className="flex flex-col gap-1.5 px-3.5 py-2.5">
              <div className="flex items-center justify-between gap-3">
                <span className="font-semibold">{environment.id}</span>
                <Tag kind={HEALTH_TONE[health.state]} shape>
                  {healthWords(health, { services, jobs: jobs.length }, environment)}
                </Tag>
              </div>
              {SHOWN.map(([resource, label]) => (
                <QuotaMeter
                  key={resource}
                  label={label}
                  row={fullest(quotas.filter((one) => one.environment === environment.id && one.resource === resource))}
                  unknownBecause={unknownBecause}
                />
              ))}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function healthWords(
  health: Health,
  { services, jobs }: Readonly<{ services: readonly ServiceRow[]; jobs: number }>,
  environment: EnvironmentRow,
): string {
  if (health.state === "ok") {
    return "healthy";
  }
  if (health.state === "unknown") {
    return environment.isPlanned ? "planned" : "unknown";
  }
  const here = services.filter((service) => service.environment === environment.id);
  const stuck = here.filter((service) => service.rollout.state === "stuck").length;
  if (stuck > 0) {
    return `${stuck} stuck`;
  }
  if (jobs > 0) {
    return jobs === 1 ? "1 job amiss" : `${jobs} jobs amiss`;
  }
  const moving = here.filter((service) => service.rollout.state === "progressing").length;
  return moving > 0 ? `${moving} rolling out` : "look at it";
}

type QuotaMeterProps = Readonly<{ label: string; row: QuotaRow | undefined; unknownBecause: string | undefined }>;

function QuotaMeter({ label, row, unknownBecause }: QuotaMeterProps): ReactNode {
  if (row === undefined && unknownBecause === undefined) {
    return (
      <div className="flex justify-between gap-2">
        <span className="text-dim">{label}</span>
        <span className="text-faint">no quota limits it</span>
      </div>
    );
  }
  const use = row && quotaUse(row);
  if (row === undefined || use === undefined) {
    const because = unknownBecause ?? "the quota has not been counted yet";
    return <Meter label={label} words="?" limit={1} layers={[]} unknownBecause={because} />;
  }
  const share = use.requested / use.hard;
  const tone = share >= 0.95 ? "broken" : share >= 0.8 ? "look" : "fine";
  return (
    <Meter
      label={label}
      words={unknownBecause === undefined ? quotaWords(row) : `was ${quotaWords(row)}`}
      limit={use.hard}
      layers={[{ name: "requested", value: use.requested, tone }]}
      unknownBecause={unknownBecause}
    />
  );
}
