import "server-only";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Decision, Grant, Person } from "./model.ts";
import { personNow } from "./people.ts";
import { may, mayEndSessionsOf } from "./policy.ts";
import { listAccounts } from "./store.ts";

const LIMIT = 1000;

/** Somebody who has signed in, with what they may do by now. */
export type PersonRow = Readonly<{
  account: string;
  groups: readonly string[];
  /** Undefined where the way they signed in is no longer open to them. */
  grants: readonly Grant[] | undefined;
  /** ISO 8601 in UTC. */
  lastSignInAt: string;
  mayEndSessions: Decision;
}>;

/** Everyone who has signed in, by name. Throws not_found for those who may not read the record. */
export async function readPeople(runtime: Runtime, person: Person): Promise<PersonRow[]> {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  const accounts = await listAccounts(runtime.db, LIMIT);
  return accounts.map((stored) => {
    const now = personNow(runtime, stored);
    return {
      account: stored.account,
      groups: now?.groups ?? stored.groups,
      grants: now?.grants,
      lastSignInAt: stored.lastSignInAt,
      mayEndSessions: mayEndSessionsOf(person, stored.account),
    };
  });
}
