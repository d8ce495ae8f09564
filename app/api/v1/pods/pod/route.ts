import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { readPod } from "#lib/pods/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const id = request.nextUrl.searchParams.get("id") ?? "";
  return answer(async (runtime, person) => readPod(runtime, person, id));
}
