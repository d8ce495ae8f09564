import { describe, expect, it } from "vitest";
import type { LimitRange } from "#lib/clusters/model.ts";
import { refusedByLimits, sayLimits, withDefaults } from "./limits.ts";

type Item = LimitRange["limits"][number];

function range(...items: readonly Partial<Item>[]): LimitRange {
  const none = { min: {}, max: {}, default: {}, defaultRequest: {}, maxLimitRequestRatio: {} };
  const limits = items.map((item) => ({ type: "Container", ...none, ...item }));
  return { uid: "l", namespace: "live", name: "limits", limits };
}

const container = (requests: Record<string, string>, limits: Record<string, string> = {}) => ({
  name: "main",
  requests,
  limits,
});

describe("a container that leaves something out", () => {
  const defaults = range({ default: { cpu: "1", memory: "512Mi" }, defaultRequest: { cpu: "100m", memory: "128Mi" } });

  it("gets what the LimitRange gives", () => {
    expect(withDefaults(container({}), [defaults])).toMatchObject({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "1", memory: "512Mi" },
    });
  });

  it("keeps what it names itself, and its own limit is its request before any default", () => {
    expect(withDefaults(container({ memory: "1Gi" }, { cpu: "2" }), [defaults])).toMatchObject({
      requests: { cpu: "2", memory: "1Gi" },
      limits: { cpu: "2", memory: "512Mi" },
    });
  });

  it("gets nothing where there is no LimitRange", () => {
    expect(withDefaults(container({}), [])).toMatchObject({ requests: {}, limits: {} });
  });
});

describe("a pod is refused", () => {
  const max = range({ max: { cpu: "2", memory: "4Gi" } });

  it.each([
    [container({}, { cpu: "2500m", memory: "1Gi" }), max, "container main may have 2.5 cores; the most is 2 cores"],
    [container({}, { cpu: "2" }), max, "container main has no limit; the most is 4 Gi memory"],
    [container({ cpu: "1" }), range({ max: { cpu: "2" } }), "container main has no limit; the most is 2 cores"],
    [
      container({ cpu: "50m" }),
      range({ min: { cpu: "100m" } }),
      "container main asks for 0.05 cores; the least is 0.1 cores",
    ],
    [
      container({ cpu: "100m" }, { cpu: "500m" }),
      range({ maxLimitRequestRatio: { cpu: "4" } }),
      "the cpu limit of container main is more than 4 times its request",
    ],
  ])("as the LimitRange says", (asked, limits, because) => {
    expect(refusedByLimits([asked], [limits])).toBe(because);
  });

  it("where its containers together have too much", () => {
    const both = [container({ cpu: "1500m" }, { cpu: "1500m" }), container({ cpu: "1" }, { cpu: "1" })];
    expect(refusedByLimits(both, [range({ type: "Pod", max: { cpu: "2" } })])).toBe(
      "a pod may have 2.5 cores; the most is 2 cores",
    );
  });

  it("never for what one of its containers leaves out, where the others are let in", () => {
    const both = [container({ cpu: "1" }, { cpu: "1" }), container({})];
    expect(refusedByLimits(both, [range({ type: "Pod", max: { cpu: "2" }, min: { cpu: "1" } })])).toBeUndefined();
  });

  it("never where it stands exactly at a bound, nor by the bounds of volume claims", () => {
    const limits = range(
      { max: { cpu: "2" }, min: { cpu: "2" } },
      { type: "PersistentVolumeClaim", max: { storage: "1Gi" } },
    );
    expect(refusedByLimits([container({ cpu: "2" }, { cpu: "2000m" })], [limits])).toBeUndefined();
  });
});

it("what a LimitRange gives and forbids is said in sentences", () => {
  const limits = range(
    { defaultRequest: { cpu: "100m", memory: "128Mi" }, default: { cpu: "1" }, max: { cpu: "2" } },
    { maxLimitRequestRatio: { cpu: "1", memory: "4" } },
    { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "50Gi" } },
  );
  expect(sayLimits([limits])).toEqual([
    "A container without a request gets 100m CPU and 128 Mi memory.",
    "A container without a limit is limited to 1 core.",
    "A container may have at most 2 cores.",
    "A container must be limited to exactly the cpu and at most 4 times the memory that it asks for.",
    "A volume claim must ask for at least 1 Gi storage, may have at most 50 Gi storage.",
  ]);
});
