import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "#lib/access/session.ts";
import { runtime } from "#lib/platform/wiring.ts";

type Context = { params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: Context): Promise<Response> {
  const { estate } = await runtime();
  return NextAuth(request, context, authOptions(estate));
}

export { handle as GET, handle as POST };
