import type { NextRequest } from "next/server";
import { endSessionsByProvider } from "#lib/access/operations.ts";
import { requestSource } from "#lib/access/session.ts";
import { recordRefusal } from "#lib/audit/refusals.ts";
import { LARGEST_SIGN_IN_BYTES, readText } from "#lib/limits/body.ts";
import { problem } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";

/** Where an identity provider ends sessions by itself (OpenID Connect Back-Channel Logout 1.0, 2.5). Failures count as failed sign-ins. */
export async function POST(request: NextRequest): Promise<Response> {
  const runtime = await currentRuntime();
  const source = await requestSource();
  try {
    await runtime.limiter.use("signInFromSource", source);
    const body = new URLSearchParams(await readText(request, LARGEST_SIGN_IN_BYTES));
    await endSessionsByProvider(runtime, body.get("logout_token") ?? "");
    await runtime.limiter.giveBack("signInFromSource", source);
    return new Response(null);
  } catch (failure) {
    const callId = newId("act");
    if (failure instanceof GatehouseError && failure.retry?.isFirst !== false) {
      const { code, message } = failure;
      await recordRefusal(runtime, { actor: "nobody", action: "sessions.end", target: "-", code, message, callId });
    }
    return problem(runtime, failure, callId);
  }
}

export const dynamic = "force-dynamic";
