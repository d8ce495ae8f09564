"use client";

import { useRows } from "./live-provider.tsx";
import { readOwn } from "./read-json.ts";
import { usePaced } from "./use-paced.ts";
import { useRead } from "./use-read.ts";

/** When what is worked out from the objects of any environment last moved, in ms since the epoch. */
export function useMovedAt(): number {
  return [...useRows("shape").values()].reduce((latest, { movedAt }) => Math.max(latest, movedAt), 0);
}

/** The same of one environment's objects; told at most once a second. */
export function useEnvironmentMovedAt(environment: string): number {
  return usePaced(useRows("shape").get(environment)?.movedAt ?? 0);
}

/** What a path answers for one environment, or for all that one may see; read again whenever the shape of any has moved. */
export function useEnvironmentRead<Value>(path: string, environment: string | undefined, isWanted = true) {
  const query = environment === undefined ? "" : `?environment=${encodeURIComponent(environment)}`;
  return useRead([path, environment, useMovedAt()], (signal) => readOwn<Value>(`${path}${query}`, signal), isWanted);
}
