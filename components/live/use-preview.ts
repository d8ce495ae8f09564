"use client";

import { readOwn } from "./read-json.ts";
import { useRead } from "./use-read.ts";

/** Reads a preview while its dialog is open. */
export function usePreview<T>(key: readonly string[], url: string, isOpen: boolean) {
  return useRead(key, (signal) => readOwn<T>(url, signal), isOpen);
}
