import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { listTopology } from "#lib/topology/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const environment = request.nextUrl.searchParams.get("environment") ?? undefined;
  return answer(async (runtime, person) => listTopology(runtime, person, environment));
}
