import "server-only";
import { env } from "#lib/platform/env.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Person } from "./model.ts";
import { grantsFor } from "./policy.ts";
import { findAccount, listAccountsIn, type StoredAccount } from "./store.ts";

/** The id of the demo's provider at next-auth's routes, and what the demo's accounts are stored under. */
export const DEMO = "demo";

export function isDemo(): boolean {
  return env().GATEHOUSE_DEMO === "1";
}

/** What an account stands for by gatehouse.yaml as it is now; undefined where its way to sign in is no longer open. */
export function personNow({ estate }: Pick<Runtime, "estate">, stored: StoredAccount): Person | undefined {
  const { account, provider, emails, groups } = stored;
  if (provider === DEMO) {
    return isDemo() ? estate.people.find((person) => person.account === account) : undefined;
  }
  return provider === estate.oidc?.issuer
    ? { account, emails, groups, grants: grantsFor(estate.roleGrants, groups) }
    : undefined;
}

/** Somebody without a session at hand, and how often all their sessions have been ended. */
export type KnownPerson = Readonly<{ person: Person; sessionVersion: number }>;

/** Who an account is now, whether they are signed in or not; undefined for somebody who has no way in any more. */
export async function personCalled(
  runtime: Pick<Runtime, "estate" | "db">,
  account: string,
): Promise<KnownPerson | undefined> {
  const stored = await findAccount(runtime.db, account);
  const person = stored && personNow(runtime, stored);
  return stored === undefined || person === undefined ? undefined : { person, sessionVersion: stored.sessionVersion };
}

/** Everyone who is known by name: the accounts of gatehouse.yaml, and who has signed in as a member of one of these groups. */
export async function peopleKnown(
  runtime: Pick<Runtime, "estate" | "db">,
  groups: readonly string[],
): Promise<readonly Person[]> {
  const { people, oidc } = runtime.estate;
  const stored = oidc === undefined ? [] : await listAccountsIn(runtime.db, oidc.issuer, groups);
  return [...people, ...stored.flatMap((one) => personNow(runtime, one) ?? [])];
}
