import "server-only";
import { GatehouseError } from "./errors.ts";

/**
 * What the work comes to, waited for no longer than `ms`: a database that hangs breaks no connection and would be waited for for
 * ever. Throws GatehouseError `timed_out` with the words then; the work is not undone by that, and may still come to its end.
 */
export async function within<Value>(ms: number, words: string, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new GatehouseError("timed_out", words)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
