import "server-only";
import type { Feed } from "./ring.ts";

/**
 * An idle line costs a beat of 6 bytes, 11 with HTTP's chunk around it, in this time: less than 2 B/s. The browser calls a line
 * dead on which two have been missed. A comment would be shorter, but no page can hear one.
 */
const BEAT_MS = 6000;
/** A reader that is this far behind is cut off; it comes back with its last id and gets what it missed, or a snapshot. */
const LONGEST_QUEUE_BYTES = 512 * 1024;

/** The reason with which a stream's signal aborts when its person may not look any more, or may do something else now. */
export const ACCESS_OVER = "access over";

const encoder = new TextEncoder();
/** A message without words, which is what server-sent events have for a line `data` alone. */
const BEAT = encoder.encode("data\n\n");
const OVER = encoder.encode("event: over\ndata: {}\n\n");

/** Server-sent events for one browser: first what it missed (or a snapshot), then every change, until it leaves. `onEnd` is told once. */
export function liveStream(
  feed: Feed,
  lastEventId: string | null,
  signal: AbortSignal,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const missed = lastEventId === null ? undefined : feed.since(lastEventId);
  const first = missed ?? [feed.snapshot()];
  const firstBytes = first.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
  const leaving = new AbortController();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (event: Uint8Array) => {
          controller.enqueue(event);
          if ((controller.desiredSize ?? 0) < 0) {
            end();
          }
        };
        const end = () => {
          if (!leaving.signal.aborted) {
            leaving.abort();
            controller.close();
          }
        };
        for (const event of first) {
          controller.enqueue(event);
        }
        if (missed?.length === 0) {
          // Whoever missed nothing hears at once that the line is there.
          controller.enqueue(BEAT);
        }
        const unsubscribe = feed.subscribe(send);
        const beat = setInterval(() => send(BEAT), BEAT_MS);
        const forget = () => {
          unsubscribe();
          clearInterval(beat);
          onEnd();
        };
        leaving.signal.addEventListener("abort", forget, { once: true });
        // Next does not always call cancel() when a browser leaves; the request's signal does tell.
        const leave = () => {
          if (signal.reason === ACCESS_OVER && !leaving.signal.aborted) {
            controller.enqueue(OVER);
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
    // The first events may be as large as the estate; what counts is how far a reader falls behind after them.
    { highWaterMark: firstBytes + LONGEST_QUEUE_BYTES, size: (chunk) => chunk.byteLength },
  );
}
