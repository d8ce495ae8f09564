"use client";

import { useEffect, useRef, useState } from "react";

/** What is read again whenever something moves is read this often and not more, while much moves at once. */
const EVERY_MS = 1000;

/** A value that moves often, at most once a second; the last one always comes. */
export function usePaced<Value>(value: Value): Value {
  const [paced, setPaced] = useState(value);
  const movedAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, movedAt.current + EVERY_MS - performance.now());
    const timer = setTimeout(() => {
      movedAt.current = performance.now();
      setPaced(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value]);
  return paced;
}
