import type { NextRequest } from "next/server";
import { listPlacement } from "#lib/placement/queries.ts";
import { answer } from "#lib/platform/answer.ts";

export function GET(request: NextRequest): Promise<Response> {
  const search = request.nextUrl.searchParams;
  const environment = search.get("environment") ?? undefined;
  const whatIf = search.get("whatIf") ?? undefined;
  return answer(async (runtime, person) => listPlacement(runtime, person, { environment, whatIf }));
}
