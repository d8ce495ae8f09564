import "server-only";
import { appendAudit } from "#lib/audit/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { type ProviderLogout, readLogoutToken } from "./logout-token.ts";
import type { Person } from "./model.ts";
import { mayEndSessionsOf, refuseUnless, sayDecision } from "./policy.ts";
import type { EndSessionsInput } from "./schema.ts";
import { deleteProviderSession, findBySubject, raiseSessionVersion } from "./store.ts";

/** No account can have this name: it has a colon. */
const PROVIDER = "identity:provider";

/** Ends every session of an account, everywhere and at once. Throws GatehouseError: not_allowed, not_found. */
export async function endSessions(
  runtime: Pick<Runtime, "db">,
  person: Person,
  { account, reason }: EndSessionsInput,
): Promise<null> {
  const decision = mayEndSessionsOf(person, account);
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    if (!(await raiseSessionVersion(tx, account))) {
      throw new GatehouseError("not_found", `${account} has never signed in. No session was ended.`);
    }
    await appendAudit(tx, {
      actor: person.account,
      action: "sessions.ended",
      target: account,
      outcome: "done",
      decision: sayDecision(decision),
      detail: { reason },
    });
  });
  return null;
}

/**
 * Ends what the identity provider says by a logout token has ended: what was begun in that session of its own, or every session
 * of that person. Throws GatehouseError: not_found without a provider, invalid, unavailable.
 */
export async function endSessionsByProvider(runtime: Pick<Runtime, "db" | "estate">, token: string): Promise<void> {
  const { oidc } = runtime.estate;
  if (oidc === undefined) {
    throw new GatehouseError("not_found", "There is no identity provider. No session was ended.");
  }
  const logout = await readLogoutToken(oidc, token);
  await runtime.db.$transaction(async (tx) => {
    for (const account of await endAtProvider(tx, oidc.issuer, logout)) {
      await appendAudit(tx, {
        actor: PROVIDER,
        action: "sessions.ended",
        target: account,
        outcome: "done",
        decision: sayDecision({ allowed: true, because: `the logout token is signed by ${oidc.issuer}` }),
        detail: {
          reason:
            logout.providerSession === undefined
              ? "the identity provider has ended every session of this person"
              : "the identity provider has ended the session in which these were begun",
        },
      });
    }
  });
}

async function endAtProvider(
  tx: Tx,
  provider: string,
  { subject, providerSession }: ProviderLogout,
): Promise<readonly string[]> {
  if (providerSession !== undefined) {
    return deleteProviderSession(tx, { provider, subject, providerSession });
  }
  const known = subject === undefined ? undefined : await findBySubject(tx, { provider, subject });
  return known !== undefined && (await raiseSessionVersion(tx, known.account)) ? [known.account] : [];
}
