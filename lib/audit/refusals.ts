import "server-only";
import { sayDecision } from "#lib/access/policy.ts";
import { within } from "#lib/platform/deadline.ts";
import { describeFailure, type ErrorCode } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { appendAudit, appendAuditOncePer, placeOf } from "./store.ts";

/** As long as a transaction may take; whoever was refused is told so however long the database hangs. */
const WRITE_MS = 5000;

/**
 * Puts a refused call on the record. One about a request or a broken glass is filed under its environment, which is looked up here,
 * so that whoever reads that environment's record finds it. Where the record cannot be written the call stays refused, and the log
 * says so.
 */
export async function recordRefusal(
  runtime: Pick<Runtime, "db" | "log">,
  refusal: Readonly<{
    actor: string;
    action: string;
    target: string;
    code: ErrorCode;
    message: string;
    callId: string;
  }>,
): Promise<void> {
  const { actor, action, target, code, message, callId } = refusal;
  try {
    const written = runtime.db.$transaction(async (tx) => {
      const { breakGlass, ...place } = await placeOf(tx, target);
      const detail = { code, because: message, call: callId, ...(breakGlass && { breakGlass }) };
      const decision = sayDecision({ allowed: false, because: message });
      await appendAudit(tx, { actor, action, ...place, outcome: "refused", decision, detail });
    });
    await within(WRITE_MS, "The database does not write in time.", written);
  } catch (failure) {
    runtime.log.error(
      { action, callId, code, failure: describeFailure(failure) },
      "a refusal could not be put on the record",
    );
  }
}

/** A read of what says much about people, as it stands on the record. */
export type SensitiveRead = Readonly<{ action: "record.read" | "record.export" | "people.read"; target: string }>;

const DENIALS: readonly ErrorCode[] = ["not_signed_in", "not_allowed", "not_found"];
/** Somebody who tries again and again would drown the record otherwise. */
const REFUSED_ONCE_PER_MINUTES = 10;

/** Puts on record, once in ten minutes for each person or source, that somebody was denied a read. Other failures are no denials. */
export async function recordRefusedRead(
  runtime: Pick<Runtime, "db" | "log">,
  read: SensitiveRead,
  who: Readonly<{ actor: string; source: string }>,
  { code, message }: Readonly<{ code: ErrorCode; message: string }>,
): Promise<void> {
  if (!DENIALS.includes(code)) {
    return;
  }
  const detail = { code, because: message, source: who.source };
  try {
    const decision = sayDecision({ allowed: false, because: message });
    const event = { ...read, actor: who.actor, outcome: "refused", decision, detail } as const;
    const written = appendAuditOncePer(runtime.db, REFUSED_ONCE_PER_MINUTES, event);
    await within(WRITE_MS, "The database does not write in time.", written);
  } catch (failure) {
    runtime.log.error(
      { action: read.action, code, failure: describeFailure(failure) },
      "a refused read could not be put on the record",
    );
  }
}
