"use server";

import { BeginStepUpInput } from "#lib/access/schema.ts";
import { beginStepUp } from "#lib/access/step-ups.ts";
import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";

/** Begins a fresh sign-in for one digest. */
export async function beginStepUpAction(raw: BeginStepUpInput): Promise<Result<{ stepUpId: string }>> {
  return runAction(
    { name: "session.step-up", schema: BeginStepUpInput, target: (input) => input.digest, run: beginStepUp },
    raw,
  );
}
