import { describe, expect, it } from "vitest";
import { monthlyCost, sharesBy, toMoney } from "./costs.ts";

const GIB = 2 ** 30;
const PRICES = { currency: "USD", cpuCoreHour: "0.0316", memoryGiBHour: "0.0042", storageGiBMonth: undefined };
const demand = (cpuCores: number, gib = 0) => ({ pods: 1, cpuCores, memoryBytes: gib * GIB });
const month = (cpuCores: number, gib = 0, prices = PRICES) =>
  toMoney(monthlyCost(demand(cpuCores, gib), prices), prices.currency);

describe("money", () => {
  it.each([
    [1, 0, "23.07"], // 730 × 0.0316 = 23.068
    [0, 1, "3.07"], // 730 × 0.0042 = 3.066
    [28, 115, "998.49"], // 645.904 + 352.59
    [0, 0, "0.00"],
    [0.001, 0, "0.02"],
  ])("of %d cores and %d Gi a month is %s", (cores, gib, value) => {
    expect(month(cores, gib)).toEqual({ value, currency: "USD" });
  });

  it("is exact where binary fractions are not: ten tenths of a core cost what one core costs", () => {
    const tenths = Array.from({ length: 10 }, () => monthlyCost(demand(0.1), PRICES));
    expect(tenths.reduce((sum, one) => sum + one, 0n)).toBe(monthlyCost(demand(1), PRICES));
  });

  it("has the decimals of its currency", () => {
    expect(month(1, 0, { ...PRICES, currency: "JPY", cpuCoreHour: "4.7" })).toEqual({ value: "3431", currency: "JPY" });
    expect(month(1, 0, { ...PRICES, currency: "KWD" })).toEqual({ value: "23.068", currency: "KWD" });
  });

  it("keeps a price of nine decimals, and amounts beyond what a double holds", () => {
    expect(month(1000, 0, { ...PRICES, cpuCoreHour: "0.000000001" }).value).toBe("0.00");
    expect(month(1_000_000, 0, { ...PRICES, cpuCoreHour: "123456789.123456789" }).value).toBe("90123456060123455.97");
  });
});

describe("what carries a label's value", () => {
  const owned = [
    { labels: { team: "ledger" }, demand: demand(1, 2) },
    { labels: { team: "cards" }, demand: demand(3, 1) },
    { labels: { team: "ledger" }, demand: demand(0.5, 1) },
    { labels: {}, demand: demand(9, 9) },
  ];

  it("is summed, most CPU first, and what carries none is a row of its own at the end", () => {
    expect(sharesBy("team", owned, PRICES).map(({ name, requested }) => [name, requested.cpuCores])).toEqual([
      ["cards", 3],
      ["ledger", 1.5],
      [null, 9],
    ]);
  });

  it("has a price only where the platform has one", () => {
    expect(sharesBy("team", owned, PRICES)[1]?.cost).toEqual({ value: "43.80", currency: "USD" });
    expect(sharesBy("team", owned, undefined)[1]?.cost).toBeNull();
  });
});
