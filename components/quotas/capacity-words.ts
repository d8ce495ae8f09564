import { countWords } from "#components/requests/request-words.ts";
import type { Accent } from "#components/ui/tone.ts";
import type { Capacity } from "#lib/quotas/capacity.ts";
import { amountWords, type PodDemand, QUOTA_MARKS, sayAmount } from "#lib/quotas/model.ts";

export const AMOUNTS = ["cpuCores", "memoryBytes", "pods"] as const;

export const RESOURCE_OF: Readonly<Record<keyof PodDemand, string>> = {
  cpuCores: "CPU",
  memoryBytes: "Memory",
  pods: "Pods",
};

const RESOURCE: Readonly<Record<keyof PodDemand, string>> = { cpuCores: "cpu", memoryBytes: "memory", pods: "pods" };

/** What of a cluster's capacity is asked for: "21.3 of 44 cores, 48 %". */
export function shareWords({ requested, allocatable }: Capacity, amount: keyof PodDemand): string {
  const resource = RESOURCE[amount];
  const share = percentOf(requested[amount], allocatable[amount]);
  const words = `${amountWords(resource, requested[amount], false)} of ${sayAmount(resource, allocatable[amount])}`;
  return share === undefined ? words : `${words}, ${share} %`;
}

export function toneOfShare({ requested, allocatable }: Capacity, amount: keyof PodDemand): Accent {
  const share = requested[amount] / allocatable[amount];
  return share >= QUOTA_MARKS.full ? "broken" : share >= QUOTA_MARKS.look ? "look" : "fine";
}

function percentOf(value: number, of: number): number | undefined {
  return of > 0 ? Math.round((100 * value) / of) : undefined;
}

/** How a cluster's capacity stands, one sentence each, what needs somebody first. */
export function capacityWords(capacity: Capacity): string[] {
  const { nodes, waiting, elsewhere, allocatable, requested } = capacity;
  if (nodes.usable === 0) {
    return ["No node takes pods: none is ready and not cordoned."];
  }
  const [scarcest = "cpuCores"] = [...AMOUNTS].sort((a, b) => leftOf(capacity, a) - leftOf(capacity, b));
  const left = sayAmount(RESOURCE[scarcest], Math.max(0, allocatable[scarcest] - requested[scarcest]));
  const all = sayAmount(RESOURCE[scarcest], allocatable[scarcest]);
  return [
    ...sayPods(waiting, "for which there is no node yet"),
    `${RESOURCE_OF[scarcest]} is scarcest: ${left} of ${all} not asked for.`,
    ...sayPods(elsewhere, "on nodes that take no new pods"),
  ];
}

function leftOf({ requested, allocatable }: Capacity, amount: keyof PodDemand): number {
  return allocatable[amount] > 0 ? 1 - requested[amount] / allocatable[amount] : 0;
}

function sayPods({ pods, cpuCores, memoryBytes }: PodDemand, where: string): string[] {
  const asked = `${sayAmount("cpu", cpuCores)} and ${sayAmount("memory", memoryBytes)}`;
  return pods === 0 ? [] : [`${countWords(pods, "pod")} ${where} ${pods === 1 ? "asks" : "ask"} for ${asked}.`];
}
