"use client";

import { useQuery } from "@tanstack/react-query";
import type * as z from "zod";
import { readJson } from "./read-json.ts";

/** Reads a preview while its dialog is open, always fresh: what one agrees to must not come from a cache. */
export function usePreview<T>(key: readonly string[], url: string, schema: z.ZodType<T>, isOpen: boolean) {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => readJson(url, schema, signal),
    enabled: isOpen,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
}
