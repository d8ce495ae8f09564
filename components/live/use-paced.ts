"use client";

import { useEffect, useRef, useState } from "react";

/** A value that moves often, at most once in so many ms; the last one always comes. */
export function usePaced<Value>(value: Value, everyMs: number): Value {
  const [paced, setPaced] = useState(value);
  const movedAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, movedAt.current + everyMs - performance.now());
    const timer = setTimeout(() => {
      movedAt.current = performance.now();
      setPaced(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return paced;
}
