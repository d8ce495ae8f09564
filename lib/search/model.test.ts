import { expect, it } from "vitest";
import { bestOf, type Candidate, LONGEST_QUERY, rankOf, wordsOf } from "./model.ts";

const candidate = (label: string, badness = 0): Candidate => ({
  label,
  badness,
  toHit: () => ({ kind: "pod", label, hint: "", href: "/" }),
});
const found = (typed: string, ...candidates: Candidate[]) =>
  bestOf(candidates, wordsOf(typed)).hits.map(({ label }) => label);

it("what begins as typed comes first, then where a word begins so, then where it stands anywhere", () => {
  expect(found("led", candidate("sledge"), candidate("svc-ledger"), candidate("ledger"))).toEqual([
    "ledger",
    "svc-ledger",
    "sledge",
  ]);
});

it("of those that fit alike the worst comes first, then by name", () => {
  expect(found("led", candidate("ledger-b"), candidate("ledger-c", 2), candidate("ledger-a"))).toEqual([
    "ledger-c",
    "ledger-a",
    "ledger-b",
  ]);
});

it("every word must be in the name, in any case and any order", () => {
  expect(rankOf("gravv/live ledger", wordsOf("LEDGER  live"))).toBeDefined();
  expect(rankOf("gravv/live ledger", wordsOf("ledger sandbox"))).toBeUndefined();
});

it("no more than eight of a kind are given, and the rest is counted", () => {
  const many = Array.from({ length: 20 }, (_, index) => candidate(`pod-${index}`));
  const { hits, hidden } = bestOf(many, wordsOf("pod"));
  expect(hits).toHaveLength(8);
  expect(hidden).toBe(12);
});

it("what does not fit is never made a hit", () => {
  const never = { ...candidate("other"), toHit: () => expect.fail("was made a hit") };
  expect(bestOf([never], wordsOf("pod"))).toEqual({ hits: [], hidden: 0 });
});

it("what is typed beyond a name's length is not looked for", () => {
  expect(wordsOf("a".repeat(10_000))).toEqual(["a".repeat(LONGEST_QUERY)]);
});
