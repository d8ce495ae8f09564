import type { NextRequest } from "next/server";
import { ownPath } from "#lib/access/origin.ts";
import { StepUpId } from "#lib/access/schema.ts";
import { currentSession, personOf, publicUrl } from "#lib/access/session.ts";
import { confirmStepUp } from "#lib/access/step-ups.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";
import { SIGN_IN_PATH, STEPPED_UP } from "#lib/routes.ts";

/** Where one comes from signing in again: counts that sign-in, if it is fresh and one's own, and leads back. */
export async function GET(request: NextRequest, context: { params: Promise<{ stepUpId: string }> }): Promise<Response> {
  const runtime = await currentRuntime();
  const session = await currentSession(runtime);
  if (session === undefined || (await personOf(runtime, session)) === undefined) {
    return seeOther(SIGN_IN_PATH);
  }
  const id = StepUpId.safeParse((await context.params).stepUpId);
  const counts = id.success && (await confirmStepUp(runtime, session, id.data));
  const back = ownPath(request.nextUrl.searchParams.get("return") ?? "/", publicUrl());
  back.searchParams.set(STEPPED_UP, counts ? "yes" : "no");
  return seeOther(`${back.pathname}${back.search}`);
}

function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { Location: path } });
}

export const dynamic = "force-dynamic";
