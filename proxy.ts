import { type NextRequest, NextResponse } from "next/server";
import { getToken } from "next-auth/jwt";
import { isOwnOrigin } from "#lib/access/origin.ts";
import { recordRefusal } from "#lib/audit/refusals.ts";
import { env } from "#lib/platform/env.ts";
import { newId } from "#lib/platform/ids.ts";
import { runtime } from "#lib/platform/wiring.ts";

/**
 * Refuses calls that change something and come from elsewhere, and puts them on the record. Next would refuse a foreign
 * Origin without leaving a trace, and let one without Origin pass. No protection rests on this alone: runAction checks again.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const isRead = ["GET", "HEAD", "OPTIONS"].includes(request.method);
  if (isRead || isOwnOrigin(request.headers.get("origin"), env().NEXTAUTH_URL ?? "")) {
    return NextResponse.next();
  }
  const callId = newId("act");
  const message = "This call does not come from Gatehouse's own pages. Nothing was changed.";
  const token = await getToken({ req: request, secret: env().NEXTAUTH_SECRET ?? "" });
  await recordRefusal(await runtime(), {
    actor: token?.name ?? "nobody",
    action: "action.called",
    target: request.nextUrl.pathname.slice(0, 200),
    code: "not_allowed",
    message,
    callId,
  });
  return NextResponse.json(
    { type: "about:blank", title: "Not allowed", status: 403, code: "not_allowed", detail: message, callId },
    { status: 403, headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" } },
  );
}

/** Pages, where server actions are posted to. next-auth guards its own routes with a token of its own. */
export const config = { matcher: ["/((?!api/|_next/).*)"] };
