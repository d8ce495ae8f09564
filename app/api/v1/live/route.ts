import type { NextRequest } from "next/server";
import { openStream, streamHead } from "./_parts/open-stream.ts";

/** The one stream of every page: all rows but the pods, resumable by Last-Event-ID. */
export function GET(request: NextRequest): Promise<Response> {
  return openStream(request, "ring");
}

export function HEAD(): Response {
  return streamHead();
}

export const dynamic = "force-dynamic";
