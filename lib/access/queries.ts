import "server-only";
import { appendAuditOncePer } from "#lib/audit/store.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Decision, Grant, Person } from "./model.ts";
import { personNow } from "./people.ts";
import { may, mayEndSessionsOf, sayDecision } from "./policy.ts";
import { listAccounts } from "./store.ts";

const LIMIT = 1000;
/** Somebody who looks again and again would drown the record otherwise. */
const READ_ONCE_PER_MINUTES = 10;

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

/**
 * Everyone who has signed in, by name. That somebody looked is on record, once in ten minutes. Throws not_found for those who may
 * not read the record.
 */
export async function readPeople(runtime: Runtime, person: Person): Promise<PersonRow[]> {
  const decision = refuseUnlessReader(person);
  await appendAuditOncePer(runtime.db, READ_ONCE_PER_MINUTES, {
    actor: person.account,
    action: "people.read",
    target: "people",
    outcome: "done",
    decision: sayDecision(decision),
  });
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

/** The names of everyone who has signed in or could by an account of gatehouse.yaml, sorted. Throws not_found as readPeople does. */
export async function readNames(runtime: Runtime, person: Person): Promise<string[]> {
  refuseUnlessReader(person);
  const accounts = [...runtime.estate.people, ...(await listAccounts(runtime.db, LIMIT))];
  return [...new Set(accounts.map(({ account }) => account))].sort();
}

function refuseUnlessReader(person: Person): Decision {
  const decision = may(person, "record.read");
  if (!decision.allowed) {
    throw new GatehouseError("not_found", decision.because);
  }
  return decision;
}
