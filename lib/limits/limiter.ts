import "server-only";
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Db } from "#lib/platform/db.ts";
import { within } from "#lib/platform/deadline.ts";
import { digestOf } from "#lib/platform/digest.ts";
import type { GatehouseError } from "#lib/platform/errors.ts";
import { LIMITS, type LimitName, OPEN_STREAMS, STREAM_RETRY_SECONDS, tooMany, tooManyWords } from "./model.ts";

const COUNT_MS = 10_000;
const COUNT_LATE = "The database does not count in time. Nothing was changed; try again in a moment.";

/** Counts what people and addresses do. */
export type Limiter = Readonly<{
  /** Counts one use by `who`. Throws GatehouseError `too_many` where that is more than the limit allows. */
  use(limit: LimitName, who: string): Promise<void>;
  /** Takes a use back that turned out not to count. */
  giveBack(limit: LimitName, who: string): Promise<void>;
  /** Takes a place for a stream; the answer gives it back, once. Throws GatehouseError `too_many` where there is none. */
  openStream(account: string): () => void;
  /** How many streams have a place now. */
  openStreams(): number;
}>;

/** One a process. The shared counts stand in the table "Allowance"; what is over is deleted from it every few minutes. */
export function createLimiter(db: Db): Limiter {
  const limiters = new Map(
    Object.entries(LIMITS).map(([name, { times, windowSeconds, counted }]) => {
      const rule = { keyPrefix: name, points: times, duration: windowSeconds };
      const limiter =
        counted === "here"
          ? new RateLimiterMemory(rule)
          : new RateLimiterPostgres({
              ...rule,
              storeClient: asPgClient(db),
              storeType: "client",
              tableName: "Allowance",
              tableCreated: true,
            });
      return [name, limiter] as const;
    }),
  );
  const limiterOf = (limit: LimitName) => {
    const limiter = limiters.get(limit);
    if (limiter === undefined) {
      throw new Error(`there is no limit ${limit}`);
    }
    return limiter;
  };
  return {
    async use(limit, who) {
      try {
        await within(COUNT_MS, COUNT_LATE, limiterOf(limit).consume(keyOf(who)));
      } catch (failure) {
        throw failure instanceof RateLimiterRes ? overLimit(limit, failure) : failure;
      }
    },
    async giveBack(limit, who) {
      await limiterOf(limit).reward(keyOf(who));
    },
    ...createStreamPlaces(),
  };
}

/** Names and addresses are not kept, and a name that somebody made up is no longer than any other. */
function keyOf(who: string): string {
  return digestOf(who);
}

function overLimit(limit: LimitName, { consumedPoints, msBeforeNext }: RateLimiterRes): GatehouseError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return tooMany(
    tooManyWords(LIMITS[limit], retryAfterSeconds),
    retryAfterSeconds,
    consumedPoints === LIMITS[limit].times + 1,
  );
}

/** The part of a pg client that the library uses, over the connections that we have already. */
function asPgClient(db: Db) {
  return {
    async query({ text, values }: Readonly<{ text: string; values: unknown[] }>) {
      const rows = await db.$queryRawUnsafe<{ points: number; expire: bigint | null }[]>(text, ...values);
      return {
        rows: rows.map(({ points, expire }) => ({ points, expire: expire === null ? null : Number(expire) })),
        rowCount: rows.length,
      };
    },
  };
}

function createStreamPlaces(): Pick<Limiter, "openStream" | "openStreams"> {
  const taken = new Map<string, number>();
  const toldOf = new Set<string>();
  let total = 0;
  const openStream = (account: string) => {
    const own = taken.get(account) ?? 0;
    if (own >= OPEN_STREAMS.perAccount || total >= OPEN_STREAMS.perProcess) {
      const isFirst = !toldOf.has(account);
      toldOf.add(account);
      const words =
        own >= OPEN_STREAMS.perAccount
          ? `You have ${own} pages of Gatehouse open already. Close one and this one follows by itself.`
          : "As many pages are open as this replica can serve. This one follows when another is closed.";
      throw tooMany(words, STREAM_RETRY_SECONDS, isFirst);
    }
    taken.set(account, own + 1);
    total += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) {
        return;
      }
      isOpen = false;
      total -= 1;
      const left = (taken.get(account) ?? 1) - 1;
      if (left > 0) {
        taken.set(account, left);
        return;
      }
      // On record once for as long as the account has any stream open.
      taken.delete(account);
      toldOf.delete(account);
    };
  };
  return { openStream, openStreams: () => total };
}
