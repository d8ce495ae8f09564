"use server";

import { endSessions } from "#lib/access/operations.ts";
import { EndSessionsInput } from "#lib/access/schema.ts";
import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";

/** Ends every session of an account. */
export async function endSessionsAction(raw: EndSessionsInput): Promise<Result<null>> {
  return runAction(
    { name: "sessions.end", schema: EndSessionsInput, target: (input) => input.account, run: endSessions },
    raw,
  );
}
