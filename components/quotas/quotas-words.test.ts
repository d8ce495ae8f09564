import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { QuotaRow } from "#lib/quotas/model.ts";
import type { Trend } from "#lib/quotas/trend.ts";
import { anEnvironment, aSource, byId } from "#lib/testing/rows.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import {
  filterQuotas,
  leftWords,
  measuredWords,
  moneyWords,
  quotasWords,
  requestedWords,
  shownQuotas,
  trendSentence,
  trendWords,
} from "./quotas-words.ts";

const ENVIRONMENTS = byId(anEnvironment(), anEnvironment({ id: "gravv/live" }));
const sources = (changes: Partial<SourceRow> = {}) => byId(aSource({ id: "kubernetes:gravv" }), aSource(changes));

function row(changes: Partial<QuotaRow> = {}): QuotaRow {
  const where = changes.environment ?? "gx/mainnet";
  const made = {
    environment: where,
    cluster: where.split("/")[0] ?? "",
    namespace: where.split("/")[1] ?? "",
    quota: "backend",
    resource: "requests.cpu",
    hard: "16",
    requested: "8",
    measured: null,
    unmeasured: "absent" as const,
    ...changes,
  };
  return { id: `${made.cluster}/${made.resource}`, ...made };
}

const GROWING: Trend = {
  state: "growing",
  since: "2026-11-12T13:00:00.000Z",
  perDay: 0.1,
  overDays: 9,
  fullInDays: 6.4,
};

function said(
  rows: readonly QuotaRow[],
  { source = {}, trend, unlimited = [] }: { source?: Partial<SourceRow>; trend?: Trend; unlimited?: string[] } = {},
) {
  const shown = shownQuotas(rows, ENVIRONMENTS, sources(source));
  const trends = new Map(trend === undefined ? [] : rows.map(({ id }) => [id, trend]));
  const words = quotasWords(shown, {
    environments: ENVIRONMENTS,
    sources: sources(source),
    trends,
    unlimited: unlimited.map((namespace) => ({ environment: "gx/mainnet", cluster: "gx", namespace })),
  });
  return { title: words.title, lead: plainWords(words.lead) };
}

describe("the sentence", () => {
  it("names the tightest with what is left, and at which pace it is full in how many days", () => {
    const rows = [row({ requested: "15.36" }), row({ resource: "pods", hard: "50", requested: "12" })];
    expect(said(rows, { trend: GROWING })).toEqual({
      title: "1 of 2 quota bounds is full or nearly so.",
      lead:
        "gx/mainnet has 4 % of its CPU quota left in mainnet; at the pace of the last 9 days it is full in 6 days. " +
        "gx/mainnet has 76 % of its pod quota left in mainnet; at the pace of the last 9 days it is full in 6 days.",
    });
  });

  it("names three and counts the rest", () => {
    const rows = ["cpu", "memory", "pods", "limits.cpu", "count/secrets"].map((resource, at) =>
      row({ resource, hard: "100", requested: String(90 - at) }),
    );
    expect(said(rows).title).toBe("5 of 5 quota bounds are at 80 % or above.");
    expect(said(rows).lead).toMatch(/^gx\/mainnet .*\. 2 more are listed below\.$/);
  });

  it("is one for requests and limits that are as tight as each other, with the pace that is faster", () => {
    const rows = [row({ requested: "15.36" }), row({ resource: "limits.cpu", requested: "15.36" })];
    expect(said(rows, { trend: GROWING }).lead).toBe(
      "gx/mainnet has 4 % of its CPU limit and CPU quotas left in mainnet; at the pace of the last 9 days it is full in 6 days.",
    );
  });

  it("says of what is over its limit, and of what has nothing left, just that", () => {
    expect(said([row({ requested: "17" })]).lead).toBe(
      "gx/mainnet asks for more than its CPU quota in mainnet allows.",
    );
    expect(said([row({ requested: "16" })], { trend: GROWING }).lead).toBe(
      "gx/mainnet has nothing of its CPU quota left in mainnet.",
    );
  });

  it("says that all have room, and stops; unlimited namespaces are named", () => {
    expect(said([row(), row({ resource: "pods" })])).toEqual({ title: "All 2 quota bounds have room.", lead: "" });
    expect(said([row()], { unlimited: ["a", "b"] }).lead).toBe("No quota bounds a and b.");
    expect(said([row()], { unlimited: ["a", "b", "c", "d", "e"] }).lead).toBe(
      "No quota bounds a, b, c and 2 more namespaces.",
    );
  });

  it("never counts what is not seen fresh as having room, nor as full, and says why", () => {
    const rows = [row({ requested: "16" }), row({ environment: "gravv/live" })];
    expect(said(rows, { source: { state: "stale" } })).toEqual({
      title: "How 1 of 2 quota bounds stand is not known.",
      lead: "Cluster gx has not answered since 13:00 UTC: 1 bound there is shown as last seen.",
    });
    const kinds = [
      { kind: "ResourceQuota", state: "denied", since: "2026-11-21T13:00:00.000Z", objects: [], count: 0 } as const,
    ];
    expect(said(rows, { source: { kinds } }).lead).toMatch(
      /^Cluster gx does not let Gatehouse read ResourceQuota since/,
    );
  });

  it("says what the controller has not counted", () => {
    expect(said([row({ requested: null })])).toEqual({
      title: "How the quotas stand is not known.",
      lead: "1 bound of cluster gx has not been counted yet by its controller.",
    });
  });

  it("says that there is none", () => {
    expect(said([])).toEqual({ title: "No quota has been seen.", lead: "" });
  });
});

