import "server-only";
import { within } from "#lib/platform/deadline.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import { listen } from "#lib/platform/listen.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { ACCESS_OVER } from "#lib/watch/stream.ts";
import type { Person } from "./model.ts";
import { personOf, type Session, type SessionRuntime } from "./session.ts";
import { ACCOUNTS_CHANNEL } from "./store.ts";

/** A change of rights that was not heard of ends a stream within both of these together, though the database hangs. */
const LOOK_MS = 2000;
const ANSWER_MS = 2500;

/** Hears on every replica whose groups or sessions have changed. Ends when the signal aborts. */
export function watchAccounts(runtime: Runtime, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const { accessDoubts, log } = runtime;
  return listen(
    {
      databaseUrl,
      channel: ACCOUNTS_CHANNEL,
      log,
      async onListening() {
        accessDoubts.emit("doubt", undefined);
      },
      async onMessage(account) {
        accessDoubts.emit("doubt", account);
      },
    },
    signal,
  );
}

/**
 * Aborts when a session is over or its person may do something else than when the stream or export was opened, with the reason ACCESS_OVER:
 * looked at as soon as that is announced, and every 2 s as the net beneath. Where it cannot be looked at,
 * or not in 2.5 s, it aborts too, for what cannot be checked does not hold. Stops looking when `leaving` aborts.
 */
export function untilAccessEnds(
  runtime: SessionRuntime & Pick<Runtime, "accessDoubts">,
  session: Session,
  person: Person,
  leaving: AbortSignal,
): AbortSignal {
  const over = new AbortController();
  const before = JSON.stringify(person);
  const look = () => {
    within(ANSWER_MS, "The database does not say in time whose session it is.", personOf(runtime, session)).then(
      (now) => {
        if (JSON.stringify(now) !== before) {
          over.abort(ACCESS_OVER);
        }
      },
      (failure: unknown) => {
        runtime.log.warn({ failure: describeFailure(failure) }, "a stream ends: its session cannot be looked at");
        over.abort();
      },
    );
  };
  const onDoubt = (account: string | undefined) => {
    if (account === undefined || account === session.account) {
      look();
    }
  };
  const beat = setInterval(look, LOOK_MS);
  runtime.accessDoubts.on("doubt", onDoubt);
  const forget = () => {
    clearInterval(beat);
    runtime.accessDoubts.off("doubt", onDoubt);
  };
  const ends = AbortSignal.any([leaving, over.signal]);
  ends.addEventListener("abort", forget, { once: true });
  if (ends.aborted) {
    forget();
  }
  return over.signal;
}

/** A body that is cut where the access of its reader ends, so that no verification takes it for whole. `leaving` aborts when its reader leaves. */
export function whileAccessLasts(
  runtime: SessionRuntime & Pick<Runtime, "accessDoubts">,
  session: Session,
  person: Person,
  body: ReadableStream<Uint8Array>,
  leaving: AbortSignal,
): ReadableStream<Uint8Array> {
  const read = new AbortController();
  const over = untilAccessEnds(runtime, session, person, AbortSignal.any([leaving, read.signal]));
  const toItsEnd = new TransformStream<Uint8Array, Uint8Array>({ flush: () => read.abort() });
  return body.pipeThrough(toItsEnd, { signal: over });
}
