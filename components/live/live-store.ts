import { isFresh, type SourceRow } from "#lib/watch/freshness.ts";
import { applyFrame, type Change, type LiveRows, NO_ROWS, parseFrame } from "#lib/watch/model.ts";

export type StreamState = "live" | "connecting" | "lost";

export type LiveStore = Readonly<{
  rows(): LiveRows;
  /** The sources as far as this browser may believe them: without a line to the console none is fresh. */
  sources(): ReadonlyMap<string, SourceRow>;
  stream(): StreamState;
  subscribe(listener: () => void): () => void;
  /** Opens the stream and keeps it open; the answer closes it. `onOver` is told when this person may not look as before. */
  connect(onOver: () => void): () => void;
}>;

/** The server sends a beat every 4 s; after three missed ones the line counts as dead, whatever the browser thinks of it. */
const SILENCE_MS = 13_000;
const REOPEN_MS = 1000;

/** What the stream has brought so far, starting from the rows that came with the page. */
export function createLiveStore(initial: readonly Change[]): LiveStore {
  let rows = applyFrame(NO_ROWS, { type: "snapshot", changes: initial });
  let stream: StreamState = "connecting";
  let heardAt = new Date();
  let sources = rows.source;
  const listeners = new Set<() => void>();

  function tell(): void {
    sources = stream === "lost" ? staleSince(rows.source, heardAt) : rows.source;
    for (const listener of listeners) {
      listener();
    }
  }

  function become(next: StreamState): void {
    if (stream !== next) {
      stream = next;
      tell();
    }
  }

  function take(text: string): void {
    const frame = parseFrame(text);
    if (frame !== undefined) {
      rows = applyFrame(rows, frame);
      stream = "live";
      tell();
    }
  }

  function connect(onOver: () => void): () => void {
    let source: EventSource | undefined;
    let silence: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;

    function reopen(): void {
      source?.close();
      clearTimeout(silence);
      if (isOver) {
        return;
      }
      become("lost");
      silence = setTimeout(open, REOPEN_MS);
    }

    function heard(): void {
      heardAt = new Date();
      clearTimeout(silence);
      silence = setTimeout(reopen, SILENCE_MS);
    }

    function open(): void {
      source = new EventSource("/api/v1/live");
      clearTimeout(silence);
      silence = setTimeout(reopen, SILENCE_MS);
      const onRows = (event: MessageEvent<string>) => {
        heard();
        take(event.data);
      };
      source.addEventListener("snapshot", onRows);
      source.addEventListener("delta", onRows);
      source.addEventListener("beat", () => {
        heard();
        become("live");
      });
      source.addEventListener("over", onOver);
      source.addEventListener("error", () => {
        become("lost");
        // CLOSED means that the browser has given up, as it does after an answer that is no stream.
        if (source?.readyState === EventSource.CLOSED) {
          reopen();
          askWhetherAllowed(onOver);
        }
      });
    }

    open();
    return () => {
      isOver = true;
      clearTimeout(silence);
      source?.close();
    };
  }

  return {
    rows: () => rows,
    sources: () => sources,
    stream: () => stream,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    connect,
  };
}

/** A stream that is refused tells the browser no status; a plain read does. */
function askWhetherAllowed(onOver: () => void): void {
  fetch("/api/v1/environments").then(
    (response) => {
      if (response.status === 401 || response.status === 404) {
        onOver();
      }
    },
    // The console does not answer at all, which the page says already.
    () => undefined,
  );
}

/** What was fresh when the line was last alive is stale since then; what was worse stays as it was said. */
export function staleSince(sources: ReadonlyMap<string, SourceRow>, at: Date): ReadonlyMap<string, SourceRow> {
  return new Map(
    [...sources].map(([id, source]) => [
      id,
      isFresh(source) ? { ...source, state: "stale" as const, since: at.toISOString() } : source,
    ]),
  );
}
