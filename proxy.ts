import { type NextRequest, NextResponse } from "next/server";
import { isOwnOrigin } from "#lib/access/origin.ts";
import { checkActionText, LARGEST_ACTION_BYTES, readText } from "#lib/limits/body.ts";
import { SOURCE_HEADER } from "#lib/limits/source.ts";
import { problem, refusedRead } from "#lib/platform/answer.ts";
import { contentPolicy } from "#lib/platform/content-policy.ts";
import { env } from "#lib/platform/env.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { recordRefusedCall } from "#lib/platform/refused-call.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";

/** What Next makes of an action: a byte of facts and a SHA-1, in hex. */
const ACTION_ID = /^[0-9a-f]{42}$/;

/**
 * Gives each page its policy with a nonce of its own, and refuses calls that no page of ours makes, and puts them on record:
 * Next would answer some with 500, some not at all, and none would leave a trace. No protection rests on this alone:
 * runAction checks session, origin, limits and shape again, and Next the size.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  const source = request.headers.get(SOURCE_HEADER) ?? "unknown";
  const runtime = await currentRuntime();
  if (request.method === "GET" || request.method === "HEAD") {
    try {
      await runtime.limiter.use("readFromSource", source);
    } catch (failure) {
      return refusedRead(runtime, "nobody", failure);
    }
    return withPolicy(request);
  }
  try {
    await checkCall(request);
  } catch (failure) {
    if (!(failure instanceof GatehouseError)) {
      throw failure;
    }
    const callId = newId("act");
    const { code, message } = failure;
    const cookie = request.headers.get("cookie") ?? "";
    const path = request.nextUrl.pathname;
    const tooMany = await recordRefusedCall(runtime, { cookie, source, path, code, message, callId });
    return problem(runtime, tooMany ?? failure, callId);
  }
  return withPolicy(request);
}

/** Throws GatehouseError where the call is none that our own pages make. */
async function checkCall(request: NextRequest): Promise<void> {
  const { headers } = request;
  if (!isOwnOrigin(headers.get("origin"), env().NEXTAUTH_URL ?? "")) {
    throw new GatehouseError("not_allowed", "This call does not come from Gatehouse's own pages. Nothing was changed.");
  }
  if (request.method !== "POST") {
    throw new GatehouseError("wrong_method", "A page is read by GET; an action is a POST. Nothing was changed.");
  }
  if (!ACTION_ID.test(headers.get("next-action") ?? "")) {
    throw new GatehouseError("invalid", "The call names no action. Nothing was changed.");
  }
  // Our actions take plain values, which React sends as text; multipart is for files and forms.
  if (!/^text\/plain\b/i.test(headers.get("content-type") ?? "")) {
    throw new GatehouseError("wrong_type", "An action's arguments are text/plain. Nothing was changed.");
  }
  checkActionText(await readText(request, LARGEST_ACTION_BYTES));
}

/** Lets it pass. Next reads the nonce off the request's policy and puts it on its own scripts. */
function withPolicy(request: NextRequest): Response {
  const nonce = crypto.randomUUID();
  const policy = contentPolicy(nonce, env().NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

/** Pages, where server actions are posted to. next-auth guards its own routes with a token of its own. */
export const config = { matcher: ["/((?!api/|_next/).*)"] };
