"use server";

import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";
import { restart } from "#lib/restarts/operations.ts";
import { RestartInput } from "#lib/restarts/schema.ts";

/** Asks for restarting a workload in the person's own name. */
export async function restartAction(raw: RestartInput): Promise<Result<{ requestId: string }>> {
  return runAction(
    { name: "restart.request", schema: RestartInput, target: (input) => input.environment, run: restart },
    raw,
  );
}
