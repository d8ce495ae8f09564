import "server-only";
import type { Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { describeFailure, GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { exportedEvent, refuseUnknownRequest, writePack } from "./pack-export.ts";
import { type ExportSearch, momentOf } from "./schema.ts";
import { appendAudit, type PackScope } from "./store.ts";

/**
 * Begins an export: that it was made is on record before the first byte of it leaves. A body that fails on the way ends without
 * its end, which its verification says. Throws GatehouseError not_found for those who may not read the record, and for a request
 * that is not there.
 */
export async function exportRecord(
  runtime: Runtime,
  person: Person,
  search: ExportSearch,
): Promise<{ body: ReadableStream<Uint8Array>; filename: string }> {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  const at = runtime.clock();
  const scope = scopeOf(search, at);
  await runtime.db.$transaction(async (tx) => {
    await refuseUnknownRequest(tx, scope);
    await appendAudit(tx, exportedEvent(person.account, scope));
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
