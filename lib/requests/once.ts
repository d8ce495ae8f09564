import "server-only";
import type { Db } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { GovernedAction } from "#lib/policies/model.ts";
import { findByKey } from "./store.ts";

/**
 * Makes a request once per idempotency key: the same key with the same input gives the same request; with another input it
 * is refused (after the IETF draft "The Idempotency-Key HTTP Header Field"). `make` returns the new request's id.
 */
export async function requestOnce(
  db: Db,
  key: Readonly<{ requestedBy: string; action: GovernedAction; idempotencyKey: string }>,
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

function sameOrRefused(found: { id: string; inputHash: string }, inputHash: string): { requestId: string } {
  if (found.inputHash !== inputHash) {
    throw new GatehouseError(
      "key_reused",
      "This dialog has already asked for something else. Nothing was changed; close it, open it again and ask anew.",
    );
  }
  return { requestId: found.id };
}
