import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may, reachOf } from "#lib/access/policy.ts";
import type { AuditRow } from "#lib/audit/model.ts";
import { listAudit } from "#lib/audit/store.ts";
import { findEnvironment } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { GovernedAction } from "#lib/policies/model.ts";
import { StoredPromotionPlan } from "#lib/promotions/schema.ts";
import { type Headroom, headroomFor } from "#lib/quotas/model.ts";
import { StoredRestartPlan } from "#lib/restarts/schema.ts";
import { StoredRollbackPlan } from "#lib/rollbacks/schema.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { sourcesOf } from "#lib/watch/queries.ts";
import type { RequestRow } from "./model.ts";
import { findRequest, listRequests } from "./store.ts";

const LIMIT = 200;

/** Requests, newest first, of one environment or all, of one action or all. Throws not_found for an environment that is not there. */
export async function readRequests(
  runtime: Runtime,
  person: Person,
  filter: Readonly<{ environment?: string | undefined; action?: GovernedAction | undefined }>,
): Promise<Envelope<RequestRow>> {
  const place = filter.environment === undefined ? undefined : findEnvironment(runtime.estate, filter.environment);
  const isVisible = filter.environment === undefined || may(person, "estate.read", filter.environment).allowed;
  if (!may(person, "estate.read").allowed || !isVisible || (filter.environment !== undefined && place === undefined)) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  const reach = reachOf(person, "estate.read");
  return {
    items: await listRequests(runtime.db, { ...filter, reach, limit: LIMIT }, policyNow(runtime)),
    asOf: runtime.clock().toISOString(),
    sources: place === undefined ? runtime.ring.list("source") : sourcesOf(runtime, place.environment),
  };
}

export type StoredPlan = StoredPromotionPlan | StoredRollbackPlan | StoredRestartPlan;

const PLAN: Readonly<Record<GovernedAction, (stored: unknown) => StoredPlan>> = {
  promotion: (stored) => StoredPromotionPlan.parse(stored),
  rollback: (stored) => StoredRollbackPlan.parse(stored),
  restart: (stored) => StoredRestartPlan.parse(stored),
};

export type RequestDetail = Readonly<{
  request: RequestRow;
  plan: StoredPlan;
  headroom: readonly Headroom[];
  /** What the record says of this request, oldest first. */
  record: readonly AuditRow[];
}>;

/** One request with its plan and its own part of the record. Throws not_found. */
export async function readRequest(runtime: Runtime, person: Person, requestId: string): Promise<RequestDetail> {
  const found = await findRequest(runtime.db, requestId, policyNow(runtime));
  if (found === undefined || !may(person, "estate.read", found.row.environment).allowed) {
    throw new GatehouseError("not_found", "There is no such request.");
  }
  const plan = PLAN[found.row.action](found.plan);
  const record = await listAudit(runtime.db, { requestId, limit: LIMIT });
  return {
    request: found.row,
    plan,
    headroom:
      plan.kind === "restart"
        ? []
        : headroomFor(
            runtime.ring.list("quota").filter((row) => row.environment === found.row.environment),
            plan.surge,
          ),
    record: record.reverse(),
  };
}
