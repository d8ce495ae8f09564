import "server-only";
import type { Db, Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { findByKey, type RequestKey, takeKey } from "./store.ts";

/**
 * Makes a request once per idempotency key (after the IETF draft "The Idempotency-Key HTTP Header Field"): the same key with the
 * same input gives the same request, with another input it is refused, and while another call writes under it, it is answered
 * with `in_progress`. `make` returns the new request's id; the transaction in which it writes begins with `holdKey`.
 */
export async function requestOnce(
  db: Db,
  key: RequestKey,
  inputHash: string,
  make: () => Promise<string>,
): Promise<{ requestId: string }> {
  const before = await findByKey(db, key);
  if (before !== undefined) {
    return sameOrRefused(before, inputHash);
  }
  try {
    return { requestId: await make() };
  } catch (failure) {
    // Whatever refused it, a unique row or a rule, may have been the very request that its own twin made a moment before.
    const twin = await findByKey(db, key);
    if (twin === undefined) {
      throw failure;
    }
    return sameOrRefused(twin, inputHash);
  }
}

/** Keeps the key until the transaction ends. Throws GatehouseError `in_progress` while another call has it; nobody waits for it. */
export async function holdKey(tx: Tx, key: RequestKey): Promise<void> {
  if (!(await takeKey(tx, key))) {
    throw new GatehouseError(
      "in_progress",
      "This is being done already, by the call that was sent first. Nothing was done twice; its outcome stands under requests in a moment.",
    );
  }
}

function sameOrRefused(found: { id: string; inputHash: string }, inputHash: string): { requestId: string } {
  if (found.inputHash !== inputHash) {
    throw new GatehouseError(
      "key_reused",
      "This dialog has already asked for something else. Nothing was changed; close it, open it again and ask anew.",
    );
  }
  return { requestId: found.id };
}
