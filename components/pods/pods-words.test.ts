import { expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import { anEnvironment, aSource, byId } from "#lib/testing/rows.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { heldWords, podsWords, seenEnvironments } from "./pods-words.ts";

const PLACES = [anEnvironment({ id: "gx/live" }), anEnvironment({ id: "airpay/live" })];
const GX = aSource({ since: "2026-11-21T12:00:00.000Z" });
const AIRPAY = { ...GX, id: "kubernetes:airpay" };
const FRESH = byId(GX, AIRPAY);
const STALE = byId<SourceRow>(GX, { ...AIRPAY, state: "stale" });
const wordsOf = (counts: [number, number, number], sources: ReadonlyMap<string, SourceRow>) => {
  const [broken, look, fine] = counts;
  const { title, lead } = podsWords({ broken, look, fine }, PLACES, sources);
  return `${title} ${plainWords(lead)}`.trim();
};

it.each<[[number, number, number], string]>([
  [[0, 0, 10_000], "No pod of 10,000 is broken."],
  [[1, 0, 9], "1 of 10 pods is broken."],
  [[12, 1, 87], "12 of 100 pods are broken. 1 pod is starting, ending or not ready."],
  [[0, 0, 0], "There is no pod in what you may see."],
])("%j pods are said as they are", (counts, words) => {
  expect(wordsOf(counts, FRESH)).toBe(words);
});

it("what is not seen is never fine and never none", () => {
  expect(wordsOf([0, 0, 10], STALE)).toMatch(/^No pod of 10 is broken where it is known\. .*airpay\/live are shown/);
  expect(wordsOf([0, 0, 10], new Map())).toMatch(/^How the pods stand is not known\./);
  expect(wordsOf([0, 0, 0], STALE)).toMatch(/^Which pods there are is not known yet\./);
});

it("an environment is seen where its cluster answers and lets its pods be read", () => {
  expect([...seenEnvironments(PLACES, STALE)]).toEqual(["gx/live"]);
  const kinds = [{ kind: "Pod", state: "denied", since: "", objects: [], count: 0 }] as const;
  expect(seenEnvironments(PLACES, byId({ ...GX, kinds })).size).toBe(0);
});

it.each([
  [{ here: 60, fitting: 9_000, all: 10_000 }, "9,000 of 10,000, worst first; 60 of them so far"],
  [{ here: 9_000, fitting: 9_000, all: 10_000 }, "9,000 of 10,000, worst first"],
])("that only the first rows are here yet is said: %o", (counts, words) => {
  expect(heldWords(counts)).toBe(words);
});
