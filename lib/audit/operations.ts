import "server-only";
import type { Decision, Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { Tx } from "#lib/platform/db.ts";
import { describeFailure, GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { exportedEvent, writePack } from "./pack-export.ts";
import { mayExportPeriod } from "./policy.ts";
import { type ExportSearch, momentOf } from "./schema.ts";
import { appendAudit, type PackScope, requestsForPack } from "./store.ts";

/**
 * Begins an export: that it was made is on record before the first byte of it leaves. A body that fails on the way ends without
 * its end, which its verification says. Throws GatehouseError not_found for those who may not read all that it would tell, and
 * for a request that is not there.
 */
export async function exportRecord(
  runtime: Runtime,
  person: Person,
  search: ExportSearch,
): Promise<{ body: ReadableStream<Uint8Array>; filename: string }> {
  const at = runtime.clock();
  const scope = scopeOf(search, at);
  await runtime.db.$transaction(async (tx) => {
    const decision = await refuseUnseen(tx, person, scope);
    await appendAudit(tx, exportedEvent(person.account, scope, decision));
  });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const bytes = new TextEncoder();
  const parts = { db: runtime.db, log: runtime.log, settings: runtime.record.settings, by: person.account, at };
  writePack(parts, scope, (text) => writer.write(bytes.encode(text)))
    .then(() => writer.close())
    .catch(async (failure: unknown) => {
      runtime.log.warn({ failure: describeFailure(failure) }, "an export of the record ended early");
      await writer.abort(failure);
    })
    .catch((failure: unknown) => {
      runtime.log.debug({ failure: describeFailure(failure) }, "whoever wanted the export was gone already");
    });
  return { body: readable, filename: filenameOf(scope) };
}

async function refuseUnseen(tx: Tx, person: Person, scope: PackScope): Promise<Decision> {
  if (scope.kind === "period") {
    const decision = mayExportPeriod(person);
    if (!decision.allowed) {
      throw new GatehouseError("not_found", decision.because);
    }
    return decision;
  }
  const environment = (await requestsForPack(tx, [scope.requestId])).get(scope.requestId)?.environment;
  const decision = environment === undefined ? undefined : may(person, "record.read", environment);
  if (decision?.allowed !== true) {
    throw new GatehouseError("not_found", "There is no such request.");
  }
  return decision;
}

function scopeOf({ request, from, to }: ExportSearch, now: Date): PackScope {
  return request === undefined
    ? {
        kind: "period",
        from: from === undefined ? new Date(0) : momentOf(from),
        to: to === undefined ? now : momentOf(to),
      }
    : { kind: "request", requestId: request };
}

/** Only characters that need no escape in a header. */
function filenameOf(scope: PackScope): string {
  const what =
    scope.kind === "request"
      ? scope.requestId
      : `${scope.from.toISOString().slice(0, 10)}-to-${scope.to.toISOString().slice(0, 10)}`;
  return `gatehouse-record-${what.replaceAll(/[^A-Za-z0-9_-]/g, "")}.html`;
}
