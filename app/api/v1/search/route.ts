import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { search } from "#lib/search/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const typed = request.nextUrl.searchParams.get("q") ?? "";
  return answer(async (runtime, person) => search(runtime, person, typed));
}
