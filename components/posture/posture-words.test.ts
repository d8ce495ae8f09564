import { expect, it } from "vitest";
import type { Finding } from "#lib/posture/model.ts";
import { byRule, postureSentence } from "./posture-words.ts";

const finding = (changes: Partial<Finding>): Finding => ({
  code: "no_liveness",
  severity: "low",
  environment: "gx/testnet",
  cluster: "gx",
  subject: "Deployment a",
  namespace: "testnet",
  workload: "gx/a",
  message: "",
  advice: "",
  ...changes,
});
const GRAVE = finding({ code: "single_replica", severity: "high", environment: "gx/mainnet" });

it("the sentence counts what is grave and says where", () => {
  expect(postureSentence([GRAVE, finding({})], [])).toBe("1 of 2 findings is grave, in gx/mainnet.");
  expect(postureSentence([finding({})], [])).toBe("1 finding, none of them grave, in gx/testnet.");
});

it("nothing found is fine only as far as everything is known", () => {
  expect(postureSentence([], [])).toBe("Everything stands as the platforms ask.");
  expect(postureSentence([], ["Gatehouse may not read Pod"])).toBe("What is known stands as the platforms ask.");
});

it("findings stand together by rule, the rule of the worst first", () => {
  const rules = byRule([GRAVE, finding({}), finding({ subject: "Deployment b" })]);
  expect(rules.map(([code, of]) => [code, of.length])).toEqual([
    ["single_replica", 1],
    ["no_liveness", 2],
  ]);
});
