import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { readRequest } from "#lib/requests/queries.ts";

export async function GET(
  _request: NextRequest,
  context: { params: Promise<{ requestId: string }> },
): Promise<Response> {
  const { requestId } = await context.params;
  return answer((runtime, person) => readRequest(runtime, person, requestId));
}
