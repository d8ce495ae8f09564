import "server-only";
import type { Feed } from "./ring.ts";

/** The browser calls the stream dead after three missed beats. */
export const BEAT_MS = 4000;
/** A reader that is this far behind is cut off; it comes back with its last id and gets what it missed, or a snapshot. */
const LONGEST_QUEUE_BYTES = 512 * 1024;

/** The reason with which a stream's signal aborts when its person may not look any more, or may do something else now. */
export const ACCESS_OVER = "access over";

/** Server-sent events for one browser: first what it missed (or a snapshot), then every change, until it leaves. `onEnd` is told once. */
export function liveStream(
  ring: Feed,
  lastEventId: string | null,
  signal: AbortSignal,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const missed = lastEventId === null ? undefined : ring.since(lastEventId);
  const first = encoder.encode((missed ?? [ring.snapshot()]).join(""));
  const leaving = new AbortController();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(first);
        const send = (event: string) => {
          controller.enqueue(encoder.encode(event));
          if ((controller.desiredSize ?? 0) < 0) {
            end();
          }
        };
        const unsubscribe = ring.subscribe(send);
        const beat = setInterval(() => send("event: beat\ndata: {}\n\n"), BEAT_MS);
        const forget = () => {
          unsubscribe();
          clearInterval(beat);
          onEnd();
        };
        const end = () => {
          if (!leaving.signal.aborted) {
            leaving.abort();
            controller.close();
          }
        };
        leaving.signal.addEventListener("abort", forget, { once: true });
        // Next does not always call cancel() when a browser leaves; the request's signal does tell.
        const leave = () => {
          if (signal.reason === ACCESS_OVER && !leaving.signal.aborted) {
            controller.enqueue(encoder.encode("event: over\ndata: {}\n\n"));
          }
          end();
        };
        signal.addEventListener("abort", leave, { once: true });
        if (signal.aborted) {
          leave();
        }
      },
      cancel() {
        leaving.abort();
      },
    },
    // The first event may be as large as the estate; what counts is how far a reader falls behind after it.
    { highWaterMark: first.byteLength + LONGEST_QUEUE_BYTES, size: (chunk) => chunk.byteLength },
  );
}
