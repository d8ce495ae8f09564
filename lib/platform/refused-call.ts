import "server-only";
import { NextRequest } from "next/server";
import { getToken } from "next-auth/jwt";
import { recordRefusal } from "#lib/audit/refusals.ts";
import { env } from "./env.ts";
import { type ErrorCode, GatehouseError } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** A call that was refused before it was known as an action. */
export type RefusedCall = Readonly<{
  /** The Cookie header; whose session it claims to be is named on the record. */
  cookie: string;
  source: string;
  path: string;
  code: ErrorCode;
  message: string;
  callId: string;
}>;

/**
 * Puts a refused call on record, up to as many as a source may make; of those beyond only the first. Without that anyone who
 * can reach the console could drown the record. Answers with that limit's error where it was met.
 */
export async function recordRefusedCall(runtime: Runtime, call: RefusedCall): Promise<GatehouseError | undefined> {
  const tooMany = await overLimit(runtime, call.source);
  if (tooMany?.retry?.isFirst !== false) {
    const { code, message } = tooMany ?? call;
    await recordRefusal(runtime, {
      actor: await claimedBy(call.cookie),
      action: "action.called",
      target: call.path.slice(0, 200),
      code,
      message,
      callId: call.callId,
    });
  }
  return tooMany;
}

async function overLimit(runtime: Runtime, source: string): Promise<GatehouseError | undefined> {
  try {
    await runtime.limiter.use("refusedCall", source);
    return undefined;
  } catch (failure) {
    if (failure instanceof GatehouseError) {
      return failure;
    }
    throw failure;
  }
}

async function claimedBy(cookie: string): Promise<string> {
  const request = new NextRequest(env().NEXTAUTH_URL ?? "http://localhost", { headers: { cookie } });
  const token = await getToken({ req: request, secret: env().NEXTAUTH_SECRET ?? "" });
  return token?.name ?? "nobody";
}
