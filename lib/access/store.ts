import "server-only";
import type { Db, Tx } from "#lib/platform/db.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Account } from "#prisma/generated/client.ts";
import type { Identity } from "./claims.ts";

/** The channel on which every replica hears that an account's groups or sessions have changed. */
export const ACCOUNTS_CHANNEL = "gatehouse_accounts";

export type StoredAccount = Readonly<Omit<Account, "lastSignInAt">> & Readonly<{ lastSignInAt: string }>;

/** The account of that name; undefined for somebody who has never signed in. */
export async function findAccount(db: Db | Tx, account: string): Promise<StoredAccount | undefined> {
  const found = await db.account.findUnique({ where: { account } });
  return found === null ? undefined : toStored(found);
}

/** The account of a provider's person; undefined for somebody who has never signed in. */
export async function findBySubject(
  db: Db | Tx,
  { provider, subject }: Pick<Identity, "provider" | "subject">,
): Promise<StoredAccount | undefined> {
  const found = await db.account.findUnique({ where: { provider_subject: { provider, subject } } });
  return found === null ? undefined : toStored(found);
}

/** Everyone who has signed in, by name. */
export async function listAccounts(db: Db, limit: number): Promise<StoredAccount[]> {
  const found = await db.account.findMany({ orderBy: { account: "asc" }, take: limit });
  return found.map(toStored);
}

/** Who a provider has said to be in one of these groups, by name. */
export async function listAccountsIn(db: Db, provider: string, groups: readonly string[]): Promise<StoredAccount[]> {
  const found = await db.account.findMany({
    where: { provider, groups: { hasSome: [...groups] } },
    orderBy: { account: "asc" },
  });
  return found.map(toStored);
}

function toStored({ lastSignInAt, ...account }: Account): StoredAccount {
  return { ...account, lastSignInAt: lastSignInAt.toISOString() };
}

/** Writes what the provider has just said of somebody, under the account that they have had from the first time on. */
export async function saveSignIn(tx: Tx, account: string, identity: Identity): Promise<void> {
  const { provider, subject } = identity;
  const emails = [...identity.emails];
  const groups = [...identity.groups];
  await tx.account.upsert({
    where: { provider_subject: { provider, subject } },
    create: { account, provider, subject, emails, groups },
    update: { emails, groups },
  });
  await tx.$executeRaw`UPDATE "Account" SET "lastSignInAt" = clock_timestamp() WHERE account = ${account}`;
  await announceAccount(tx, account);
}

/** Somebody's sign-in with which a session is begun, or gone on with. */
export type SignIn = Readonly<{ id: string; sessionId: string; account: string; providerSession: string | null }>;

/** Writes a sign-in down, from which moment on its cookie counts; those that have lasted as long as one may are forgotten. */
export async function insertSignIn(tx: Tx, signIn: SignIn, lastsSeconds: number): Promise<void> {
  await tx.signIn.create({ data: signIn });
  await tx.$executeRaw`DELETE FROM "SignIn" WHERE at < clock_timestamp() - make_interval(secs => ${lastsSeconds})`;
}

/** The accounts of sign-ins, by their ids, with one query; without those whose session or all sessions of whose account have been ended. */
export async function findSignedIn(
  db: Db,
  sessions: readonly Readonly<{ signInId: string; account: string; sessionVersion: number }>[],
): Promise<ReadonlyMap<string, StoredAccount>> {
  const ids = new Set(sessions.map(({ signInId }) => signInId));
  const rows = await db.signIn.findMany({ where: { id: { in: [...ids] } }, include: { by: true } });
  const found = new Map(rows.map(({ id, by }) => [id, toStored(by)]));
  return new Map(
    sessions.flatMap(({ signInId, account, sessionVersion }) => {
      const stored = found.get(signInId);
      return stored?.account === account && stored.sessionVersion === sessionVersion ? [[signInId, stored]] : [];
    }),
  );
}

/** Ends one session and no other of its account; false where it has been ended already. */
export async function deleteSession(tx: Tx, sessionId: string, account: string): Promise<boolean> {
  const { count } = await tx.signIn.deleteMany({ where: { sessionId, account } });
  await announceAccount(tx, account);
  return count > 0;
}

/**
 * Ends what was begun in a provider's own session, and what its person began in one that the provider has not named. The accounts
 * whose sessions were ended.
 */
