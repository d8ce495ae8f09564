"use client";

import { readOwn } from "#components/live/read-json.ts";
import { useEnvironmentMovedAt } from "#components/live/use-environment-read.ts";
import { useRead } from "#components/live/use-read.ts";
import type { TopologyDrawing } from "#lib/topology/queries.ts";
import type { Envelope } from "#lib/watch/envelope.ts";

/** The topology as of its environment's last change; of one that is chosen and not drawn, with that one drawn. */
export function useTopology(
  environment: string,
  select: string | undefined,
): { item: TopologyDrawing | undefined; error: Error | null } {
  const movedAt = useEnvironmentMovedAt(environment);
  const keyOf = (focus: string | undefined) => ["topology", environment, movedAt, focus];
  const read = (focus: string | undefined) => (signal: AbortSignal) => {
    const query = new URLSearchParams({ environment, ...(focus !== undefined && { focus }) });
    return readOwn<Envelope<TopologyDrawing>>(`/api/v1/topology/drawing?${query}`, signal);
  };
  const plain = useRead(keyOf(undefined), read(undefined));
  const item = plain.data?.items.find((one) => one.environment === environment);
  const isHidden = select !== undefined && item?.hidden.nodes.some(({ id }) => id === select) === true;
  const focused = useRead(keyOf(select), read(select), isHidden);
  const inFocus = isHidden ? focused.data?.items.find((one) => one.environment === environment) : undefined;
  return { item: inFocus ?? item, error: plain.error };
}
