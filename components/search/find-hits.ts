import { readOwn } from "#components/live/read-json.ts";
import type { Command } from "#components/shell/command-filter.ts";
import type { HitKind, SearchAnswer } from "#lib/search/model.ts";

const GROUP: Readonly<Record<HitKind, string>> = {
  environment: "Environments",
  service: "Services",
  workload: "Workloads",
  pod: "Pods",
  node: "Nodes",
  quota: "Quotas",
  request: "Requests",
};

/** What the estate has of that name, as the finder shows it. Throws ReadError. */
export async function findHits(typed: string, signal: AbortSignal): Promise<readonly Command[]> {
  const { hits, more } = await readOwn<SearchAnswer>(`/api/v1/search?q=${encodeURIComponent(typed)}`, signal);
  return [
    ...hits.map(({ kind, label, hint, href }) => ({ label, hint, href, group: GROUP[kind] })),
    ...more.map(({ kind, count, href }) => ({
      label: `${count} more`,
      hint: "on the page that shows them all",
      href,
      group: GROUP[kind],
      count,
    })),
  ];
}
