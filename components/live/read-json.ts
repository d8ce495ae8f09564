import * as z from "zod";

const Problem = z.object({ code: z.string(), detail: z.string() });

/** A read that the server refused or could not do, in its own words. */
export class ReadError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ReadError";
    this.code = code;
  }
}

/** Reads JSON from our own server. Throws ReadError with the server's words, or with ours where it did not answer. */
export async function readJson<T>(url: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { signal, headers: { Accept: "application/json" } });
  } catch (cause) {
    if (signal.aborted) {
      throw cause;
    }
    throw new ReadError("unavailable", "The console does not answer. Nothing was changed; try again in a moment.");
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const problem = Problem.safeParse(body);
    throw problem.success
      ? new ReadError(problem.data.code, problem.data.detail)
      : new ReadError("unavailable", "The console answers with something it should not. Try again in a moment.");
  }
  return schema.parse(body);
}
