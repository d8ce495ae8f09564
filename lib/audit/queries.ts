import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may, reachOf, sayDecision } from "#lib/access/policy.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import type { AuditRow, RecordStanding } from "./model.ts";
import { type AuditSearch, momentOf } from "./schema.ts";
import { appendAuditOncePer, listAudit } from "./store.ts";

const PAGE = 100;
/** Somebody who looks through the record would drown it otherwise. */
const READ_ONCE_PER_MINUTES = 10;

/**
 * A page of the record, newest first, and how the record stands. Whoever may read it in some environments reads the rows of
 * those; what belongs to none (sign-ins, sessions, reads, gatehouse.yaml) is for whoever may everywhere. That somebody reads it is
 * on record itself, once in ten minutes. Throws not_found for those who may not read it.
 */
export async function readAudit(
  runtime: Runtime,
  person: Person,
  search: AuditSearch,
): Promise<Envelope<AuditRow> & Readonly<{ standing: RecordStanding }>> {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  await appendAuditOncePer(runtime.db, READ_ONCE_PER_MINUTES, {
    actor: person.account,
    action: "record.read",
    target: "record",
    outcome: "done",
    decision: sayDecision(decision),
  });
  const items = await listAudit(runtime.db, {
    reach: reachOf(person, "record.read"),
    actor: search.actor,
    target: search.environment,
    action: search.action,
    outcome: search.outcome,
    requestId: search.request,
    from: search.from === undefined ? undefined : momentOf(search.from),
    to: search.to === undefined ? undefined : momentOf(search.to),
    before: search.before,
    limit: PAGE,
  });
  return { items, asOf: runtime.clock().toISOString(), sources: [], standing: runtime.record.standing() };
}