export async function deleteProviderSession(
  tx: Tx,
  ended: Readonly<{ provider: string; subject: string | undefined; providerSession: string }>,
): Promise<string[]> {
  const { provider, subject, providerSession } = ended;
  const rows = await tx.$queryRaw<{ account: string }[]>`
    DELETE FROM "SignIn" s USING "Account" a
    WHERE a.account = s.account AND a.provider = ${provider}
      AND (${subject ?? null}::text IS NULL OR a.subject = ${subject ?? null})
      AND (s."providerSession" = ${providerSession}
        OR (s."providerSession" IS NULL AND a.subject = ${subject ?? null}))
    RETURNING s.account`;
  const accounts = [...new Set(rows.map(({ account }) => account))];
  for (const account of accounts) {
    await announceAccount(tx, account);
  }
  return accounts;
}

/** Ends every session of an account, and what was begun in one; false where there is no such account. */
export async function raiseSessionVersion(tx: Tx, account: string): Promise<boolean> {
  const { count } = await tx.account.updateMany({ where: { account }, data: { sessionVersion: { increment: 1 } } });
  await tx.stepUp.deleteMany({ where: { account, spentAt: null } });
  await announceAccount(tx, account);
  return count === 1;
}

async function announceAccount(tx: Tx, account: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_notify(${ACCOUNTS_CHANNEL}, ${account})`;
}

/** Begins a step-up; its id. */
export async function insertStepUp(tx: Tx, account: string, digest: string): Promise<string> {
  const id = newId("stp");
  await tx.stepUp.create({ data: { id, account, digest } });
  return id;
}

/**
 * Marks a step-up as confirmed by a sign-in that was made after its beginning, by the database's clock; its digest, or
 * undefined where it is not that person's, was confirmed before, was begun too long ago, the person did not prove anew who
 * they are, or that proof has confirmed another. `authTime`, when they did, is in seconds since the epoch, by the provider's clock.
 */
export async function markConfirmed(
  tx: Tx,
  stepUp: Readonly<{
    id: string;
    account: string;
    signInId: string;
    authTime: number;
    skewSeconds: number;
    beganWithinSeconds: number;
  }>,
): Promise<string | undefined> {
  const { id, account, signInId, authTime, skewSeconds, beganWithinSeconds } = stepUp;
  // Two confirmations of an account at once take turns, so that the second sees which proof the first has used.
  await tx.$executeRaw`SELECT 1 FROM "Account" WHERE account = ${account} FOR UPDATE`;
  const [confirmed] = await tx.$queryRaw<{ digest: string }[]>`
    UPDATE "StepUp" SET "confirmedAt" = clock_timestamp(), "provedAt" = to_timestamp(${authTime})
    WHERE id = ${id} AND account = ${account} AND "confirmedAt" IS NULL
      AND EXISTS (SELECT 1 FROM "SignIn" s WHERE s.id = ${signInId} AND s.account = ${account} AND s.at > "createdAt")
      AND NOT EXISTS (SELECT 1 FROM "StepUp" o WHERE o.account = ${account} AND o."provedAt" = to_timestamp(${authTime})::timestamptz(3))
      AND "createdAt" > clock_timestamp() - make_interval(secs => ${beganWithinSeconds})
      AND to_timestamp(${authTime}) > "createdAt" - make_interval(secs => ${skewSeconds})
      AND to_timestamp(${authTime}) < clock_timestamp() + make_interval(secs => ${skewSeconds})
    RETURNING digest`;
  if (confirmed === undefined) {
    return undefined;
  }
  // One sign-in counts for one change: what else was begun before it needs another.
  await tx.stepUp.deleteMany({ where: { account, confirmedAt: null } });
  return confirmed.digest;
}

/** Marks one confirmed step-up as spent; when it was confirmed, or undefined where none is left that is fresh enough. */
export async function markSpent(
  tx: Tx,
  stepUp: Readonly<{ account: string; digest: string; freshForSeconds: number }>,
): Promise<Date | undefined> {
  const { account, digest, freshForSeconds } = stepUp;
  const [spent] = await tx.$queryRaw<{ confirmedAt: Date }[]>`
    UPDATE "StepUp" SET "spentAt" = clock_timestamp()
    WHERE id = (
      SELECT id FROM "StepUp"
      WHERE account = ${account} AND digest = ${digest} AND "spentAt" IS NULL
        AND "confirmedAt" > clock_timestamp() - make_interval(secs => ${freshForSeconds})
      ORDER BY "confirmedAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "confirmedAt"`;
  return spent?.confirmedAt;
}
