"use client";

import { useSyncExternalStore } from "react";
import { subscribeToSeconds } from "./ticker.ts";

function thisSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** The time now, to the second; whoever uses it is drawn again each second. */
export function useNow(): Date {
  return new Date(useSyncExternalStore(subscribeToSeconds, thisSecond, thisSecond) * 1000);
}
