export type ClusterErrorCode =
  | "denied"
  | "expired"
  | "not_found"
  | "moved"
  | "throttled"
  | "unreachable"
  | "rejected"
  /** The API server has no watch that begins with every object. */
  | "unsupported"
  /** What came is not what the API promises, so nobody knows what it said. */
  | "garbled"
  /** A write went out and no answer came back: it may have been done, and has to be looked up. */
  | "outcome_unknown";

/** A failed call to a Kubernetes API server, in our words; the server's own text is never forwarded. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  readonly retryAfterMs: number | undefined;
  /** How long nothing can have been heard when that was found out; 0 where it was found at once. */
  readonly silentForMs: number;

  constructor(
    code: ClusterErrorCode,
    message: string,
    options: { retryAfterMs?: number | undefined; silentForMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClusterError";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.silentForMs = options.silentForMs ?? 0;
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
    return throttled(retryAfter);
  }
  if (status >= 500) {
    const retryAfterMs = retryAfterMsOf(retryAfter);
    return new ClusterError("unreachable", `the cluster answers with an error (${status})`, { retryAfterMs });
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

/** What an API server says about a write that it does not do; `message` is the Status object's and goes no further. */
export type RefusedWrite = Readonly<{ status: number; message: string; retryAfter: string | undefined }>;

/** Maps the answer to a write in `user`'s name to our error. After `outcome_unknown` alone may something have changed. */
export function clusterErrorFromRefusedWrite(
  { status, message, retryAfter }: RefusedWrite,
  user: string,
): ClusterError {
  if (status === 401) {
    return new ClusterError("denied", "the cluster does not let Gatehouse in");
  }
  if (status === 403) {
    return new ClusterError(
      "denied",
      REFUSED_IMPERSONATION.test(message)
        ? `the cluster does not let Gatehouse do this in the name of ${user}`
        : `the cluster refuses it to ${user}`,
    );
  }
  if (status === 404) {
    return new ClusterError("not_found", "the cluster no longer has this object");
  }
  if (status === 409) {
    return new ClusterError("moved", "the object has changed or was replaced since it was looked at; nothing was done");
  }
  if (status === 429) {
    return throttled(retryAfter);
  }
  if (status >= 500) {
    return new ClusterError("outcome_unknown", `the cluster answers with an error (${status}); ${TO_BE_LOOKED_UP}`);
  }
  return new ClusterError("rejected", `the cluster rejects the change (${status})`);
}

/** Maps a write that was cut off to our error: unless nobody was reached at all, it may have been done. */
export function clusterErrorFromCutWrite(failure: unknown): ClusterError {
  const code = failure instanceof Error && "code" in failure ? failure.code : undefined;
  if (failure instanceof ClusterError || NEVER_CONNECTED.some((one) => one === code)) {
    return clusterErrorFromFailure(failure);
  }
  return new ClusterError("outcome_unknown", `the cluster did not answer; ${TO_BE_LOOKED_UP}`, { cause: failure });
}

const TO_BE_LOOKED_UP = "whether it was done has to be looked up";

/** The first check of a request with Impersonate- headers is about whose token it carries, and only its text says which check failed. */
const REFUSED_IMPERSONATION = / is forbidden: User "[^"]*" cannot impersonate(-on)?[: ]/;

/** Node's codes for a connection that never came to be, so that nothing was sent. */
const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Whatever a server asks for, somebody waits in front of the screen; and a timer of more than 24 days would fire at once. */
const LONGEST_RETRY_AFTER_SECONDS = 60;

function throttled(retryAfter: string | undefined): ClusterError {
  return new ClusterError("throttled", "the cluster asks to slow down", { retryAfterMs: retryAfterMsOf(retryAfter) });
}

function retryAfterMsOf(retryAfter: string | undefined): number | undefined {
  const seconds = Math.min(Number(retryAfter), LONGEST_RETRY_AFTER_SECONDS);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
