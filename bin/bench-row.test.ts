import { describe, expect, test } from "vitest";
import { type BenchRow, benchOf, tableOf, toResult } from "./bench-row.ts";

const latency: BenchRow = {
  name: "change to pixel, p99",
  figure: 84.219,
  unit: "ms",
  peer: { name: "bare watch", figure: 9.1 },
  goal: "at most 1000",
  holds: true,
};
const start: BenchRow = { name: "second start", figure: 21.4, unit: "s", peer: null, goal: "at most 20", holds: false };

describe("the rows of a benchmark", () => {
  test("are kept with the ratio to the peer, or none", () => {
    expect(toResult(latency)).toMatchObject({ name: "change to pixel, p99", figure: 84.219, ratio: 9.25 });
    expect(toResult(start)).toMatchObject({ peer: null, ratio: null });
  });

  test("are shown as a table that says which goals do not hold", () => {
    expect(tableOf([latency, start]).split("\n")).toEqual([
      "                       figure               peer  ratio  goal",
      "change to pixel, p99  84.2 ms  bare watch 9.1 ms  ×9.25  at most 1000  holds",
      "second start           21.4 s                            at most 20    DOES NOT HOLD",
    ]);
  });

  test("come from the modules that can be run by name, not from those that others are made of", () => {
    expect(benchOf({ bench: async () => [] })).toBeTypeOf("function");
    expect(benchOf({ measureLatencies: () => undefined })).toBeUndefined();
  });
});
