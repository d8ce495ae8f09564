"use client";

import { readOwn } from "./read-json.ts";
import { useRead } from "./use-read.ts";

/**
 * What stands behind one row, by its id; read again whenever `seen`, what the stream says of it, has moved. What was read of the
 * row before is not taken for this one's. Reads nothing while not wanted.
 */
export function useDetail<Detail extends Readonly<{ id: string }>>(
  path: string,
  id: string,
  seen: unknown,
  isWanted = true,
): Readonly<{ data: Detail | undefined; error: Error | null }> {
  const { data, error } = useRead(
    [path, id, seen],
    (signal) => readOwn<Detail>(`${path}?id=${encodeURIComponent(id)}`, signal),
    isWanted,
  );
  return { data: data?.id === id ? data : undefined, error };
}
