import { expect, it } from "vitest";
import { sharesSentence } from "./shares-words.ts";

const REQUESTED = { pods: 12, cpuCores: 7.5, memoryBytes: 2 ** 33 };

it("a platform says what it has asked for, and what that costs", () => {
  const labels = { team: "example/team", product: "example/product" };
  expect(
    sharesSentence({ platform: "airpay", requested: REQUESTED, cost: { value: "1998.49", currency: "USD" }, labels }),
  ).toBe("Asked for: 7.5 cores and 8 Gi memory in 12 pods, 1,998.49 USD a month.");
});

it("a platform without prices and labels says so, and no money", () => {
  expect(
    sharesSentence({
      platform: "gx",
      requested: REQUESTED,
      cost: null,
      labels: { team: undefined, product: undefined },
    }),
  ).toBe(
    "Asked for: 7.5 cores and 8 Gi memory in 12 pods. gatehouse.yaml names no team label, so it is not told by team. gatehouse.yaml names no product label, so it is not told by product.",
  );
});
