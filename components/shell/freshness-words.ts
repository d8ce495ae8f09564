import type { Tone } from "#components/ui/tone.ts";

export type SourceState = "ok" | "denied" | "unreachable" | "stale";

/** One of the systems a page is made of, by the name people have for it. `since` is ISO 8601, UTC. */
export type Source = Readonly<{ name: string; state: SourceState; since: string; message?: string | undefined }>;

/** The browser's line to the console: `lost` also while it is being tried again. */
export type StreamState = "live" | "connecting" | "lost";

/** What the bar says: never green while a source is missing or the line is down. */
export function freshnessOf(
  sources: readonly Source[],
  stream: StreamState,
): Readonly<{ tone: Tone; word: string; detail: string }> {
  const answering = sources.filter((source) => source.state === "ok").length;
  const detail = `${answering} of ${sources.length} ${sources.length === 1 ? "source" : "sources"}`;
  if (stream === "lost") {
    return { tone: "broken", word: "Not live", detail: "line is down" };
  }
  if (stream === "connecting") {
    return { tone: "unknown", word: "Connecting", detail };
  }
  if (sources.length === 0) {
    return { tone: "unknown", word: "Live", detail };
  }
  if (answering === 0) {
    return { tone: "broken", word: "Live", detail };
  }
  return { tone: answering === sources.length ? "fine" : "look", word: "Live", detail };
}
