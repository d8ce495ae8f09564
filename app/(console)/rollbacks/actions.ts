"use server";

import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";
import { AskInput } from "#lib/requests/schema.ts";
import { rollBack } from "#lib/rollbacks/operations.ts";

/** Takes the last promotion back, at once. */
export async function rollBackAction(raw: AskInput): Promise<Result<{ requestId: string }>> {
  return runAction(
    { name: "rollback.run", schema: AskInput, target: (input) => input.environment, run: rollBack },
    raw,
  );
}
