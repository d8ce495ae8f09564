"use client";

import { useEnvironmentRead } from "#components/live/use-environment-read.ts";
import type { PostureAnswer } from "#lib/posture/queries.ts";

/** How what runs stands by its platforms' rules. */
export function usePosture(environment: string | undefined, isShown: boolean) {
  return useEnvironmentRead<PostureAnswer>("/api/v1/posture", environment, isShown);
}
