"use client";

import { type RefObject, useEffect, useState } from "react";

/** The rows to draw, `last` not among them, and how high each is. */
export type NearRows = Readonly<{ first: number; last: number; rowPx: number }>;

/** Drawn above and below the screen, so that a turn of the wheel finds rows there; and by how many the window moves at once. */
const BESIDE = 16;
const STEP = 8;
/** What a server takes for a screen, and a row for high. */
const FIRST: NearRows = { first: 0, last: 40, rowPx: 37 };

/** Which rows of a long list stand near the screen. Rows are of one height, and each drawn one is a `tr[data-index]` in the frame. */
export function useNearRows(count: number, frame: RefObject<HTMLElement | null>): NearRows {
  const [near, setNear] = useState(FIRST);
  useEffect(() => {
    function look(): void {
      const rowPx = frame.current?.querySelector("tr[data-index]")?.getBoundingClientRect().height ?? FIRST.rowPx;
      const gone = -(frame.current?.getBoundingClientRect().top ?? 0);
      const first = Math.max(0, Math.floor((gone / rowPx - BESIDE) / STEP) * STEP);
      const last = Math.ceil(((gone + window.innerHeight) / rowPx + BESIDE) / STEP) * STEP;
      setNear((before) =>
        before.first === first && before.last === last && before.rowPx === rowPx ? before : { first, last, rowPx },
      );
    }
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [frame]);
  const last = Math.min(count, near.last);
  return { ...near, first: Math.min(near.first, Math.max(0, last - STEP)), last };
}
