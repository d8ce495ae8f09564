"use client";

import { readOwn } from "./read-json.ts";
import { usePaced } from "./use-paced.ts";
import { useRead } from "./use-read.ts";

/**
 * What stands behind one row, by its id; read again whenever `seen`, what the stream says of it and of what it is worked out
 * from, has moved, but not more than once a second. What was read of the row before is not taken for this one's. Reads nothing
 * while not wanted.
 */
export function useDetail<Detail extends Readonly<{ id: string }>>(
  path: string,
  id: string,
  seen: unknown,
  isWanted = true,
): Readonly<{ data: Detail | undefined; error: Error | null }> {
  const moved = usePaced(JSON.stringify(seen));
  const { data, error } = useRead(
    [path, id, moved],
    (signal) => readOwn<Detail>(`${path}?id=${encodeURIComponent(id)}`, signal),
    isWanted,
  );
  return { data: data?.id === id ? data : undefined, error };
}
