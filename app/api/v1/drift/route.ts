import type { NextRequest } from "next/server";
import { readDrift } from "#lib/drift/queries.ts";
import { answer } from "#lib/platform/answer.ts";

export function GET(request: NextRequest): Promise<Response> {
  const search = request.nextUrl.searchParams;
  const environment = search.get("environment") ?? "";
  const against = search.get("against") ?? undefined;
  return answer(async (runtime, person) => readDrift(runtime, person, { environment, against }));
}
