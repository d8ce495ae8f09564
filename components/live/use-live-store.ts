"use client";

import { useEffect, useState } from "react";
import type { Snapshot } from "#lib/watch/wire.ts";
import { createLiveStore, type LiveStore } from "./live-store.ts";

/** A stream of its own for as long as the component is there, beginning with the rows that came with the page. */
export function useLiveStore(path: string, initial: Snapshot): LiveStore {
  const [store] = useState(() => createLiveStore(path, initial));
  // The page is read anew as whoever this is now, or leads to signing in.
  useEffect(() => store.connect(() => window.location.reload()), [store]);
  return store;
}
