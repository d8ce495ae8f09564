import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { drawTopology } from "#lib/topology/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const search = request.nextUrl.searchParams;
  const environment = search.get("environment") ?? undefined;
  const focus = search.get("focus") ?? undefined;
  return answer(async (runtime, person) => drawTopology(runtime, person, { environment, focus }));
}
