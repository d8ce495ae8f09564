"use server";

import { breakGlass, closeBreakGlass, reviewBreakGlass } from "#lib/break-glass/operations.ts";
import { BreakGlassInput, CloseBreakGlassInput, ReviewBreakGlassInput } from "#lib/break-glass/schema.ts";
import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";

/** Lets somebody act alone in an environment for a time. */
export async function breakGlassAction(raw: BreakGlassInput): Promise<Result<{ breakGlassId: string }>> {
  return runAction(
    { name: "break-glass.open", schema: BreakGlassInput, target: (input) => input.environment, run: breakGlass },
    raw,
  );
}

/** Ends it before its time. */
export async function closeBreakGlassAction(raw: CloseBreakGlassInput): Promise<Result<null>> {
  return runAction(
    {
      name: "break-glass.close",
      schema: CloseBreakGlassInput,
      target: (input) => input.breakGlassId,
      run: closeBreakGlass,
    },
    raw,
  );
}

/** Says what somebody else thinks of it. */
export async function reviewBreakGlassAction(raw: ReviewBreakGlassInput): Promise<Result<null>> {
  return runAction(
    {
      name: "break-glass.review",
      schema: ReviewBreakGlassInput,
      target: (input) => input.breakGlassId,
      run: reviewBreakGlass,
    },
    raw,
  );
}
