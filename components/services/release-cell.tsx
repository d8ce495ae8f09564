import type { ReactNode } from "react";
import { StatusMark, Unknown } from "#components/ui/status.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { Health, HealthState, ServiceRow } from "#lib/services/model.ts";

export const HEALTH_TONE: Readonly<Record<HealthState, Tone>> = {
  ok: "fine",
  warn: "look",
  crit: "broken",
  unknown: "unknown",
};
export const HEALTH_WORD: Readonly<Record<HealthState, string>> = {
  ok: "healthy",
  warn: "look at it",
  crit: "broken",
  unknown: "unknown",
};

type ReleaseCellProps = Readonly<{
  service: ServiceRow | undefined;
  health: Health | undefined;
  /** It is delivered from Git, so that a revision is expected. */
  isDelivered: boolean;
}>;

/** What runs of a service in an environment: the version, the revision behind it, and a mark of its health. */
export function ReleaseCell({ service, health, isDelivered }: ReleaseCellProps): ReactNode {
  if (service === undefined || health === undefined) {
    return <span className="text-faint">not here</span>;
  }
  const { revision } = service.release;
  const details = [
    ...(revision === undefined ? (isDelivered ? ["revision not known"] : []) : [`revision ${revision}`]),
    service.release.digest ?? "no digest",
    ...health.reasons,
  ].join("\n");
  const version = <span className="font-mono text-small">{service.release.version}</span>;
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2.5" title={details}>
      <span className="inline-flex min-w-17 items-center gap-2">
        {health.state === "unknown" ? <Unknown because={health.reasons.join("; ")}>{version}</Unknown> : version}
        <StatusMark tone={HEALTH_TONE[health.state]} />
        <span className="sr-only">{HEALTH_WORD[health.state]}</span>
      </span>
      <span className="font-mono text-faint text-small">
        {revision?.slice(0, 8) ?? (isDelivered ? "revision ?" : null)}
      </span>
    </span>
  );
}
