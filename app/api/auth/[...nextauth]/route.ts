import { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions, currentSession, requestSource } from "#lib/access/session.ts";
import { recordRefusedSignIn, signOut } from "#lib/access/sign-ins.ts";
import { LARGEST_SIGN_IN_BYTES, readText } from "#lib/limits/body.ts";
import { problem } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: Context): Promise<Response> {
  const runtime = await currentRuntime();
  const { nextauth } = await context.params;
  try {
    const source = await requestSource();
    await runtime.limiter.use("readFromSource", source);
    const read = await withBody(request);
    switch (nextauth[0]) {
      case "callback":
        return await signIn(read.request, read.account, context);
      case "signin":
        // next-auth asks the provider for its discovery document at each.
        await runtime.limiter.use("signInBegunFromSource", source);
        return await NextAuth(read.request, context, authOptions(runtime));
      case "signout":
        return await leave(read.request, context);
      default:
        return await NextAuth(read.request, context, authOptions(runtime));
    }
  } catch (failure) {
    if (failure instanceof GatehouseError && failure.retry?.isFirst) {
      await recordRefusedSignIn(runtime, { name: undefined, because: failure.message });
    }
    return problem(runtime, failure);
  }
}

/** The request with its body read, no further than it may be long, and the account that it names. */
async function withBody(request: NextRequest): Promise<{ request: NextRequest; account: string | undefined }> {
  if (request.method !== "POST") {
    return { request, account: undefined };
  }
  const body = await readText(request, LARGEST_SIGN_IN_BYTES);
  const headers = new Headers(request.headers);
  // next-auth reads both forms and fails on JSON that is none; its own pages send this one.
  headers.set("content-type", "application/x-www-form-urlencoded");
  return {
    request: new NextRequest(request.url, { method: "POST", headers, body }),
    account: new URLSearchParams(body).get("account") ?? undefined,
  };
}

/** An attempt is counted before it is made, so that many at once are no way around, and given back where it succeeds. */
async function signIn(request: NextRequest, account: string | undefined, context: Context): Promise<Response> {
  const runtime = await currentRuntime();
  const { limiter } = runtime;
  const counted = [
    ["signInFromSource", await requestSource()] as const,
    ...(account === undefined ? [] : [["signInOfAccount", account] as const]),
  ];
  for (const [limit, who] of counted) {
    await limiter.use(limit, who);
  }
  const response: Response = await NextAuth(request, context, authOptions(runtime));
  if (response.headers.getSetCookie().some((cookie) => /session-token=[^;]/.test(cookie))) {
    for (const [limit, who] of counted) {
      await limiter.giveBack(limit, who);
    }
    return response;
  }
  // What fails between the provider and next-auth reaches none of our callbacks.
  if (/[?&]error=(OAuth)?Callback\b/.test(response.headers.get("location") ?? "")) {
    await recordRefusedSignIn(runtime, {
      name: undefined,
      because: "The provider did not vouch for anybody, or its answer could not be trusted.",
    });
  }
  return response;
}

/** The cookie is taken away only where the session is ended, so that nobody believes they are out who is not. */
async function leave(request: NextRequest, context: Context): Promise<Response> {
  const runtime = await currentRuntime();
  const session = await currentSession(runtime);
  const response: Response = await NextAuth(request, context, authOptions(runtime));
  // next-auth takes it away only from a POST that carries its own token.
  const isLeaving = response.headers.getSetCookie().some((cookie) => /session-token[^=;]*=;/.test(cookie));
  if (session !== undefined && isLeaving) {
    await signOut(runtime, session);
  }
  return response;
}

export { handle as GET, handle as POST };
