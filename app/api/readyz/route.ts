import { whatIsMissing } from "#lib/platform/readiness.ts";
import { runtime } from "#lib/platform/wiring.ts";

/** Whether the database answers and every source has been read once; names what is missing. */
export async function GET(): Promise<Response> {
  const missing = await whatIsMissing(await runtime());
  const isReady = missing.length === 0;
  return Response.json(
    { status: isReady ? "ready" : "not ready", missing },
    { status: isReady ? 200 : 503, headers: { "Cache-Control": "no-store" } },
  );
}

export const dynamic = "force-dynamic";
