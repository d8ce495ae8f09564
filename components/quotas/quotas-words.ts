import { countWords, listWords } from "#components/requests/request-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import { areKindsSeen, type EnvironmentRow, whyKindsUnseen } from "#lib/environments/model.ts";
import type { Money } from "#lib/quotas/costs.ts";
import {
  amountWords,
  byLeastLeft,
  type LeftOut,
  type QuotaRow,
  type QuotaState,
  quantityToNumber,
  quotaState,
  quotaUse,
  sayAmount,
  shareLeft,
  type Unmeasured,
} from "#lib/quotas/model.ts";
import type { Unlimited } from "#lib/quotas/queries.ts";
import type { Trend } from "#lib/quotas/trend.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

/** A quota resource as the page shows it: what is not seen fresh is unknown, whatever was last known of it. */
export type ShownQuota = Readonly<{ row: QuotaRow; state: QuotaState; isLive: boolean }>;

export const QUOTA_TONE: Readonly<Record<QuotaState, Tone>> = {
  full: "broken",
  tight: "look",
  unknown: "unknown",
  room: "fine",
};

/** What the quotas page reads of a cluster. */
const KINDS = ["ResourceQuota"];

/** Each quota resource by what can be said of it now, least left first, and what is not known before all. */
export function shownQuotas(
  rows: Iterable<QuotaRow>,
  environments: ReadonlyMap<string, EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): ShownQuota[] {
  const isSeen = new Map(
    [...environments.values()].map(
      (environment) => [environment.id, areKindsSeen(environment, KINDS, sources)] as const,
    ),
  );
  return [...rows]
    .map((row) => ({
      row,
      state: isSeen.get(row.environment) === true ? quotaState(row) : ("unknown" as const),
      isLive: environments.get(row.environment)?.tier === "live",
    }))
    .sort((a, b) => byLeastLeft(a.row, b.row));
}

export type QuotaFilter = Readonly<{ environment: string | undefined; resource: string | undefined }>;

/** Those of that environment and resource; all of them where none is asked for. */
export function filterQuotas(quotas: readonly ShownQuota[], { environment, resource }: QuotaFilter): ShownQuota[] {
  return quotas.filter(
    ({ row }) => (environment ?? row.environment) === row.environment && (resource ?? row.resource) === row.resource,
  );
}

const NAMES: Readonly<Record<string, string>> = {
  cpu: "CPU",
  "requests.cpu": "CPU",
  "limits.cpu": "CPU limit",
  memory: "memory",
  "requests.memory": "memory",
  "limits.memory": "memory limit",
  "requests.storage": "storage",
  persistentvolumeclaims: "volume claim",
  pods: "pod",
  "count/pods": "pod",
  services: "Service",
  "services.loadbalancers": "load balancer",
  "services.nodeports": "node port",
};

/** A resource as it stands before the word quota: "CPU quota", "pod quota", "count/secrets quota". */
export function resourceName(resource: string): string {
  return NAMES[resource] ?? resource;
}

/** What is left, as a share of what is allowed. */
export function leftWords(row: Pick<QuotaRow, "hard" | "requested">): string {
  const left = shareLeft(row);
  if (left === undefined) {
    return "not counted yet";
  }
  if (left < 0) {
    return "over its limit";
  }
  if (quantityToNumber(row.hard) === 0) {
    return "none allowed";
  }
  // Never "0 %" while something is left, nor 100 % while something is taken.
  const percent = left > 0 && left < 0.01 ? "< 1" : String(left < 1 ? Math.min(99, Math.round(left * 100)) : 100);
  return left === 0 ? "nothing left" : `${percent} % left`;
}

/** What is requested of what is allowed, with the unit: "15.6 of 16 cores". */
export function requestedWords(row: QuotaRow): string {
  const use = quotaUse(row);
  const hard = quantityToNumber(row.hard);
  if (use === undefined) {
    return hard === undefined ? row.hard : `? of ${sayAmount(row.resource, hard)}`;
  }
  return `${amountWords(row.resource, use.requested, false)} of ${sayAmount(row.resource, use.hard)}`;
}

