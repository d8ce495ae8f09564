export type ErrorCode =
  | "not_signed_in"
  /** Signed in, but not freshly enough for this: sign in again for this very digest. */
  | "step_up"
  | "not_allowed"
  | "not_found"
  | "invalid"
  | "conflict"
  /** An idempotency key came again with another payload (the IETF draft's 422). */
  | "key_reused"
  /** An idempotency key came again while its first call is still being carried out (the IETF draft's 409). */
  | "in_progress"
  | "void"
  | "too_many"
  | "too_large"
  | "wrong_method"
  | "wrong_type"
  | "unavailable"
  | "timed_out"
  | "unexpected";

const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  not_signed_in: 401,
  step_up: 401,
  not_allowed: 403,
  not_found: 404,
  invalid: 400,
  conflict: 409,
  key_reused: 422,
  in_progress: 409,
  void: 409,
  too_many: 429,
  too_large: 413,
  wrong_method: 405,
  wrong_type: 415,
  unavailable: 503,
  timed_out: 504,
  unexpected: 500,
};

/** Next bundles instrumentation apart from pages and routes, so the class below is there several times; this tells it by. */
const MARK: unique symbol = Symbol.for("gatehouse.error");

/** When a limit was met: in how many seconds there is room again, and whether nobody has been told yet in this window. */
export type Retry = Readonly<{ afterSeconds: number; isFirst: boolean }>;

type ErrorOptions = Readonly<{ cause?: unknown; fields?: Record<string, string>; retry?: Retry }>;

/**
 * A failure we expect and can explain. Its message is ours alone: what happened, what was not done, what to do.
 * Never a vendor's text, which may hold headers and bodies.
 */
export class GatehouseError extends Error {
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** Set where the code is `too_many`. */
  readonly retry: Retry | undefined;
  readonly [MARK] = true;

  static override [Symbol.hasInstance](value: unknown): value is GatehouseError {
    return typeof value === "object" && value !== null && MARK in value;
  }

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatehouseError";
    this.code = code;
    this.fields = options.fields;
    this.retry = options.retry;
  }
}

/** The HTTP status that a code is answered with (RFC 9110). */
export function httpStatusOf(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

/** What may be logged of an unknown failure: its name and message, cut, never its whole shape. */
export function describeFailure(failure: unknown): string {
  if (failure instanceof Error) {
    return `${failure.name}: ${failure.message}`.slice(0, 500);
  }
  return String(failure).slice(0, 500);
}
