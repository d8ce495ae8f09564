import { describe, expect, test } from "vitest";
import { addCounts, countPlaywright, countVitest, noTests, withRunner } from "./test-results.ts";

const assertions = (...states: string[]) => states.map((status) => ({ status }));

describe("counting of results", () => {
  test("adds the tests of all of vitest's files", () => {
    const report = {
      testResults: [
        { status: "passed", assertionResults: assertions("passed", "passed") },
        { status: "failed", assertionResults: assertions("passed", "failed", "skipped") },
      ],
    };
    expect(countVitest(report)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  test("counts a file that could not be loaded or set up as one failure", () => {
    const report = {
      testResults: [
        { status: "failed", assertionResults: [] },
        { status: "failed", assertionResults: assertions("skipped", "skipped") },
      ],
    };
    expect(countVitest(report)).toEqual({ passed: 0, failed: 2, skipped: 2 });
  });

  test("takes a browser test that passed at another try, and an error outside of tests, for failures", () => {
    const report = { stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 2 }, errors: [{ message: "set-up" }] };
    expect(countPlaywright(report)).toEqual({ passed: 5, failed: 3, skipped: 2 });
  });

  test("lets no runner that dies look like success", () => {
    const allPassed = { passed: 7, failed: 0, skipped: 0 };
    expect(withRunner(allPassed, 1)).toEqual({ passed: 7, failed: 1, skipped: 0 });
    expect(withRunner(allPassed, 0)).toEqual(allPassed);
    expect(withRunner({ ...allPassed, failed: 2 }, 1)).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  test("adds up", () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(addCounts(one, one)).toEqual({ passed: 2, failed: 4, skipped: 6 });
    expect(addCounts(noTests, one)).toEqual(one);
  });
});
