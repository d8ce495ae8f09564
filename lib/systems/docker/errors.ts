export type DockerErrorCode =
  | "denied"
  | "gone"
  | "unreachable"
  /** It answers, with an error of its own. */
  | "failed"
  /** What came is not what the engine promises, so nobody knows what it said. */
  | "garbled";

/** A failed call to a Docker Engine, in our words; the engine's own text is never forwarded. */
export class DockerError extends Error {
  readonly code: DockerErrorCode;

  constructor(code: DockerErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DockerError";
    this.code = code;
  }
}

/** Maps an HTTP status of the engine to our error. */
export function dockerErrorFromStatus(status: number): DockerError {
  if (status === 401 || status === 403) {
    return new DockerError("denied", "the Docker Engine does not let Gatehouse read");
  }
  if (status === 404) {
    return new DockerError("gone", "the container is gone");
  }
  return new DockerError("failed", `the Docker Engine answers with an error (${status})`);
}

/** Maps a failed connection to our error; passes one of ours through. A socket that may not be opened is a refusal. */
export function dockerErrorFromFailure(failure: unknown): DockerError {
  if (failure instanceof DockerError) {
    return failure;
  }
  const code = failure instanceof Error && "code" in failure ? failure.code : undefined;
  return code === "EACCES" || code === "EPERM"
    ? new DockerError("denied", "Gatehouse may not open the Docker Engine's socket", { cause: failure })
    : new DockerError("unreachable", "the Docker Engine does not answer", { cause: failure });
}
