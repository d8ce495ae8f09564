import { GatehouseError } from "#lib/platform/errors.ts";

/** How often something may be done, in windows that begin with the first time. */
export type Limit = Readonly<{
  times: number;
  windowSeconds: number;
  /** `together`: by all replicas, in PostgreSQL. `here`: by this process, for what is too frequent to write down. */
  counted: "together" | "here";
  /** Begins the sentence that says so. */
  did: string;
}>;

/**
 * The limits, the same everywhere. Each is about ten times what a person with a busy hand does, so that whoever meets one is
 * a program or has one running; sign-ins count only where they fail.
 */
export const LIMITS = {
  /** Per account: every action ends as a row of the record at least. */
  action: { times: 120, windowSeconds: 60, counted: "together", did: "You have asked" },
  /** Per source: calls that are refused before they are an action. A person makes none; this is what a stranger can put on record. */
  refusedCall: { times: 300, windowSeconds: 60, counted: "together", did: "Calls were refused" },
  /** Per name that is tried: a guesser gets 10 tries in 5 minutes wherever they come from. */
  signInOfAccount: { times: 10, windowSeconds: 300, counted: "together", did: "Signing in has failed" },
  /** Per source: an office behind one address mistypes less than this. */
  signInFromSource: { times: 50, windowSeconds: 300, counted: "together", did: "Signing in has failed" },
  /** Per source: an office of hundreds begins so many in its busiest minute. Each makes the console ask the provider. */
  signInBegunFromSource: { times: 300, windowSeconds: 60, counted: "together", did: "Signing in was begun" },
  /** Per account: a page makes a few reads, and a script that waits for something asks some twenty times a second. */
  read: { times: 3000, windowSeconds: 60, counted: "here", did: "You have read" },
  /** Per source, signed in or not. */
  readFromSource: { times: 15_000, windowSeconds: 60, counted: "here", did: "This address has read" },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof LIMITS;

/** Streams that may be open at once: per account (a tab has one), and in one process. */
export const OPEN_STREAMS = { perAccount: 50, perProcess: 500 } as const;
/** A stream's place is free when its reader leaves, so there is no time to name; this is when it is worth asking again. */
export const STREAM_RETRY_SECONDS = 5;

/** A use too many. Whoever catches it puts only the first of a window on record, so that nobody can drown the record. */
export function tooMany(message: string, afterSeconds: number, isFirst: boolean): GatehouseError {
  return new GatehouseError("too_many", message, { retry: { afterSeconds, isFirst } });
}

/** What is said when a limit is met. */
export function tooManyWords(limit: Limit, retryAfterSeconds: number): string {
  const window = limit.windowSeconds === 60 ? "a minute" : `${limit.windowSeconds / 60} minutes`;
  return `${limit.did} ${limit.times} times within ${window}. Nothing was changed; try again in ${retryAfterSeconds} s.`;
}
