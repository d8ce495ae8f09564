import "server-only";
import { subscribe } from "node:diagnostics_channel";
import { IncomingMessage, ServerResponse } from "node:http";
import { createSourceFinder, SOURCE_HEADER } from "#lib/limits/source.ts";
import { env } from "./env.ts";
import { describeFailure } from "./errors.ts";
import { newId } from "./ids.ts";
import { recordRefusedCall } from "./refused-call.ts";
import type { Runtime } from "./runtime.ts";

const SIGN_IN_CALLBACKS = "/api/auth/callback/";
const READS = ["GET", "HEAD", "OPTIONS"];
/** Two years (RFC 6797). */
const HSTS = "max-age=63072000";
const STREAMS = "/api/v1/live";
/** A stream says something every 6 s; whoever has taken no byte of it for this long will not, and its line would be kept for ever. */
const STUCK_MS = 13_000;

type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>;

/**
 * Stands at Node's own HTTP server (its diagnostics channels), before and after all of Next: Next knows no socket's address,
 * and some calls fail in it before anything of ours is asked. Those are put on record here.
 */
export function watchDoor(runtime: Runtime): void {
  const sourceOf = createSourceFinder(env().GATEHOUSE_TRUSTED_PROXIES);
  const isHttps = env().NEXTAUTH_URL?.startsWith("https:") === true;
  onExchange("http.server.request.start", ({ request, response }) => {
    request.url = readableAddress(request.url ?? "/");
    // Next makes a fetch Request of each call, which these methods cannot be (Fetch, "forbidden method"); it would answer 500.
    request.method = ["TRACE", "TRACK", "CONNECT"].includes(request.method ?? "") ? "OPTIONS" : request.method;
    const forwardedFor = request.headers["x-forwarded-for"] ?? "";
    request.headers[SOURCE_HEADER] = sourceOf(request.socket.remoteAddress ?? "", String(forwardedFor));
    if (request.url.startsWith(STREAMS)) {
      request.socket.setTimeout(STUCK_MS);
    }
    if (isHttps) {
      response.setHeader("Strict-Transport-Security", HSTS);
    }
  });
  onExchange("http.server.response.finish", (exchange) => {
    if (failedUnseen(exchange)) {
      recordUnseen(runtime, exchange.request).catch((failure: unknown) => {
        runtime.log.error({ failure: describeFailure(failure) }, "a refused call could not be put on the record");
      });
    }
  });
}

/**
 * The address as it came, or one that leads nowhere: with its percent signs escaped where they are no UTF-8, at which Next
 * fails, or where they are a zero byte, at which PostgreSQL does.
 */
export function readableAddress(url: string): string {
  try {
    decodeURIComponent(url.split("?")[0] ?? "");
  } catch {
    return url.replaceAll("%", "%25");
  }
  return url.includes("%00") ? url.replaceAll("%", "%25") : url;
}

function onExchange(channel: string, listen: (exchange: Exchange) => void): void {
  subscribe(channel, (message) => {
    if (typeof message !== "object" || message === null || !("request" in message) || !("response" in message)) {
      return;
    }
    const { request, response } = message;
    if (request instanceof IncomingMessage && response instanceof ServerResponse) {
      listen({ request, response });
    }
  });
}

/**
 * Whether a call failed without one of our own problem documents, which are on record already; as is a sign-in that fails, which
 * next-auth answers.
 */
function failedUnseen({ request, response }: Exchange): boolean {
  const isOurs = String(response.getHeader("content-type") ?? "").startsWith("application/problem+json");
  const isSignIn = request.url?.startsWith(SIGN_IN_CALLBACKS) === true;
  // From a path of the interface that is none, whoever is not signed in is led to signing in.
  const least = request.url?.startsWith("/api/v1/") === true ? 300 : 400;
  return response.statusCode >= least && !isSignIn && !isOurs && !READS.includes(request.method ?? "");
}

async function recordUnseen(runtime: Runtime, request: IncomingMessage): Promise<void> {
  await recordRefusedCall(runtime, {
    cookie: request.headers.cookie ?? "",
    source: String(request.headers[SOURCE_HEADER]),
    path: (request.url ?? "").split("?")[0] ?? "",
    code: "invalid",
    message: "The call names nothing that can be called so, or its body cannot be read. Nothing was changed.",
    callId: newId("act"),
  });
}
