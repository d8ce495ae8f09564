import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { listReconciliation } from "#lib/reconciliation/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const environment = request.nextUrl.searchParams.get("environment") ?? undefined;
  return answer(async (runtime, person) => listReconciliation(runtime, person, environment));
}