it("least left comes first, and only what was asked for is shown", () => {
  const rows = [
    row({ requested: "1" }),
    row({ resource: "pods", hard: "10", requested: "9" }),
    row({ environment: "gravv/live", requested: "12" }),
  ];
  const shown = shownQuotas(rows, ENVIRONMENTS, sources());
  const names = (found: typeof shown) => found.map((one) => `${one.row.environment} ${one.row.resource}`);
  expect(names(shown)).toEqual(["gx/mainnet pods", "gravv/live requests.cpu", "gx/mainnet requests.cpu"]);
  expect(names(filterQuotas(shown, { environment: "gx/mainnet", resource: undefined }))).toHaveLength(2);
  expect(names(filterQuotas(shown, { environment: undefined, resource: "pods" }))).toEqual(["gx/mainnet pods"]);
});

it.each([
  ["16", "8", "50 % left", "8 of 16 cores"],
  ["16", "15.99", "< 1 % left", "15.99 of 16 cores"],
  ["16", "0", "100 % left", "0 of 16 cores"],
  ["1000", "1", "99 % left", "1 of 1000 cores"],
  ["16", "16", "nothing left", "16 of 16 cores"],
  ["16", "17", "over its limit", "17 of 16 cores"],
  ["16", null, "not counted yet", "? of 16 cores"],
  ["0", "0", "none allowed", "0 of 0 cores"],
])("of %s with %s requested there is: %s", (hard, requested, left, use) => {
  expect(leftWords({ hard, requested })).toBe(left);
  expect(requestedWords(row({ hard, requested }))).toBe(use);
});

it.each([
  [row({ measured: "3200m", unmeasured: null }), "3.2 cores used now."],
  [row(), "Not measured: cluster gx has no metrics API."],
  [row({ unmeasured: "denied" }), "Not measured: cluster gx does not let Gatehouse read its metrics API."],
  [row({ unmeasured: "unreachable" }), "Not measured: the metrics API of cluster gx does not answer."],
  [
    row({ unmeasured: "partial", leftOut: { missing: 2, running: 9 } }),
    "Not measured: the metrics API of cluster gx leaves out 2 of 9 running pods there, so no sum is whole.",
  ],
  [row({ unmeasured: "other" }), "No API measures this."],
])("what is used is a figure, or why there is none", (one, words) => {
  expect(measuredWords(one)).toBe(words);
});

it.each<[Trend, string, string]>([
  [
    { state: "short", since: null },
    "too early to say",
    "There is no history yet: what is requested is kept once an hour.",
  ],
  [
    { state: "short", since: "2026-11-21T12:00:00.000Z" },
    "too early to say",
    "Not enough history to say where it is going (since 2026-11-21 12:00 UTC); that takes three days.",
  ],
  [{ state: "steady", since: "2026-11-12T13:00:00.000Z" }, "steady", "Steady since 2026-11-12 13:00 UTC."],
  [
    { state: "falling", since: "2026-11-12T13:00:00.000Z", perDay: -0.5 },
    "falling",
    "Falling by 0.5 cores a day since 2026-11-12 13:00 UTC.",
  ],
  [GROWING, "full in 6 days", "Growing by 0.1 cores a day since 2026-11-12 13:00 UTC: full in 6 days at this pace."],
  [
    { ...GROWING, fullInDays: 0.4 },
    "full within a day",
    "Growing by 0.1 cores a day since 2026-11-12 13:00 UTC: full within a day at this pace.",
  ],
  [
    { ...GROWING, fullInDays: 1000 },
    "full in over a year",
    "Growing by 0.1 cores a day since 2026-11-12 13:00 UTC: full in over a year at this pace.",
  ],
])("where it is going has its words: %o", (trend, words, sentence) => {
  expect(trendWords(trend)).toBe(words);
  expect(trendSentence(trend, "requests.cpu")).toBe(sentence);
});

it.each([
  ["0.02", "0.02 USD"],
  ["998.49", "998.49 USD"],
  ["12998.49", "12,998.49 USD"],
  ["1234567", "1,234,567 USD"],
])("money %s reads %s", (value, words) => {
  expect(moneyWords({ value, currency: "USD" })).toBe(words);
});
