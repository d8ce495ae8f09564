export type ClusterErrorCode = "denied" | "expired" | "not_found" | "throttled" | "unreachable" | "rejected";

/** A failed call to a Kubernetes API server, in our words; the server's own text is never forwarded. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ClusterErrorCode,
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClusterError";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Maps an HTTP status of the API server to our error. `retryAfter` is the header's value, in seconds (RFC 9110). */
export function clusterErrorFromStatus(status: number, retryAfter?: string | undefined): ClusterError {
  if (status === 401 || status === 403) {
    return new ClusterError("denied", "the cluster does not let Gatehouse read this");
  }
  if (status === 404) {
    return new ClusterError("not_found", "the cluster does not know this resource");
  }
  if (status === 410) {
    return new ClusterError("expired", "the cluster no longer holds that version");
  }
  if (status === 429) {
    const seconds = Number(retryAfter);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
    return new ClusterError("throttled", "the cluster asks to slow down", { retryAfterMs });
  }
  if (status >= 500) {
    return new ClusterError("unreachable", `the cluster answers with an error (${status})`);
  }
  return new ClusterError("rejected", `the cluster rejects the request (${status})`);
}

/** Maps a failed connection to our error; passes one of ours through. */
export function clusterErrorFromFailure(failure: unknown): ClusterError {
  if (failure instanceof ClusterError) {
    return failure;
  }
  return new ClusterError("unreachable", "the cluster does not answer", { cause: failure });
}
