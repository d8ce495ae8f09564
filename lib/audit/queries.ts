import "server-only";
import * as z from "zod";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import type { AuditRow } from "./model.ts";
import { listAudit } from "./store.ts";

const PAGE = 100;

/** What a search of the record may ask for. Unknown parameters are left out; a wrong value is refused. */
export const AuditSearch = z.object({
  actor: z.string().max(64).optional(),
  environment: z.string().max(130).optional(),
  request: z.string().max(64).optional(),
  before: z.coerce.number().int().positive().optional(),
});
export type AuditSearch = z.infer<typeof AuditSearch>;

/** A page of the record, newest first. Throws not_found for those who may not read it. */
export async function readAudit(runtime: Runtime, person: Person, search: AuditSearch): Promise<Envelope<AuditRow>> {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  const items = await listAudit(runtime.db, {
    actor: search.actor,
    target: search.environment,
    requestId: search.request,
    before: search.before,
    limit: PAGE,
  });
  return { items, asOf: runtime.clock().toISOString(), sources: [] };
}
