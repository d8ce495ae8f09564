import "server-only";
import { within } from "#lib/platform/deadline.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import { listen } from "#lib/platform/listen.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { ACCESS_OVER } from "#lib/watch/stream.ts";
import type { AccessDoubts } from "./doubts.ts";
import type { Person } from "./model.ts";
import { peopleOf, type Session, type SessionRuntime } from "./session.ts";
import { ACCOUNTS_CHANNEL } from "./store.ts";

/** A change of rights that was not heard of ends a stream within both of these together, though the database hangs. */
const LOOK_MS = 1500;
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
 * Aborts when a session is over or its person may do something else than when the stream or export was opened, with the reason
 * ACCESS_OVER: looked at as soon as that is announced, and every 1.5 s as the net beneath. Where it cannot be looked at, or not
 * in 2.5 s, it aborts too, for what cannot be checked does not hold. Stops looking when `leaving` aborts.
 */
export function untilAccessEnds(
  runtime: WatchRuntime,
  session: Session,
  person: Person,
  leaving: AbortSignal,
): AbortSignal {
  const over = new AbortController();
  const forget = watch(runtime, { session, before: JSON.stringify(person), over });
  const ends = AbortSignal.any([leaving, over.signal]);
  ends.addEventListener("abort", forget, { once: true });
  if (ends.aborted) {
    forget();
  }
  return over.signal;
}

type WatchRuntime = SessionRuntime & Pick<Runtime, "accessDoubts">;
type Watched = Readonly<{ session: Session; before: string; over: AbortController }>;
type Watch = Readonly<{ watched: Set<Watched>; stop: () => void }>;

/** One for a process, however many streams are open there: all of them are looked at with one query. */
const watches = new WeakMap<AccessDoubts, Watch>();

/** Has one looked at with all others, until the answer is called. */
function watch(runtime: WatchRuntime, one: Watched): () => void {
  const { watched, stop } = watches.get(runtime.accessDoubts) ?? startLooking(runtime);
  watched.add(one);
  return () => {
    watched.delete(one);
    if (watched.size === 0) {
      stop();
    }
  };
}

function startLooking(runtime: WatchRuntime): Watch {
  const { accessDoubts } = runtime;
  const watched = new Set<Watched>();
  const onDoubt = (account: string | undefined) => {
    const all = [...watched];
    look(runtime, account === undefined ? all : all.filter(({ session }) => session.account === account));
  };
  const beat = setInterval(() => look(runtime, [...watched]), LOOK_MS);
  accessDoubts.on("doubt", onDoubt);
  const stop = () => {
    clearInterval(beat);
    accessDoubts.off("doubt", onDoubt);
    watches.delete(accessDoubts);
  };
  watches.set(accessDoubts, { watched, stop });
  return { watched, stop };
}

function look(runtime: SessionRuntime, watched: readonly Watched[]): void {
  if (watched.length === 0) {
    return;
  }
  const looked = peopleOf(
    runtime,
    watched.map(({ session }) => session),
  );
  within(ANSWER_MS, "The database does not say in time whose sessions they are.", looked).then(
    (people) => {
      for (const { session, before, over } of watched) {
        if (JSON.stringify(people.get(session.signInId)) !== before) {
          over.abort(ACCESS_OVER);
        }
      }
    },
    (failure: unknown) => {
      runtime.log.warn({ failure: describeFailure(failure) }, "streams end: their sessions cannot be looked at");
      for (const { over } of watched) {
        over.abort();
      }
    },
  );
}

/** A body that is cut where the access of its reader ends, so that no verification takes it for whole. `leaving` aborts when its reader leaves. */
export function whileAccessLasts(
  runtime: WatchRuntime,
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
