/** The kinds that Gatehouse watches. */
export const WATCHED_KINDS = [
  "Deployment",
  "StatefulSet",
  "ReplicaSet",
  "Pod",
  "Event",
  "ResourceQuota",
  "Node",
] as const;
export type WatchedKind = (typeof WATCHED_KINDS)[number];

export type WatchMessage =
  /** The server has accepted the watch; what follows is live. Always the first message. */
  | Readonly<{ type: "opened" }>
  | Readonly<{ type: "changed"; object: unknown }>
  | Readonly<{ type: "removed"; object: unknown }>
  | Readonly<{ type: "bookmark"; resourceVersion: string }>
  /** A line that is not a watch event: the one object is lost, the stream goes on. */
  | Readonly<{ type: "malformed"; text: string }>;

export type ListPage = Readonly<{ items: readonly unknown[]; resourceVersion: string }>;

/**
 * One Kubernetes cluster, read only. Every method may throw ClusterError; none retries by itself.
 */
export type ClusterPort = Readonly<{
  id: string;
  /** All objects of a kind, page by page (500 each), so that a page can be dropped once it is projected. Deadline 30 s a page. */
  list(kind: WatchedKind, signal: AbortSignal): AsyncIterable<ListPage>;
  /**
   * Changes after `resourceVersion`, with bookmarks. Ends when the server ends it (after `timeoutSeconds`), when the
   * signal aborts, or with ClusterError `expired` when that version is no longer held (410).
   */
  watch(
    kind: WatchedKind,
    from: Readonly<{ resourceVersion: string; timeoutSeconds: number }>,
    signal: AbortSignal,
  ): AsyncIterable<WatchMessage>;
  /** Whether the API server answers at all. Repeatable; the signal is its deadline. */
  probe(signal: AbortSignal): Promise<void>;
}>;
