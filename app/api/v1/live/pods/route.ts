import type { NextRequest } from "next/server";
import { openStream, streamHead } from "../_parts/open-stream.ts";

/** The pods' stream, by the same rules as that of every page. */
export function GET(request: NextRequest): Promise<Response> {
  return openStream(request, "pods");
}

export function HEAD(): Response {
  return streamHead();
}

export const dynamic = "force-dynamic";
