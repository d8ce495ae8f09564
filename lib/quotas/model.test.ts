import { describe, expect, it } from "vitest";
import { formatQuantity, headroomFor, headroomQuantity, type QuotaRow, quantityToNumber } from "./model.ts";

describe("a Kubernetes quantity is read", () => {
  it.each([
    ["0", 0],
    ["16", 16],
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["+3", 3],
    ["-1", -1],
    ["100m", 0.1],
    ["-250m", -0.25],
    ["5u", 5e-6],
    ["7n", 7e-9],
    ["2k", 2000],
    ["3M", 3e6],
    ["1G", 1e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["1E", 1e18],
    ["1Ki", 1024],
    ["64Mi", 64 * 2 ** 20],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["2Ti", 2 * 2 ** 40],
    ["1Pi", 2 ** 50],
    ["1Ei", 2 ** 60],
    ["12e6", 12e6],
    ["1E3", 1000],
    ["5e-1", 0.5],
  ])("%s as %d", (quantity, number) => {
    expect(quantityToNumber(quantity)).toBeCloseTo(number, 12);
  });

  it.each(["", "m", "ten", "1 Gi", "1gi", "1KI", "0x10", "1e", "1e2Mi", "NaN", "Infinity", "1,5", "--1"])(
    "never out of what is none: %j",
    (text) => {
      expect(quantityToNumber(text)).toBeUndefined();
    },
  );
});

function row(changes: Partial<QuotaRow>): QuotaRow {
  return {
    id: "q/cpu",
    environment: "gravv/live",
    cluster: "gravv",
    namespace: "gravv-live",
    quota: "live",
    resource: "requests.cpu",
    hard: "16",
    requested: "15",
    ...changes,
  };
}

describe("what a quota leaves free", () => {
  it.each([
    ["requests.cpu", "16", "15500m", "500m"],
    ["requests.cpu", "16", "14", "2"],
    ["requests.memory", "32Gi", "30720Mi", "2048Mi"],
    ["pods", "60", "58", "2"],
    ["requests.cpu", "16", "16", "0"],
  ])("of %s: %s less %s is %s", (resource, hard, requested, headroom) => {
    expect(headroomQuantity(row({ resource, hard, requested }))).toBe(headroom);
  });

  it("is negative when more is used than allowed, as after a quota was lowered", () => {
    expect(headroomQuantity(row({ hard: "4", requested: "4500m" }))).toBe("-500m");
    expect(headroomQuantity(row({ resource: "pods", hard: "3", requested: "5" }))).toBe("-2");
  });

  it("is unknown, not all of it, while nothing has been counted", () => {
    expect(headroomQuantity(row({ requested: null }))).toBeUndefined();
    expect(headroomQuantity(row({ requested: "much" }))).toBeUndefined();
    expect(headroomQuantity(row({ hard: "much" }))).toBeUndefined();
  });
});

describe("whether a demand fits", () => {
  const demand = { pods: 2, cpuCores: 0.5, memoryBytes: 2 ** 29 };

  it("is told for each resource that pods count against", () => {
    const rows = [
      row({}),
      row({ resource: "cpu", hard: "15400m" }),
      row({ resource: "pods", hard: "10", requested: "8" }),
      row({ resource: "requests.memory", hard: "1Gi", requested: "600Mi" }),
      row({ resource: "count/secrets", hard: "5", requested: "5" }),
      row({ resource: "limits.cpu", hard: "1", requested: "1" }),
    ];
    expect(headroomFor(rows, demand).map(({ resource, needed, fits }) => [resource, needed, fits])).toEqual([
      ["requests.cpu", 0.5, true],
      ["cpu", 0.5, false],
      ["pods", 2, true],
      ["requests.memory", 2 ** 29, false],
    ]);
  });

  it("is unknown, not yes, while nothing has been counted", () => {
    expect(headroomFor([row({ requested: null })], demand)).toMatchObject([{ requested: undefined, fits: undefined }]);
  });

  it("is yes when it fits exactly, also where binary fractions do not", () => {
    expect(headroomFor([row({ hard: "300m", requested: "100m" })], { ...demand, cpuCores: 0.2 })[0]?.fits).toBe(true);
    expect(headroomFor([row({ hard: "300m", requested: "101m" })], { ...demand, cpuCores: 0.2 })[0]?.fits).toBe(false);
  });

  it("is no where a quota is over-used already", () => {
    expect(headroomFor([row({ hard: "4", requested: "5" })], demand)[0]?.fits).toBe(false);
  });
});

it("amounts are written as people of the field write them", () => {
  expect(formatQuantity("limits.cpu", 2)).toBe("2");
  expect(formatQuantity("cpu", 0.1 + 0.2)).toBe("300m");
  expect(formatQuantity("requests.storage", 2 ** 30)).toBe("1024Mi");
  expect(formatQuantity("pods", 7)).toBe("7");
});
