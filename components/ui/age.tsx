"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { type AgeForm, ageOf } from "./age-words.ts";
import { localClock, utcMoment } from "./clock-words.ts";
import { subscribeToSeconds } from "./ticker.ts";
import { useHydrated } from "./use-hydrated.ts";

type AgeProps = Readonly<{
  /** ISO 8601, UTC. */
  at: string;
  /** "ago" by default. */
  form?: AgeForm | undefined;
}>;

/** How long ago, or how long until, in words that stay true by themselves; the exact moment is in the title. */
export function Age({ at, form = "ago" }: AgeProps): ReactNode {
  const moment = new Date(at);
  const words = (): string => ageOf(moment.getTime(), Date.now(), form);
  const shown = useSyncExternalStore(subscribeToSeconds, words, words);
  // The reader's zone is known only in the browser.
  const title = useHydrated() ? `${utcMoment(moment)} · ${localClock(moment)}` : utcMoment(moment);
  return (
    <time dateTime={at} title={title} suppressHydrationWarning className="whitespace-nowrap">
      {shown}
    </time>
  );
}
