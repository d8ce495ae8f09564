import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { listQuotas } from "#lib/quotas/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const environment = request.nextUrl.searchParams.get("environment") ?? undefined;
  return answer((runtime, person) => listQuotas(runtime, person, environment));
}
