import { describe, expect, it } from "vitest";
import {
  besidePods,
  byLeastLeft,
  formatQuantity,
  fullest,
  headroomFor,
  headroomQuantity,
  type MeasurablePod,
  measuredOf,
  type QuotaRow,
  quantityToNumber,
  quotaState,
  sayAmount,
  usageOf,
} from "./model.ts";

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
    measured: null,
    unmeasured: "unasked",
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

describe("of several quotas the one is shown", () => {
  const cpu = (requested: string | null, hard: string): QuotaRow => ({
    id: `${requested}/${hard}`,
    environment: "e/e",
    cluster: "c",
    namespace: "n",
    quota: "q",
    resource: "requests.cpu",
    hard,
    requested,
    measured: null,
    unmeasured: "unasked",
  });

  it("that refuses first", () => {
    expect(fullest([cpu("3300m", "9600m"), cpu("16750m", "28"), cpu("0", "4")])?.hard).toBe("28");
    expect(fullest([cpu("9", "10"), cpu("0", "0")])?.hard).toBe("0");
    expect(fullest([])).toBeUndefined();
  });

  it("that nobody has counted yet, before any that is known", () => {
    expect(fullest([cpu("9", "10"), cpu(null, "4")])?.hard).toBe("4");
  });
});

describe("what a quota's pods use", () => {
  const pods = [
    { namespace: "live", name: "a", cpuCores: 0.25, memoryBytes: 2 ** 29 },
    { namespace: "live", name: "b", cpuCores: 1, memoryBytes: 2 ** 30 },
    { namespace: "sandbox", name: "a", cpuCores: 7, memoryBytes: 2 ** 33 },
  ];
  const usage = usageOf({ pods, unreadable: [] });

  it.each([
    ["requests.cpu", "1250m"],
    ["limits.cpu", "1250m"],
    ["memory", "1536Mi"],
  ])("of %s is the sum of its namespace's pods", (resource, measured) => {
    expect(measuredOf(usage, "live", resource)).toEqual({ measured, unmeasured: null });
  });

  it("is 0 where it was measured and there is none, and is not known for what nobody measures", () => {
    expect(measuredOf(usage, "empty", "cpu")).toEqual({ measured: "0", unmeasured: null });
    expect(measuredOf(usage, "live", "pods")).toEqual({ measured: null, unmeasured: "other" });
  });

  it("is not known where the metrics API leaves out a pod that has run for a while, and says how many of how many", () => {
    const NOW = 1_000_000_000;
    const pod = (name: string, changes: Partial<MeasurablePod> = {}): MeasurablePod => ({
      namespace: "live",
      name,
      phase: "Running",
      isReady: true,
      isDeleting: false,
      createdAt: NOW - 600_000,
      ...changes,
    });
    const measured = [pod("a"), pod("b"), pod("a", { namespace: "sandbox" })];
    const among = (...more: readonly MeasurablePod[]) => besidePods(usage, [...measured, ...more], NOW);
    const live = (...more: readonly MeasurablePod[]) => measuredOf(among(...more), "live", "cpu");
    const whole = { measured: "1250m", unmeasured: null };
    expect(live()).toEqual(whole);
    expect(live(pod("c"))).toEqual({ measured: null, unmeasured: "partial", leftOut: { missing: 1, running: 3 } });
    expect(measuredOf(among(pod("c")), "sandbox", "cpu")).toEqual({ measured: "7", unmeasured: null });
    expect(measuredOf(among(pod("c", { namespace: "empty" })), "empty", "cpu").measured).toBeNull();
    for (const rightly of [
      { createdAt: NOW - 60_000 },
      { phase: "Pending", isReady: false },
      { phase: "Succeeded", isReady: false },
      { isReady: false },
      { isDeleting: true },
    ]) {
      expect(live(pod("c", rightly)), JSON.stringify(rightly)).toEqual(whole);
    }
  });

  it.each(["unasked", "absent", "denied", "unreachable"] as const)("is never 0 where it is %s", (state) => {
    expect(measuredOf({ state }, "live", "cpu")).toEqual({ measured: null, unmeasured: state });
  });
});

describe("how a quota resource stands", () => {
  it.each([
    ["16", "12", "room"],
    ["10", "8", "tight"],
    ["100", "94", "tight"],
    ["100", "95", "full"],
    ["300m", "285m", "full"],
    ["4", "5", "full"],
    ["0", "0", "room"],
    ["0", "1", "full"],
    ["10", null, "unknown"],
  ])("of %s with %s requested is %s", (hard, requested, state) => {
    expect(quotaState(row({ hard, requested }))).toBe(state);
  });

  it("the least left comes first, and what is not known never after what has room", () => {
    const rows = [
      row({ id: "half", requested: "8" }),
      row({ id: "unknown", requested: null }),
      row({ id: "over", requested: "17" }),
      row({ id: "tight", requested: "14" }),
    ];
    expect(rows.toSorted(byLeastLeft).map(({ id }) => id)).toEqual(["over", "tight", "unknown", "half"]);
  });
});

it.each([
  ["requests.cpu", 1.2, "1.2 cores"],
  ["limits.cpu", 1, "1 core"],
  ["requests.memory", 4 * 2 ** 30, "4 Gi memory"],
  ["requests.storage", 2 ** 30, "1 Gi storage"],
  ["pods", 1, "1 pod"],
  ["count/secrets", 3, "3 secrets"],
])("an amount of %s stands in a sentence with its unit", (resource, amount, words) => {
  expect(sayAmount(resource, amount)).toBe(words);
});
