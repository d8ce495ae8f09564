"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import type { Person } from "#lib/access/model.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import type { Change, LiveRows, RowKind } from "#lib/watch/model.ts";
import { createLiveStore, type LiveStore, type StreamState } from "./live-store.ts";

type Live = Readonly<{ store: LiveStore; person: Person }>;

const LiveContext = createContext<Live | undefined>(undefined);

type LiveProviderProps = Readonly<{
  /** The rows as of the page's rendering, so that nothing is blank or jumps before the stream is open. */
  initial: readonly Change[];
  person: Person;
  children: ReactNode;
}>;

/** One stream for the whole browser tab, and the reads beside it. */
export function LiveProvider({ initial, person, children }: LiveProviderProps): ReactNode {
  const [store] = useState(() => createLiveStore(initial));
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } }),
  );
  // The page is read anew as whoever this is now, or leads to signing in.
  useEffect(() => store.connect(() => window.location.reload()), [store]);
  return (
    <QueryClientProvider client={queries}>
      <LiveContext value={{ store, person }}>{children}</LiveContext>
    </QueryClientProvider>
  );
}

function useLive(): Live {
  const live = use(LiveContext);
  if (live === undefined) {
    throw new Error("this component stands outside LiveProvider");
  }
  return live;
}

/** The rows of one kind; the same map until a row of that kind changes. */
export function useRows<Kind extends RowKind>(kind: Kind): LiveRows[Kind] {
  const { store } = useLive();
  const read = () => store.rows()[kind];
  return useSyncExternalStore(store.subscribe, read, read);
}

/** The sources by id, none of them fresh while the line to the console is down. */
export function useSources(): ReadonlyMap<string, SourceRow> {
  const { store } = useLive();
  return useSyncExternalStore(store.subscribe, store.sources, store.sources);
}

export function useStream(): StreamState {
  const { store } = useLive();
  return useSyncExternalStore(store.subscribe, store.stream, store.stream);
}

/** Who is signed in. */
export function usePerson(): Person {
  return useLive().person;
}
