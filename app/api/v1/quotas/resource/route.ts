import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { readQuota } from "#lib/quotas/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const id = request.nextUrl.searchParams.get("id") ?? "";
  return answer((runtime, person) => readQuota(runtime, person, id));
}
