import type { NextRequest } from "next/server";
import { untilAccessEnds } from "#lib/access/access-watch.ts";
import { answer } from "#lib/platform/answer.ts";
import { feedFor } from "#lib/watch/queries.ts";
import { liveStream } from "#lib/watch/stream.ts";

/** Cache-Control is next.config.js's, which would overwrite one from here. */
const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx would hold events back until its buffer is full.
  "X-Accel-Buffering": "no",
};

/**
 * Every row of a ring that the asker may see, as server-sent events. Goes on after the `Last-Event-ID`, or after the id in
 * `?after=` where a page was rendered with what came before it, for a browser can set no header on its first attempt.
 */
export function openStream(request: NextRequest, of: "ring" | "pods"): Promise<Response> {
  return answer(async (runtime, person, session) => {
    const leavePlace = runtime.limiter.openStream(person.account);
    const leaving = AbortSignal.any([request.signal, runtime.stopping]);
    const ends = AbortSignal.any([leaving, untilAccessEnds(runtime, session, person, leaving)]);
    const after = request.headers.get("last-event-id") ?? request.nextUrl.searchParams.get("after");
    return new Response(liveStream(feedFor(runtime, runtime[of], person), after, ends, leavePlace), {
      headers: HEADERS,
    });
  });
}

/** Next would answer HEAD with GET, and open a stream that nobody reads and nobody ends. */
export function streamHead(): Response {
  return new Response(null, { headers: HEADERS });
}
