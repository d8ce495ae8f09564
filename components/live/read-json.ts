/** A read that the server refused or could not do, in its own words. */
export class ReadError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ReadError";
    this.code = code;
  }
}

/**
 * Reads JSON from our own server, which has typed it, so that the browser takes it as it comes. Throws ReadError with the
 * server's words, or with ours where it did not answer.
 */
export async function readOwn<T>(url: string, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { signal, headers: { Accept: "application/json" } });
  } catch (cause) {
    if (signal.aborted) {
      throw cause;
    }
    throw new ReadError("unavailable", "The console does not answer. Nothing was changed; try again in a moment.");
  }
  if (!response.ok) {
    throw problemIn(await response.json().catch(() => undefined));
  }
  const body: T = await response.json();
  return body;
}

/** A problem document (RFC 9457), or anything else that stands where one should. */
function problemIn(body: unknown): ReadError {
  const isProblem = typeof body === "object" && body !== null && "code" in body && "detail" in body;
  return isProblem && typeof body.code === "string" && typeof body.detail === "string"
    ? new ReadError(body.code, body.detail)
    : new ReadError("unavailable", "The console answers with something it should not. Try again in a moment.");
}
