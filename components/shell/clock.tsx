"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { localClock, utcClock } from "#components/ui/clock-words.ts";
import { subscribeToSeconds } from "#components/ui/ticker.ts";

function utcNow(): string {
  return utcClock(new Date());
}

function localNow(): string | undefined {
  return localClock(new Date());
}

function unknownZone(): undefined {
  return undefined;
}

/** UTC first, the reader's own time beside it. */
export function Clock(): ReactNode {
  const utc = useSyncExternalStore(subscribeToSeconds, utcNow, utcNow);
  // The server does not know the reader's zone; the local time appears once the browser has taken over.
  const local = useSyncExternalStore(subscribeToSeconds, localNow, unknownZone);
  return (
    <span className="whitespace-nowrap">
      <span suppressHydrationWarning>{utc}</span>
      {local === undefined ? null : <span className="text-faint"> · {local}</span>}
    </span>
  );
}
