import { expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";
import { podsWords, seenEnvironments } from "./pods-words.ts";

const environment = (id: string, cluster: string): EnvironmentRow => ({
  id,
  platform: "gx",
  platformName: "GX",
  name: id,
  tier: "live",
  cluster,
  namespaces: ["live"],
  branch: null,
  head: null,
  after: null,
  isPlanned: false,
  behind: null,
  policies: { promotion: null, rollback: null, restart: null },
  breakGlass: null,
});
const PLACES = [environment("gx/live", "gx"), environment("airpay/live", "airpay")];
const source = (cluster: string, more: Partial<SourceRow> = {}): [string, SourceRow] => {
  const id = `kubernetes:${cluster}`;
  return [id, { id, state: "ok", since: "2026-11-21T12:00:00.000Z", message: null, ...more }];
};
const FRESH = new Map([source("gx"), source("airpay")]);
const STALE = new Map([source("gx"), source("airpay", { state: "stale" })]);
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
  expect(seenEnvironments(PLACES, new Map([source("gx", { kinds })])).size).toBe(0);
});
