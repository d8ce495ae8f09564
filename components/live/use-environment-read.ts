"use client";

import { useRows } from "./live-provider.tsx";
import { readOwn } from "./read-json.ts";
import { usePaced } from "./use-paced.ts";
import { useRead } from "./use-read.ts";

/** Moves whenever what is worked out from the objects of any environment does, or what may be said of them at all. */
export function useMovedAt(): string {
  const latest = [...useRows("shape").values()].reduce((most, { movedAt }) => Math.max(most, movedAt), 0);
  return `${latest} ${useKnown()}`;
}

/** The same of one environment's objects; told at most once a second. */
export function useEnvironmentMovedAt(environment: string): string {
  const { movedAt = 0 } = useRows("shape").get(environment) ?? {};
  return usePaced(`${movedAt} ${useKnown()}`);
}

/** How each source stands, and what of it is not known: an answer that says what is not known has to be read again with it. */
function useKnown(): string {
  return JSON.stringify([...useRows("source").values()].map(({ id, state, kinds = [] }) => [id, state, kinds]));
}

/** What a path answers for one environment, or for all that one may see; read again whenever the shape of any has moved. */
export function useEnvironmentRead<Value>(path: string, environment: string | undefined, isWanted = true) {
  const query = environment === undefined ? "" : `?environment=${encodeURIComponent(environment)}`;
  return useRead([path, environment, useMovedAt()], (signal) => readOwn<Value>(`${path}${query}`, signal), isWanted);
}
