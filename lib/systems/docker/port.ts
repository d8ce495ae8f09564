import type { ComposeContainer } from "#lib/clusters/model.ts";

/** What an engine holds. */
export type DockerListing = Readonly<{
  /** Every container that Compose made, running or not. */
  containers: readonly ComposeContainer[];
  /** Those of them of which the engine cannot say what it should; `name` is `<project>/<container>`. */
  unreadable: readonly Readonly<{ id: string; name: string }>[];
}>;

/** One Docker Engine, which is read and never written. Every method may throw DockerError; none retries by itself. */
export type DockerPort = Readonly<{
  id: string;
  /** All that Compose made. Deadline 10 s. */
  list(signal: AbortSignal): Promise<DockerListing>;
  /**
   * Tells that something has happened to some container, first (`opened`) that from here on all of it is told. Ends when the
   * engine ends it or the signal aborts.
   */
  events(signal: AbortSignal): AsyncIterable<"opened" | "changed">;
  /** Whether the engine answers at all. The signal is its deadline. */
  probe(signal: AbortSignal): Promise<void>;
}>;
