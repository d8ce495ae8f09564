"use server";

import type { Result } from "#lib/platform/result.ts";
import { runAction } from "#lib/platform/run-action.ts";
import { requestPromotion } from "#lib/promotions/operations.ts";
import { AskInput } from "#lib/requests/schema.ts";

/** Asks for a promotion; others must agree before anything changes. */
export async function requestPromotionAction(raw: AskInput): Promise<Result<{ requestId: string }>> {
  return runAction(
    {
      name: "promotion.request",
      schema: AskInput,
      target: (input) => input.environment,
      run: requestPromotion,
    },
    raw,
  );
}
