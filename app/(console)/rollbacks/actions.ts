"use server";

import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";
import { rollBack } from "#lib/rollbacks/operations.ts";
import { RollBackInput } from "#lib/rollbacks/schema.ts";

/** Takes the last promotion back, at once. */
export async function rollBackAction(raw: RollBackInput): Promise<Result<{ requestId: string }>> {
  return runAction(
    { name: "rollback.run", schema: RollBackInput, target: (input) => input.environment, run: rollBack },
    raw,
  );
}
