import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { Release } from "#lib/releases/image.ts";
import {
  isBrokenWhilePaused,
  isDoneAndPaused,
  ROLLOUT_KINDS,
  type Rollout,
  type StuckReason,
} from "#lib/rollouts/model.ts";
import { isBroken, MISSED_ROLES, SCHEDULE_KINDS, type ScheduleRow } from "#lib/schedules/model.ts";
import { isFresh, type SourceRow, saySource } from "#lib/watch/freshness.ts";

/** What runs of a service in one environment, as last seen. */
export type ServiceRow = Readonly<{
  /** `<platform>/<environment>/<service>` */
  id: string;
  environment: string;
  platform: string;
  cluster: string;
  namespace: string;
  name: string;
  kind: string;
  release: Release;
  rollout: Rollout;
  /** Commits that touch it in the environment before and are not here; null where there is no environment before, or it is not known. */
  behind: Readonly<{ commits: number; migrations: number }> | null;
}>;

export type HealthState = "ok" | "warn" | "crit" | "unknown";
export type Health = Readonly<{ state: HealthState; reasons: readonly string[] }>;

/** The health of a service, or of one of its workloads. What is not seen fresh is unknown, never fine; the reason says what was last known. */
export function healthOf(
  service: Pick<ServiceRow, "cluster" | "namespace" | "rollout">,
  source: SourceRow | undefined,
): Health {
  const last = healthWhenSeen(service.rollout);
  const need = { kinds: ROLLOUT_KINDS, namespaces: [service.namespace] };
  if (source === undefined || !isFresh(source, need)) {
    const known = last.reasons.length > 0 ? last.reasons.join("; ") : "healthy";
    return {
      state: "unknown",
      reasons: [`${saySource(source, `cluster ${service.cluster}`, need)}; last known: ${known}`],
    };
  }
  return last;
}

function healthWhenSeen(rollout: Rollout): Health {
  const { state, reason, desired, available } = rollout;
  if (state === "unknown") {
    return { state: "unknown", reasons: [reason?.message ?? "not seen yet"] };
  }
  if (state === "stuck") {
    return { state: "crit", reasons: [sayStuck(reason)] };
  }
  if (isBrokenWhilePaused(rollout)) {
    return { state: "crit", reasons: [reason?.message ?? "its rollout is paused"] };
  }
  if (desired > 0 && available === 0) {
    return { state: "crit", reasons: ["no pod is available"] };
  }
  if (state === "progressing") {
    return { state: "warn", reasons: [`rolling out, ${rollout.updated} of ${desired} new, ${available} available`] };
  }
  return state === "paused" || isDoneAndPaused(rollout)
    ? { state: "warn", reasons: ["its rollout is paused"] }
    : { state: "ok", reasons: [] };
}

function sayStuck(reason: StuckReason | null): string {
  return reason === null ? "its rollout is stuck" : `stuck: ${reason.message}`;
}

/** A service with its health. */
export type SeenService = Readonly<{ service: ServiceRow; health: Health }>;

/** The services of an environment, each with its health by the cluster's state as a source. */
export function servicesIn(
  environmentId: string,
  services: readonly ServiceRow[],
  source: SourceRow | undefined,
): SeenService[] {
  return services
    .filter((service) => service.environment === environmentId)
    .map((service) => ({ service, health: healthOf(service, source) }));
}

/** The worst of the services that run in an environment. */
export function servicesHealth(
  environmentId: string,
  services: readonly ServiceRow[],
  source: SourceRow | undefined,
): Health {
  return worstHealth(
    servicesIn(environmentId, services, source).map(({ service, health }) => ({ name: service.name, health })),
  );
}

/** Scheduled work that does not do what its schedule says, or that nobody can see. */
export type WorryingJob = Readonly<{ name: string; health: Health }>;

/** What asks for a person among the scheduled work of an environment; one for all of it where it cannot be seen. */
export function worryingJobs(
  { id, cluster, namespaces }: Pick<EnvironmentRow, "id" | "cluster" | "namespaces">,
  schedules: readonly ScheduleRow[],
  source: SourceRow | undefined,
): WorryingJob[] {
  const last = schedules.filter((row) => row.environment === id).flatMap(worryOf);
  const need = { kinds: SCHEDULE_KINDS, namespaces };
  if (source !== undefined && isFresh(source, need)) {
    return last;
  }
  const known = last.flatMap(({ name, health }) => health.reasons.map((reason) => `${name}: ${reason}`));
  const reason = `${saySource(source, `cluster ${cluster}`, need)}; last known: ${known.join("; ") || "nothing amiss"}`;
  return [{ name: "what is scheduled", health: { state: "unknown", reasons: [reason] } }];
}

/** What is for reconciliation or recovery is missed at once; the failure of any other job is worth a look. */
function worryOf(row: ScheduleRow): WorryingJob[] {
  const isMissed = row.role !== null && MISSED_ROLES.includes(row.role);
  const reasons = [row.message ?? row.state];
  if (isBroken(row)) {
    return [{ name: row.name, health: { state: isMissed ? "crit" : "warn", reasons } }];
  }
  return isMissed && row.state === "unknown" ? [{ name: row.name, health: { state: "unknown", reasons } }] : [];
}

/** The worst of what runs in an environment and of what is scheduled there. */
export function environmentHealth(
  environment: Pick<EnvironmentRow, "id" | "cluster" | "namespaces">,
  rows: Readonly<{ services: readonly ServiceRow[]; schedules: readonly ScheduleRow[] }>,
  source: SourceRow | undefined,
): Health {
  const running = servicesHealth(environment.id, rows.services, source);
  const jobs = worryingJobs(environment, rows.schedules, source);
  if (jobs.length === 0) {
    return running;
  }
  const scheduled = worstHealth(jobs);
  return {
    state: BADNESS[scheduled.state] > BADNESS[running.state] ? scheduled.state : running.state,
    reasons: [...running.reasons, ...scheduled.reasons],
  };
}

const BADNESS: Readonly<Record<HealthState, number>> = { ok: 0, warn: 1, unknown: 2, crit: 3 };

/** The worst of several healths, with all their reasons; unknown where there is nothing to judge by. */
export function worstHealth(healths: readonly Readonly<{ name: string; health: Health }>[]): Health {
  if (healths.length === 0) {
    return { state: "unknown", reasons: ["nothing has been seen here yet"] };
  }
  const state = healths.reduce<HealthState>(
    (worst, { health }) => (BADNESS[health.state] > BADNESS[worst] ? health.state : worst),
    "ok",
  );
  return {
    state,
    reasons: healths.flatMap(({ name, health }) => health.reasons.map((reason) => `${name}: ${reason}`)),
  };
}
