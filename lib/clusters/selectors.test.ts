import { describe, expect, it } from "vitest";
import { aWorkload } from "#lib/testing/cluster-objects.ts";
import type { LabelSelector } from "./model.ts";
import { leadsTo, selects } from "./selectors.ts";

type Operator = LabelSelector["matchExpressions"][number]["operator"];

const by = (operator: Operator, ...values: string[]): LabelSelector => ({
  matchLabels: {},
  matchExpressions: [{ key: "tier", operator, values }],
});

it("a selector that says nothing picks everything", () => {
  expect(selects({ matchLabels: {}, matchExpressions: [] }, {})).toBe(true);
});

it("everything that a selector says must hold", () => {
  const selector = { ...by("In", "front", "back"), matchLabels: { app: "ledger" } };
  expect(selects(selector, { app: "ledger", tier: "back" })).toBe(true);
  expect(selects(selector, { app: "ledger", tier: "other" })).toBe(false);
  expect(selects(selector, { app: "ledger" })).toBe(false);
  expect(selects(selector, { tier: "back" })).toBe(false);
});

it.each([
  ["In", { tier: "a" }, true],
  ["In", {}, false],
  ["NotIn", { tier: "a" }, false],
  ["NotIn", { tier: "b" }, true],
  ["NotIn", {}, true],
] as const)("%s a of %o: %s", (operator, labels, expected) => {
  expect(selects(by(operator, "a"), labels)).toBe(expected);
});

it.each([
  ["Exists", { tier: "" }, true],
  ["Exists", {}, false],
  ["DoesNotExist", { tier: "" }, false],
  ["DoesNotExist", {}, true],
] as const)("%s of %o: %s", (operator, labels, expected) => {
  expect(selects(by(operator), labels)).toBe(expected);
});

describe("a Service leads to", () => {
  const set = aWorkload({ kind: "StatefulSet", name: "postgres" });
  const template = { ...set.template, labels: { app: "postgres" } };

  it("the pods that carry every label of its selector", () => {
    expect(leadsTo({ app: "postgres" }, { ...set, template })).toBe(true);
    expect(leadsTo({ app: "postgres", tier: "db" }, { ...set, template })).toBe(false);
  });

  it("one pod of a StatefulSet that it names, which no template says", () => {
    const named = (value: string) => leadsTo({ "statefulset.kubernetes.io/pod-name": value }, { ...set, template });
    expect([named("postgres-0"), named("postgres-12")]).toEqual([true, true]);
    expect([named("postgres-x"), named("postgres-"), named("other-0"), named("postgres-0-1")]).toEqual(
      Array(4).fill(false),
    );
    expect(leadsTo({ "statefulset.kubernetes.io/pod-name": "postgres-0" }, aWorkload({ name: "postgres" }))).toBe(
      false,
    );
  });
});
