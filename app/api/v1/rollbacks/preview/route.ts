import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { previewRollback } from "#lib/rollbacks/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const environment = request.nextUrl.searchParams.get("environment") ?? "";
  return answer((runtime, person) => previewRollback(runtime, person, environment));
}
