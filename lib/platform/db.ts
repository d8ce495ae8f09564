import "server-only";
import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "#prisma/generated/client.ts";
import { env } from "./env.ts";

export type Db = PrismaClient;
/** A running transaction. Functions that must be part of somebody's transaction ask for this type. */
export type Tx = Prisma.TransactionClient;

/** Opens a pool of connections to `databaseUrl`; the caller ends it with `$disconnect()`. */
export function openDb(databaseUrl: string): Db {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 10 }) });
}

/** The database named by DATABASE_URL. Throws when it is not set. */
export function databaseUrl(): string {
  const url = env().DATABASE_URL;
  if (url === undefined) {
    throw new Error("DATABASE_URL is not set. Name a PostgreSQL database, or start the demo, which brings its own.");
  }
  return url;
}
