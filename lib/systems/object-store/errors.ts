export type ObjectStoreErrorCode =
  | "unreachable"
  | "timed_out"
  | "denied"
  | "clock"
  | "no_bucket"
  | "elsewhere"
  | "not_served"
  | "unexpected";

/** What was asked of which bucket. It holds no credentials. */
export type ObjectStoreCall = Readonly<{ bucket: string; what: string; right: string }>;

/** A failed call to an object store, in our words; the store's own text may hold the access key and is never forwarded. */
export class ObjectStoreError extends Error {
  readonly code: ObjectStoreErrorCode;

  constructor(code: ObjectStoreErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ObjectStoreError";
    this.code = code;
  }
}

/** Maps an answer's status and S3's error code (empty where there is none) to our error. */
export function objectStoreErrorFromAnswer(call: ObjectStoreCall, status: number, said: string): ObjectStoreError {
  const [code, expected] = meaningOf(call, status, said);
  const named = /^[A-Za-z]{1,64}$/.test(said) ? ` ${said}` : "";
  return new ObjectStoreError(code, `${call.bucket} answers ${status}${named} to ${call.what}: ${expected}`);
}

function meaningOf({ right }: ObjectStoreCall, status: number, said: string): [ObjectStoreErrorCode, string] {
  if (said === "NoSuchBucket") {
    return ["no_bucket", "expected a bucket of that name there"];
  }
  if (said === "RequestTimeTooSkewed") {
    return ["clock", "expected the clocks of both machines to be right"];
  }
  if (said === "InvalidAccessKeyId" || said === "SignatureDoesNotMatch" || said === "ExpiredToken") {
    return ["denied", "expected valid credentials in the environment variables that gatehouse.yaml names"];
  }
  if (status === 401 || status === 403) {
    return ["denied", `expected credentials with the right ${right}`];
  }
  if ((status >= 300 && status < 400) || said === "AuthorizationHeaderMalformed") {
    return ["elsewhere", "expected the endpoint and the region that the bucket is in"];
  }
  if (status === 501 || status === 405) {
    return ["not_served", "expected a store that serves this"];
  }
  if (status >= 500 || status === 429) {
    return ["unreachable", "the store cannot answer now"];
  }
  return ["unexpected", "an answer we do not know"];
}

/** Maps a request that got no answer to our error. */
export function objectStoreErrorFromFailure(call: ObjectStoreCall, failure: unknown): ObjectStoreError {
  const isLate = failure instanceof Error && failure.name === "TimeoutError";
  return isLate
    ? new ObjectStoreError("timed_out", `${call.bucket} did not answer ${call.what} in time`, { cause: failure })
    : new ObjectStoreError("unreachable", `${call.bucket} cannot be reached for ${call.what}`, { cause: failure });
}
