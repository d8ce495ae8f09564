import "server-only";
import { recordRefusal } from "#lib/audit/refusals.ts";
import { appendAudit } from "#lib/audit/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { type ClaimsRead, nameForRecord } from "./claims.ts";
import { sayDecision } from "./policy.ts";
import { deleteSession, findAccount, findBySubject, insertSignIn, saveSignIn } from "./store.ts";

type SignInRuntime = Pick<Runtime, "db" | "log">;

/** Why somebody is not let in, as the sign-in page understands it. */
export type SignInRefusal = "NameNotUsable" | "NameTaken";

/**
 * Lets somebody in whom a provider has vouched for, and puts that on record; or says why not, which is on record too. The
 * first name that a provider's person comes with stays theirs: renamed, they are no second person who could approve their own.
 */
export async function admit(runtime: SignInRuntime, read: ClaimsRead): Promise<SignInRefusal | undefined> {
  if (!read.ok) {
    await recordRefusedSignIn(runtime, { name: read.account, because: read.because });
    return "NameNotUsable";
  }
  const { identity, remark } = read;
  const known = await findBySubject(runtime.db, identity);
  const account = known?.account ?? identity.account;
  if (known === undefined && (await findAccount(runtime.db, account)) !== undefined) {
    await recordRefusedSignIn(runtime, {
      name: account,
      because: "Somebody else has signed in under this name before.",
    });
    return "NameTaken";
  }
  if (remark !== undefined) {
    runtime.log.warn({ account, remark }, "a sign-in without groups");
  }
  await runtime.db.$transaction(async (tx) => {
    await saveSignIn(tx, account, identity);
    await appendAudit(tx, {
      actor: account,
      action: "session.signed-in",
      target: account,
      outcome: "done",
      decision: sayDecision({ allowed: true, because: `the provider ${identity.provider} vouches for ${account}` }),
      detail: { provider: identity.provider, groups: identity.groups.join(", ").slice(0, 1000) },
    });
  });
  return undefined;
}

/** Puts on record that somebody could not sign in. `name` is what they call themselves, which may be anything. */
export async function recordRefusedSignIn(
  runtime: SignInRuntime,
  refused: Readonly<{ name: unknown; because: string }>,
): Promise<void> {
  await recordRefusal(runtime, {
    actor: "nobody",
    action: "session.sign-in",
    target: nameForRecord(refused.name),
    code: "not_allowed",
    message: refused.because,
    callId: newId("act"),
  });
}

type OpenSession = Readonly<{ id: string; account: string }>;

/**
 * Begins the session of somebody who was admitted, or goes on with the one that their browser had before, so that signing out
 * ends also what a step-up has replaced. Somebody else's session in that browser is over.
 */
export async function beginSession(
  { db }: Pick<SignInRuntime, "db">,
  begun: Readonly<{
    account: string;
    providerSession: string | null;
    before: OpenSession | undefined;
    lastsSeconds: number;
  }>,
): Promise<{ id: string; signInId: string }> {
  const { account, providerSession, before, lastsSeconds } = begun;
  const id = before?.account === account ? before.id : newId("ses");
  const signInId = newId("sgn");
  await db.$transaction(async (tx) => {
    await insertSignIn(tx, { id: signInId, sessionId: id, account, providerSession }, lastsSeconds);
    if (before !== undefined && before.id !== id) {
      await signOutIn(tx, before);
    }
  });
  return { id, signInId };
}

/** Ends one session, on record: its cookie, wherever a copy of it is, counts for nothing any more. */
export async function signOut({ db }: Pick<SignInRuntime, "db">, session: OpenSession): Promise<void> {
  await db.$transaction((tx) => signOutIn(tx, session));
}

async function signOutIn(tx: Tx, { id, account }: OpenSession): Promise<void> {
  if (await deleteSession(tx, id, account)) {
    await appendAudit(tx, {
      actor: account,
      action: "session.signed-out",
      target: account,
      outcome: "done",
      decision: sayDecision({ allowed: true, because: "it is their own session" }),
    });
  }
}
