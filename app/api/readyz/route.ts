import { readinessOf } from "#lib/platform/readiness.ts";
import { runtime } from "#lib/platform/wiring.ts";

/** Whether this process can serve; names what is missing. */
export async function GET(): Promise<Response> {
  const { isReady, missing } = await readinessOf(await runtime());
  return Response.json({ status: isReady ? "ready" : "not ready", missing }, { status: isReady ? 200 : 503 });
}

export const dynamic = "force-dynamic";
