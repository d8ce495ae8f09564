import { sayAmount } from "#lib/quotas/model.ts";
import type { PlatformTotal } from "#lib/quotas/queries.ts";
import { moneyWords } from "./quotas-words.ts";

/** What a platform has asked for, what that costs, and which labels gatehouse.yaml does not name. */
export function sharesSentence({ requested, cost, labels }: PlatformTotal): string {
  const asked = `${sayAmount("cpu", requested.cpuCores)} and ${sayAmount("memory", requested.memoryBytes)} in ${sayAmount("pods", requested.pods)}`;
  const costs = cost === null ? "" : `, ${moneyWords(cost)} a month`;
  const unnamed = (["team", "product"] as const).filter((by) => labels[by] === undefined);
  const missing = unnamed.map((by) => ` gatehouse.yaml names no ${by} label, so it is not told by ${by}.`);
  return `Asked for: ${asked}${costs}.${missing.join("")}`;
}
