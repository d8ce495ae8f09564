import "server-only";
import { describeFailure, type ErrorCode } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { appendAudit } from "./store.ts";

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
    await runtime.db.$transaction((tx) =>
      appendAudit(tx, { actor, action, target, outcome: "refused", detail: { code, because: message, call: callId } }),
    );
  } catch (failure) {
    runtime.log.error(
      { action, callId, code, failure: describeFailure(failure) },
      "a refusal could not be put on the record",
    );
  }
}
