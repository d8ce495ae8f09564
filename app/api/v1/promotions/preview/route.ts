import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { previewPromotion } from "#lib/promotions/queries.ts";

export function GET(request: NextRequest): Promise<Response> {
  const environment = request.nextUrl.searchParams.get("environment") ?? "";
  return answer((runtime, person) => previewPromotion(runtime, person, environment));
}
