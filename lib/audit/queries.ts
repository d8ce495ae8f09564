import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import type { AuditRow } from "./model.ts";
import type { AuditSearch } from "./schema.ts";
import { listAudit } from "./store.ts";

const PAGE = 100;

/** A page of the record, newest first. Throws not_found for those who may not read it. */
export async function readAudit(runtime: Runtime, person: Person, search: AuditSearch): Promise<Envelope<AuditRow>> {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  const items = await listAudit(runtime.db, {
    actor: search.actor,
    target: search.environment,
    action: search.action,
    outcome: search.outcome,
    requestId: search.request,
    from: search.from === undefined ? undefined : new Date(search.from),
    to: search.to === undefined ? undefined : new Date(search.to),
    before: search.before,
    limit: PAGE,
  });
  return { items, asOf: runtime.clock().toISOString(), sources: [] };
}