const UNMEASURED: Readonly<Record<Unmeasured, (cluster: string, leftOut?: LeftOut) => string>> = {
  unasked: (cluster) => `Not measured yet: the metrics API of cluster ${cluster} is still being asked.`,
  absent: (cluster) => `Not measured: cluster ${cluster} has no metrics API.`,
  denied: (cluster) => `Not measured: cluster ${cluster} does not let Gatehouse read its metrics API.`,
  unreachable: (cluster) => `Not measured: the metrics API of cluster ${cluster} does not answer.`,
  unreadable: (cluster) =>
    `Not measured: what the metrics API of cluster ${cluster} says of a pod there cannot be read, so no sum is whole.`,
  partial: (cluster, leftOut) => {
    const pods = leftOut === undefined ? "running pods" : `${leftOut.missing} of ${leftOut.running} running pods`;
    return `Not measured: the metrics API of cluster ${cluster} leaves out ${pods} there, so no sum is whole.`;
  },
  other: () => "No API measures this.",
};

/** What its pods use of it now, or why that is not known, in a sentence. */
export function measuredWords({ measured, unmeasured, leftOut, resource, cluster }: QuotaRow): string {
  const amount = quantityToNumber(measured ?? "");
  return unmeasured !== null || amount === undefined
    ? UNMEASURED[unmeasured ?? "unasked"](cluster, leftOut)
    : `${sayAmount(resource, amount)} used now.`;
}

/** Where it is going, in two or three words. */
export function trendWords(trend: Trend): string {
  switch (trend.state) {
    case "short":
      return "too early to say";
    case "steady":
      return "steady";
    case "falling":
      return "falling";
    case "growing":
      return fullWords(trend.fullInDays);
  }
}

function fullWords(days: number): string {
  if (days > 365) {
    return "full in over a year";
  }
  return days < 1 ? "full within a day" : `full in ${countWords(Math.floor(days), "day")}`;
}

/** Where it is going, in a sentence with what that was seen from. */
export function trendSentence(trend: Trend, resource: string): string {
  if (trend.since === null) {
    return "There is no history yet: what is requested is kept once an hour.";
  }
  const since = `${trend.since.slice(0, 10)} ${trend.since.slice(11, 16)} UTC`;
  switch (trend.state) {
    case "short":
      return `Not enough history to say where it is going (since ${since}); that takes three days.`;
    case "steady":
      return `Steady since ${since}.`;
    case "falling":
      return `Falling by ${sayAmount(resource, -trend.perDay)} a day since ${since}.`;
    case "growing":
      return `Growing by ${sayAmount(resource, trend.perDay)} a day since ${since}: ${fullWords(trend.fullInDays)} at this pace.`;
  }
}

const NAMED = 3;
/** A date that is nearer than this is worth a sentence even while there is room. */
const SOON_DAYS = 30;

/** How the quotas stand, in a sentence; then the tightest, where they are going, what is unlimited and what is not known. */
export function quotasWords(
  quotas: readonly ShownQuota[],
  seen: Readonly<{
    environments: ReadonlyMap<string, EnvironmentRow>;
    sources: ReadonlyMap<string, SourceRow>;
    trends: ReadonlyMap<string, Trend>;
    unlimited: readonly Unlimited[];
  }>,
): { title: string; lead: Phrase[] } {
  const of = (state: QuotaState) => quotas.filter((one) => one.state === state);
  const worried = quotas.filter(({ row, state }) => {
    const trend = seen.trends.get(row.id);
    const isSoon = trend?.state === "growing" && trend.fullInDays <= SOON_DAYS;
    return state === "full" || state === "tight" || (state === "room" && isSoon);
  });
  // Requests and limits of the same pods are often as tight as each other: one sentence for both.
  const alike = [
    ...Map.groupBy(worried, ({ row }) => JSON.stringify([row.environment, row.namespace, leftWords(row)])),
  ];
  const more = alike.slice(NAMED).reduce((sum, [, rest]) => sum + rest.length, 0);
  const lead = joinSentences([
    ...alike.slice(0, NAMED).flatMap(([, some]) =>
      quotaSentence(
        some.map(({ row }) => row),
        seen.trends,
      ),
    ),
    ...(more > 0 ? [[`${more} more ${more === 1 ? "is" : "are"} listed below.`]] : []),
    ...unknownSentences(of("unknown"), seen),
    ...unlimitedSentence(seen.unlimited),
  ]);
  return { title: titleOf(quotas.length, of("full").length, of("tight").length, of("unknown").length), lead };
}

