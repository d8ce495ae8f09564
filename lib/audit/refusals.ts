import "server-only";
import { within } from "#lib/platform/deadline.ts";
import { describeFailure, type ErrorCode } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { appendAudit } from "./store.ts";

/** As long as a transaction may take; whoever was refused is told so however long the database hangs. */
const WRITE_MS = 5000;

/**
 * Puts a refused call on the record. Where the record cannot be written the call stays refused, and the log says so.
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
    const written = runtime.db.$transaction((tx) =>
      appendAudit(tx, { actor, action, target, outcome: "refused", detail: { code, because: message, call: callId } }),
    );
    await within(WRITE_MS, "The database does not write in time.", written);
  } catch (failure) {
    runtime.log.error(
      { action, callId, code, failure: describeFailure(failure) },
      "a refusal could not be put on the record",
    );
  }
}
