import { z } from "zod";

/** How many tests of a runner passed and failed. `skipped` were there and not run. */
export type Counts = Readonly<{ passed: number; failed: number; skipped: number }>;

export const noTests: Counts = { passed: 0, failed: 0, skipped: 0 };

const vitestReport = z.object({
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

/** Reads vitest's JSON report. A file that could not even run its tests counts as one failed. */
export function countVitest(report: unknown): Counts {
  const files = vitestReport.parse(report).testResults;
  return files
    .map(({ status, assertionResults }) => {
      const countOf = (...wanted: string[]) => assertionResults.filter((test) => wanted.includes(test.status)).length;
      const failed = countOf("failed");
      return {
        passed: countOf("passed"),
        failed: status === "failed" && failed === 0 ? 1 : failed,
        skipped: countOf("pending", "skipped", "todo", "disabled"),
      };
    })
    .reduce(addCounts, noTests);
}

/** Reads Playwright's JSON report. A test that passed only at another try has failed, and so has an error outside of tests. */
export function countPlaywright(report: unknown): Counts {
  const { stats, errors } = playwrightReport.parse(report);
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/** A runner that ends badly without a failed test has failed itself; that must not look like success. */
export function withRunner(counts: Counts, exitCode: number): Counts {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}
