import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { listRollouts } from "#lib/rollouts/queries.ts";
import { RolloutQuery } from "#lib/rollouts/schema.ts";

export function GET(request: NextRequest): Promise<Response> {
  return answer(async (runtime, person) => {
    const search = RolloutQuery.safeParse(Object.fromEntries(request.nextUrl.searchParams));
    if (!search.success) {
      const issue = search.error.issues[0];
      throw new GatehouseError("invalid", `${issue?.path.join(".")}: ${issue?.message}`);
    }
    return listRollouts(runtime, person, search.data);
  });
}
