import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor, sayUnknown } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { environmentHealth, type Health, healthOf, type ServiceRow } from "./model.ts";

function servicesIn(runtime: SeenEstate, environments: readonly EnvironmentRow[]): ServiceRow[] {
  const ids = new Set(environments.map((row) => row.id));
  return runtime.ring
    .list("service")
    .filter((service) => ids.has(service.environment))
    .sort((a, b) => a.id.localeCompare(b.id));
}

function healthIn(runtime: SeenEstate, service: ServiceRow): Health {
  return healthOf(service, runtime.ring.rows().source.get(clusterSourceId(service.cluster)));
}

export type EnvironmentItem = EnvironmentRow & Readonly<{ health: Health }>;

/** The environments with the worst health of what runs and of what is scheduled there. */
export function listEnvironments(
  runtime: SeenEstate,
  person: Person,
  environmentId?: string,
): Envelope<EnvironmentItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const sources = runtime.ring.rows().source;
  const rows = { services: servicesIn(runtime, environments), schedules: runtime.ring.list("schedule") };
  const items = environments.map((row) => ({
    ...row,
    health: environmentHealth(row, rows, sources.get(clusterSourceId(row.cluster))),
  }));
  return envelopeOf(runtime, environments, items);
}

export type ServiceItem = ServiceRow & Readonly<{ health: Health; pods: { ready: number; desired: number } }>;

/** `unknown`: what of them cannot be seen, each in a sentence. */
export type ServiceAnswer = Envelope<ServiceItem> & Readonly<{ unknown: readonly string[] }>;

/** What runs of each service in each environment. */
export function listServices(runtime: SeenEstate, person: Person, environmentId?: string): ServiceAnswer {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = servicesIn(runtime, environments).map((service) => ({
    ...service,
    health: healthIn(runtime, service),
    pods: { ready: service.rollout.ready, desired: service.rollout.desired },
  }));
  return {
    ...envelopeOf(runtime, environments, items),
    unknown: sayUnknown(runtime, environments, ROLLOUT_KINDS),
  };
}
