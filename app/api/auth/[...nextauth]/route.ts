import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "#lib/access/session.ts";
import { recordRefusedSignIn } from "#lib/access/sign-ins.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: Context): Promise<Response> {
  const runtime = await currentRuntime();
  const response: Response = await NextAuth(request, context, authOptions(runtime));
  const location = response.headers.get("location");
  const { nextauth } = await context.params;
  // What fails between the provider and next-auth reaches none of our callbacks.
  if (nextauth[0] === "callback" && location !== null && /[?&]error=(OAuth)?Callback\b/.test(location)) {
    await recordRefusedSignIn(runtime, {
      name: undefined,
      because: "The provider did not vouch for anybody, or its answer could not be trusted.",
    });
  }
  return response;
}

export { handle as GET, handle as POST };
