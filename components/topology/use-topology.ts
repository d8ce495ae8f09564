"use client";

import { useRows } from "#components/live/live-provider.tsx";
import { readOwn } from "#components/live/read-json.ts";
import { usePaced } from "#components/live/use-paced.ts";
import { useRead } from "#components/live/use-read.ts";
import type { TopologyItem } from "#lib/topology/queries.ts";
import type { Envelope } from "#lib/watch/envelope.ts";

/** While much changes at once, the topology is read again this often and not more. */
const READ_EVERY_MS = 1000;

/** The topology as of its environment's last change; of one that is chosen and not drawn, with that one drawn. */
export function useTopology(
  environment: string,
  select: string | undefined,
): { item: TopologyItem | undefined; error: Error | null } {
  const movedAt = usePaced(useRows("shape").get(environment)?.movedAt ?? 0, READ_EVERY_MS);
  const keyOf = (focus: string | undefined) => ["topology", environment, movedAt, focus];
  const read = (focus: string | undefined) => (signal: AbortSignal) => {
    const query = new URLSearchParams({ environment, ...(focus !== undefined && { focus }) });
    return readOwn<Envelope<TopologyItem>>(`/api/v1/topology?${query}`, signal);
  };
  const plain = useRead(keyOf(undefined), read(undefined));
  const item = plain.data?.items.find((one) => one.environment === environment);
  const isHidden = select !== undefined && item?.hidden.nodes.some(({ id }) => id === select) === true;
  const focused = useRead(keyOf(select), read(select), isHidden);
  const inFocus = isHidden ? focused.data?.items.find((one) => one.environment === environment) : undefined;
  return { item: inFocus ?? item, error: plain.error };
}
