"use client";

import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { Person } from "#lib/access/model.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import type { LiveRows, RowKind } from "#lib/watch/model.ts";
import type { Snapshot } from "#lib/watch/wire.ts";
import type { LiveStore, StreamState } from "./live-store.ts";
import { useLiveStore } from "./use-live-store.ts";

type Live = Readonly<{ store: LiveStore; person: Person }>;

const LIVE_PATH = "/api/v1/live";

const LiveContext = createContext<Live | undefined>(undefined);

type LiveProviderProps = Readonly<{
  /** The rows as of the page's rendering, so that nothing is blank or jumps before the stream is open. */
  initial: Snapshot;
  person: Person;
  children: ReactNode;
}>;

/** One stream for the whole browser tab. */
export function LiveProvider({ initial, person, children }: LiveProviderProps): ReactNode {
  const store = useLiveStore(LIVE_PATH, initial);
  return <LiveContext value={{ store, person }}>{children}</LiveContext>;
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
  const read = () => store.rows(kind);
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
