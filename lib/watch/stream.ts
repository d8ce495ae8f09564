import "server-only";
import type { Feed } from "./ring.ts";

/**
 * An idle line costs a beat of 6 bytes, 11 with HTTP's chunk around it, in this time: less than 2 B/s. The browser calls a line
 * dead on which two have been missed. A comment would be shorter, but no page can hear one.
 */
const BEAT_MS = 6000;
/** A reader for which something has waited this long, or this much, is cut off: it comes back and gets a snapshot, or what it missed. */
const LONGEST_WAIT_MS = 3000;
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
  // Whoever missed nothing hears at once that the line is there.
  const first = missed?.length === 0 ? [BEAT] : (missed ?? [feed.snapshot()]);
  const leaving = new AbortController();
  let queue: Queue | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (finish: () => void) => {
          if (!leaving.signal.aborted) {
            leaving.abort();
            finish();
          }
        };
        const send = (event: Uint8Array) => controller.enqueue(event);
        // Not close(): the reader must not take what it has for all there is. Next hears an AbortError without a word in its log.
        const cut = () => controller.error(new DOMException("the reader is too slow", "AbortError"));
        const opened = openQueue(first, send, () => end(cut));
        queue = opened;
        const unsubscribe = feed.subscribe(opened.add);
        const beat = setInterval(() => opened.add(BEAT), BEAT_MS);
        const forget = () => {
          unsubscribe();
          clearInterval(beat);
          opened.drop();
          onEnd();
        };
        leaving.signal.addEventListener("abort", forget, { once: true });
        // Next does not always call cancel() when a browser leaves; the request's signal does tell.
        const leave = () =>
          end(() => {
            if (signal.reason === ACCESS_OVER) {
              send(OVER);
            }
            controller.close();
          });
        signal.addEventListener("abort", leave, { once: true });
        if (signal.aborted) {
          leave();
        }
      },
      pull() {
        queue?.ask();
      },
      cancel() {
        leaving.abort();
      },
    },
    // The stream keeps nothing itself: what it has taken in could not be dropped any more.
    { highWaterMark: 0 },
  );
}

type Queue = Readonly<{
  add(event: Uint8Array): void;
  /** The reader has taken all that it was sent, and wants one more. */
  ask(): void;
  /** Forgets all that waits. Nothing may be added afterwards. */
  drop(): void;
}>;

/**
 * What one reader has not taken yet. The first events may be as large as the estate and take their time; what comes after them
 * waits neither long nor in masses, or `onBehind` is told.
 */
function openQueue(first: readonly Uint8Array[], send: (event: Uint8Array) => void, onBehind: () => void): Queue {
  const beginning = [...first];
  const waiting: { event: Uint8Array; addedAt: number }[] = [];
  let waitingBytes = 0;
  let isAsked = false;
  /** When the last of the first events had been taken; undefined until then. */
  let begunAt: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lookAtTheOldest(): void {
    timer = undefined;
    const [oldest] = waiting;
    if (oldest === undefined) {
      return;
    }
    const nowMs = performance.now();
    const waitedMs = nowMs - Math.max(oldest.addedAt, begunAt ?? nowMs);
    if (waitedMs >= LONGEST_WAIT_MS) {
      onBehind();
      return;
    }
    timer = setTimeout(lookAtTheOldest, Math.ceil(LONGEST_WAIT_MS - waitedMs));
  }

  function next(): Uint8Array | undefined {
    const begins = beginning.shift();
    if (begins !== undefined) {
      return begins;
    }
    begunAt ??= performance.now();
    const event = waiting.shift()?.event;
    waitingBytes -= event?.byteLength ?? 0;
    return event;
  }

  return {
    add(event) {
      if (isAsked) {
        isAsked = false;
        send(event);
        return;
      }
      waiting.push({ event, addedAt: performance.now() });
      waitingBytes += event.byteLength;
      if (waitingBytes > LONGEST_QUEUE_BYTES) {
        onBehind();
        return;
      }
      timer ??= setTimeout(lookAtTheOldest, LONGEST_WAIT_MS);
    },
    ask() {
      const event = next();
      isAsked = event === undefined;
      if (event !== undefined) {
        send(event);
      }
    },
    drop() {
      clearTimeout(timer);
      beginning.length = 0;
      waiting.length = 0;
    },
  };
}
