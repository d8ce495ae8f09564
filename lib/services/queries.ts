import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import { type Health, healthOf, type ServiceRow, worstHealth } from "./model.ts";

function servicesIn(runtime: Runtime, environments: readonly EnvironmentRow[]): ServiceRow[] {
  const ids = new Set(environments.map((row) => row.id));
  return runtime.ring
    .list("service")
    .filter((service) => ids.has(service.environment))
    .sort((a, b) => a.id.localeCompare(b.id));
}

function healthIn(runtime: Runtime, service: ServiceRow): Health {
  return healthOf(service, runtime.ring.rows().source.get(clusterSourceId(service.cluster)));
}

export type EnvironmentItem = EnvironmentRow & Readonly<{ health: Health }>;

/** The environments with the worst health of their services. */
export function listEnvironments(runtime: Runtime, person: Person, environmentId?: string): Envelope<EnvironmentItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = environments.map((row) => ({
    ...row,
    health: worstHealth(
      servicesIn(runtime, [row]).map((service) => ({ name: service.name, health: healthIn(runtime, service) })),
    ),
  }));
  return envelopeOf(runtime, environments, items);
}

export type ServiceItem = ServiceRow & Readonly<{ health: Health; pods: { ready: number; desired: number } }>;

/** What runs of each service in each environment. */
export function listServices(runtime: Runtime, person: Person, environmentId?: string): Envelope<ServiceItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = servicesIn(runtime, environments).map((service) => ({
    ...service,
    health: healthIn(runtime, service),
    pods: { ready: service.rollout.ready, desired: service.rollout.desired },
  }));
  return envelopeOf(runtime, environments, items);
}