function titleOf(all: number, full: number, tight: number, unknown: number): string {
  if (all === 0) {
    return "No quota has been seen.";
  }
  const bounds = countWords(all, "quota bound");
  if (full > 0) {
    const rest = tight > 0 ? `, ${tight} more ${tight === 1 ? "is" : "are"} at 80 % or above` : "";
    return `${full} of ${bounds} ${full === 1 ? "is" : "are"} full or nearly so${rest}.`;
  }
  if (tight > 0) {
    return `${tight} of ${bounds} ${tight === 1 ? "is" : "are"} at 80 % or above.`;
  }
  if (unknown > 0) {
    return unknown === all ? "How the quotas stand is not known." : `How ${unknown} of ${bounds} stand is not known.`;
  }
  return all === 1 ? "The one quota bound has room." : `All ${bounds} have room.`;
}

/** One sentence for rows of one namespace that are equally tight, with the pace of the one that is full first. */
function quotaSentence(rows: readonly QuotaRow[], trends: ReadonlyMap<string, Trend>): Phrase[][] {
  const [row] = rows;
  if (row === undefined) {
    return [];
  }
  const name = listWords(rows.map(({ resource }) => resourceName(resource)));
  const quota = `${name} ${rows.length === 1 ? "quota" : "quotas"}`;
  const left = shareLeft(row) ?? 0;
  const what: Phrase[] =
    left < 0
      ? [
          " asks for ",
          { em: `more than its ${quota}` },
          ` in ${row.namespace} ${rows.length === 1 ? "allows" : "allow"}`,
        ]
      : [
          " has ",
          { em: left === 0 ? "nothing" : leftWords(row).replace(" left", "") },
          ` of its ${quota} left in ${row.namespace}`,
        ];
  const [soonest] = rows
    .flatMap(({ id }) => trends.get(id) ?? [])
    .flatMap((trend) => (trend.state === "growing" ? [trend] : []))
    .sort((one, other) => one.fullInDays - other.fullInDays);
  const pace =
    soonest === undefined || left <= 0
      ? ""
      : `; at the pace of the last ${countWords(Math.round(soonest.overDays), "day")} it is ${fullWords(soonest.fullInDays)}`;
  return [[{ strong: row.environment }, ...what, `${pace}.`]];
}

function unknownSentences(
  unknown: readonly ShownQuota[],
  { environments, sources }: Parameters<typeof quotasWords>[1],
): Phrase[][] {
  return [...Map.groupBy(unknown, ({ row }) => row.cluster)].map(([cluster, quotas]) => {
    const namespaces = [...environments.values()]
      .filter((one) => one.cluster === cluster)
      .flatMap((one) => one.namespaces);
    const why = whyKindsUnseen({ cluster, namespaces }, KINDS, sources);
    const count = countWords(quotas.length, "bound");
    return why === undefined
      ? [
          { em: `${count} of cluster ${cluster}` },
          ` ${quotas.length === 1 ? "has" : "have"} not been counted yet by its controller.`,
        ]
      : [{ em: why }, `: ${count} there ${quotas.length === 1 ? "is" : "are"} shown as last seen.`];
  });
}

function unlimitedSentence(unlimited: readonly Unlimited[]): Phrase[][] {
  if (unlimited.length === 0) {
    return [];
  }
  const names = unlimited.map(({ namespace }) => namespace);
  const said = names.length > NAMED + 1 ? [...names.slice(0, NAMED), `${names.length - NAMED} more namespaces`] : names;
  return [[`No quota bounds ${listWords(said)}.`]];
}

/** An amount of money with thousands apart: "12,998.49 USD". */
export function moneyWords({ value, currency }: Money): string {
  return `${value.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",")} ${currency}`;
}
