import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { headroomQuantity, type QuotaRow } from "#lib/quotas/model.ts";
import type { RolloutState, StuckReason } from "#lib/rollouts/model.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, gitSourceId, isFresh } from "#lib/watch/freshness.ts";
import { type Health, healthOf, type ServiceRow, worstHealth } from "./model.ts";

/** The rows that a read of one environment, or of all, is about. Throws not_found for an environment that is not there. */
function environmentsFor(runtime: Runtime, person: Person, environmentId: string | undefined): EnvironmentRow[] {
  const all = runtime.ring.list("environment").filter(({ id }) => may(person, "estate.read", id).allowed);
  const wanted = environmentId === undefined ? all : all.filter((row) => row.id === environmentId);
  if (environmentId !== undefined && wanted.length === 0) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  return wanted;
}

function envelope<Item>(
  runtime: Runtime,
  environments: readonly EnvironmentRow[],
  items: readonly Item[],
): Envelope<Item> {
  const ids = new Set(environments.flatMap((row) => [clusterSourceId(row.cluster), gitSourceId(row.platform)]));
  return {
    items,
    asOf: runtime.clock().toISOString(),
    sources: runtime.ring.list("source").filter((source) => ids.has(source.id)),
  };
}

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
  return envelope(runtime, environments, items);
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
  return envelope(runtime, environments, items);
}

export type RolloutItem = Readonly<{
  cluster: string;
  namespace: string;
  kind: string;
  name: string;
  environment: string;
  desired: number;
  updated: number;
  ready: number;
  available: number;
  state: RolloutState;
  reason: StuckReason | null;
}>;

/** Where each workload's rollout stands; "unknown" where its cluster is not seen fresh. */
export function listRollouts(runtime: Runtime, person: Person, environmentId?: string): Envelope<RolloutItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const items = environments.flatMap((environment) => {
    const source = runtime.ring.rows().source.get(clusterSourceId(environment.cluster));
    const isKnown = source !== undefined && isFresh(source);
    return runtime.view.workloads(environment.id).map(({ workload, rollout, cluster }) => ({
      cluster,
      namespace: workload.namespace,
      kind: workload.kind,
      name: workload.name,
      environment: environment.id,
      ...rollout,
      state: isKnown ? rollout.state : ("unknown" as const),
    }));
  });
  return envelope(runtime, environments, items);
}

export type QuotaItem = QuotaRow & Readonly<{ measured: string | null; headroom: string | null }>;

/** Each resource of each quota. Use is not measured yet, so `measured` is null. */
export function listQuotas(runtime: Runtime, person: Person, environmentId?: string): Envelope<QuotaItem> {
  const environments = environmentsFor(runtime, person, environmentId);
  const ids = new Set(environments.map((row) => row.id));
  const items = runtime.ring
    .list("quota")
    .filter((row) => ids.has(row.environment))
    .map((row) => ({ ...row, measured: null, headroom: headroomQuantity(row) ?? null }));
  return envelope(runtime, environments, items);
}
