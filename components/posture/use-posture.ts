"use client";

import { useRows } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { useRead } from "#components/live/use-read.ts";
import type { PostureAnswer } from "#lib/posture/queries.ts";

/** How what runs stands by its platforms' rules; read again whenever the shape of an environment moves. */
export function usePosture(environment: string | undefined, isShown: boolean) {
  const shapes = useRows("shape");
  const moved = [...shapes.values()].reduce((latest, { movedAt }) => Math.max(latest, movedAt), 0);
  const query = environment === undefined ? "" : `?environment=${encodeURIComponent(environment)}`;
  return useRead(
    ["posture", environment, moved],
    (signal) => readOwn<PostureAnswer>(`/api/v1/posture${query}`, signal),
    isShown,
  );
}
