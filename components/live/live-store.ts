import { isFresh, type SourceRow } from "#lib/watch/freshness.ts";
import { type HeldRows, holdRows, type Place } from "#lib/watch/held-rows.ts";
import { parseDelta, parseTables, type Snapshot } from "#lib/watch/wire.ts";

export type StreamState = "live" | "connecting" | "lost";

/** The rows that have changed; undefined where it may be any. */
export type Touched = readonly Place[] | undefined;

export type LiveStore = Pick<HeldRows, "rows" | "row"> &
  Readonly<{
    /** The sources as far as this browser may believe them: without a line to the console none is fresh. */
    sources(): ReadonlyMap<string, SourceRow>;
    stream(): StreamState;
    /** Whether all rows are here, and not only the first ones that came with the page. */
    isWhole(): boolean;
    subscribe(listener: (touched: Touched) => void): () => void;
    /** Opens the stream and keeps it open; the answer closes it. `onOver` is told when this person may not look as before. */
    connect(onOver: () => void): () => void;
  }>;

/** The server sends a beat every 6 s; after two missed ones the line counts as dead, whatever the browser thinks of it. */
const SILENCE_MS = 13_000;
const REOPEN_MS = 1000;
/** What comes faster than a screen shows it is shown together. */
const FRAME_MS = 16;
/** A page that nobody looks at gets no frames; of more rows than these it is said that any may have changed. */
const MOST_TOUCHED = 2000;

/** What the stream at `path` has brought so far, starting from the rows that came with the page. */
export function createLiveStore(path: string, initial: Snapshot): LiveStore {
  const held = holdRows();
  let heldId = initial.id;
  let isWhole = initial.id !== "";
  let stream: StreamState = "connecting";
  let heardAt = new Date();
  const listeners = new Set<(touched: Touched) => void>();
  let untold: Touched = [];
  let toldAt = 0;
  let frame: number | undefined;

  held.replace(parseTables(initial.tables) ?? []);
  let sources = held.rows("source");

  function tell(): void {
    frame = undefined;
    toldAt = performance.now();
    const touched = untold;
    untold = [];
    sources = stream === "lost" ? staleSince(held.rows("source"), heardAt) : held.rows("source");
    for (const listener of listeners) {
      listener(touched);
    }
  }

  /** At once where nothing was told just before, else with the next frame. */
  function tellOf(touched: Touched): void {
    untold = together(untold, touched);
    if (frame !== undefined) {
      return;
    }
    if (performance.now() - toldAt < FRAME_MS) {
      frame = requestAnimationFrame(tell);
    } else {
      tell();
    }
  }

  function become(next: StreamState): void {
    if (stream !== next) {
      stream = next;
      tellOf([]);
    }
  }

  /** False where the text is none of ours, or shows that something was missed. */
  function takeSnapshot(text: string): boolean {
    const tables = parseTables(text);
    if (tables === undefined) {
      return false;
    }
    held.replace(tables);
    isWhole = true;
    stream = "live";
    tellOf(undefined);
    return true;
  }

  function takeDelta(text: string): boolean {
    const changes = parseDelta(text);
    const touched = changes && held.take(changes);
    if (touched === undefined) {
      return false;
    }
    stream = "live";
    tellOf(touched);
    return true;
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

    function take(event: MessageEvent<string>, takeText: (text: string) => boolean): void {
      heard();
      if (takeText(event.data)) {
        heldId = event.lastEventId;
      } else {
        // What is held cannot be trusted, so that nothing is to be resumed but all to be told anew.
        heldId = "";
        reopen();
      }
    }

    function open(): void {
      const isWholeAsked = heldId === "";
      source = new EventSource(isWholeAsked ? path : `${path}?${new URLSearchParams({ after: heldId })}`);
      clearTimeout(silence);
      silence = setTimeout(reopen, SILENCE_MS);
      source.addEventListener("snapshot", (event) => {
        take(event, takeSnapshot);
        // What was asked for whole comes compressed, and so would each change after it, later than it could.
        if (isWholeAsked && heldId !== "") {
          source?.close();
          open();
        }
      });
      source.addEventListener("message", (event: MessageEvent<string>) => {
        if (event.data === "") {
          heard();
          become("live");
        } else {
          take(event, takeDelta);
        }
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
    rows: held.rows,
    row: held.row,
    sources: () => sources,
    stream: () => stream,
    isWhole: () => isWhole,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    connect,
  };
}

function together(some: Touched, others: Touched): Touched {
  if (some === undefined || others === undefined || some.length + others.length > MOST_TOUCHED) {
    return undefined;
  }
  return [...some, ...others];
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
