import { expect, it } from "vitest";
import type { Drift } from "#lib/drift/model.ts";
import { aspectWords, bySubject, driftWords } from "./drift-words.ts";

const drift = (changes: Partial<Drift>): Drift => ({
  namespace: "live",
  subject: "ledger",
  aspect: "setting",
  name: "LEVEL",
  here: "a",
  there: "b",
  since: null,
  ...changes,
});

const read = (found: readonly Drift[], ...unknown: readonly string[]) => ({
  environment: "p/live",
  against: "p/sandbox",
  drift: found,
  unknown,
});

it("the sentence counts what differs, by what it is", () => {
  const found = [drift({}), drift({ aspect: "image" }), drift({ aspect: "image" }), drift({ aspect: "policy" })];
  expect(driftWords(read(found))).toBe("p/live differs from p/sandbox in 1 setting, 2 images and 1 policy");
  expect(driftWords(read([drift({ aspect: "presence" }), drift({ aspect: "presence" })]))).toBe(
    "p/live differs from p/sandbox in 2 things that only one has",
  );
});

it("two that are alike are said to be, in what is compared", () => {
  expect(driftWords(read([]))).toBe("p/live and p/sandbox are alike in everything that is compared");
});

it("two of which something is not known are not said to be alike, nor to differ in no more", () => {
  const why =
    "Cluster gx does not let Gatehouse read ConfigMap since 11:00 UTC: in what its ConfigMaps differ is not known.";
  expect(driftWords(read([], why))).toBe("Whether p/live and p/sandbox are alike is not wholly known");
  expect(driftWords(read([drift({})], why))).toBe("p/live differs from p/sandbox in 1 setting, as far as is known");
});

it("a subject with more differences stands before one with fewer", () => {
  const found = [drift({ subject: "a" }), drift({ subject: "b" }), drift({ subject: "b", name: "X" })];
  expect(bySubject(found).map(({ subject }) => subject)).toEqual(["b", "a"]);
});

it("the same name in two namespaces is two subjects", () => {
  const found = [drift({ namespace: "fabric" }), drift({ namespace: "backend" })];
  expect(bySubject(found).map(({ namespace, drift: of }) => `${namespace} ${of.length}`)).toEqual([
    "backend 1",
    "fabric 1",
  ]);
});

it.each([
  [{ aspect: "image", name: "main" } as const, "image of main"],
  [{ aspect: "presence", name: "" } as const, "whether it is there"],
  [{ aspect: "setting", name: "LEVEL" } as const, "LEVEL"],
])("%j is called %s", (changes, words) => {
  expect(aspectWords(drift(changes))).toBe(words);
});
