import "server-only";
import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "#prisma/generated/client.ts";
import { env } from "./env.ts";

export type Db = PrismaClient;
/** A running transaction. Functions that must be part of somebody's transaction ask for this type. */
export type Tx = Prisma.TransactionClient;

/**
 * For so long a transaction may wait for its own process. Longer, and that process is frozen or gone without a word: PostgreSQL ends
 * the session, so that its locks on an operation or on the record's next place hold nobody else up. Shorter than a lease, so that
 * whoever takes the operation over need not wait for both.
 */
export const IDLE_IN_TRANSACTION_MS = 3000;

/** Opens a pool of connections to `databaseUrl`; the caller ends it with `$disconnect()`. */
export function openDb(databaseUrl: string): Db {
  return new PrismaClient({
    adapter: new PrismaPg({
      connectionString: databaseUrl,
      max: 10,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    }),
  });
}

/** Lets this one transaction wait for somebody else, a Git host or a reader of an export, for so many milliseconds between two queries. */
export async function allowIdle(tx: Tx, ms: number): Promise<void> {
  await tx.$executeRaw`SELECT set_config('idle_in_transaction_session_timeout', ${String(ms)}, true)`;
}

/** The database named by DATABASE_URL. Throws when it is not set. */
export function databaseUrl(): string {
  const url = env().DATABASE_URL;
  if (url === undefined) {
    throw new Error("DATABASE_URL is not set. Name a PostgreSQL database, or start the demo, which brings its own.");
  }
  return url;
}
