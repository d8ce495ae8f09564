import { spawn } from "node:child_process";
import { glob, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { obtainPrograms, obtainTestProgram } from "#cluster/programs.ts";
import { testProgramNames } from "#cluster/releases.ts";
import { obtainBrowser } from "#e2e/browser.ts";
import { buildConsole } from "./console-build.ts";
import { endSignal } from "./launch.mjs";
import { exitCodeOf, root } from "./processes.mjs";
import { programsReport } from "./programs-report.ts";
import { createSteps, type PlannedStep, type StepReport } from "./start-steps.mjs";
import { addCounts, type Counts, countPlaywright, countVitest, noTests, withRunner } from "./test-results.ts";

const plan: readonly PlannedStep[] = [
  { id: "programs", name: "Cluster programs", detail: "etcd, Kubernetes and kwok" },
  { id: "test-programs", name: "Programs for tests", detail: testProgramNames.join(" and ") },
  { id: "vitest", name: "Tests of the parts", detail: "vitest", writesItself: true },
  { id: "build", name: "Console build", detail: "next build", usualSeconds: 25 },
  { id: "browser", name: "Browser", detail: "looking for a Chromium" },
  { id: "playwright", name: "Tests in the browser", detail: "playwright", writesItself: true },
];

const reports = join(root, ".gatehouse", "test");
const ending = endSignal();
const steps = createSteps(plan, { now: Date.now, say: (line) => console.log(line) });

type Runner = {
  id: "vitest" | "playwright";
  program: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  report: string;
  count: (report: unknown) => Counts;
};

const vitest = (filters: readonly string[]): Runner => ({
  id: "vitest",
  program: join(root, "node_modules", "vitest", "vitest.mjs"),
  arguments: [
    ...["run", ...filters],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${join(reports, "vitest.json")}`],
  ],
  // It colours its words even where they go to a file.
  environment: process.stdout.isTTY ? {} : { NO_COLOR: "1" },
  report: join(reports, "vitest.json"),
  count: countVitest,
});

const playwright = (filters: readonly string[]): Runner => ({
  id: "playwright",
  program: join(root, "node_modules", "@playwright", "test", "cli.js"),
  arguments: ["test", "--reporter=dot,json", ...filters],
  environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: join(reports, "playwright.json") },
  report: join(reports, "playwright.json"),
  count: countPlaywright,
});

async function filesOf(pattern: string, filters: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) {
    files.push(file);
  }
  return files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
}

/** Runs a runner in this terminal and counts what its report says. One that leaves no report has failed. */
async function run(runner: Runner): Promise<Counts> {
  await rm(runner.report, { force: true });
  const child = spawn(process.execPath, [runner.program, ...runner.arguments], {
    cwd: root,
    env: {
      ...process.env,
      ...runner.environment,
      NODE_ENV: "test",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  ending.addEventListener("abort", () => child.kill("SIGINT"));
  const exitCode = await exitCodeOf(child);
  ending.throwIfAborted();
  const report = await readFile(runner.report, "utf8").catch(() => undefined);
  if (report === undefined) {
    console.log(`${runner.id} ended with exit code ${exitCode} and without a report; that counts as a failure.`);
    return { ...noTests, failed: 1 };
  }
  return withRunner(runner.count(JSON.parse(report)), exitCode);
}

/** What cannot be had is said; the tests that need it fail and say what to do. */
async function obtainTestPrograms(report: (progress: StepReport) => void): Promise<void> {
  for (const name of testProgramNames) {
    const onProgress = (state: string, packages: { done: number; total: number } | null = null) =>
      report({
        detail: `${name}: ${state}${packages === null ? "" : ` ${packages.done} of ${packages.total} packages`}`,
      });
    try {
      await obtainTestProgram(name, { environment: process.env, signal: ending, onProgress });
    } catch (failure) {
      ending.throwIfAborted();
      console.log(failure instanceof Error ? failure.message : failure);
    }
  }
}

/** Tells each runner's counts when it has ended, so that they are not lost when the next one cannot begin. */
async function testAll(filters: readonly string[], onCounts: (counts: Counts) => void): Promise<void> {
  const units = await filesOf("{lib,components,cluster,estates,bin,app}/**/*.test.{ts,tsx}", filters);
  const specs = await filesOf("e2e/**/*.spec.ts", filters);
  // Tests of single parts obtain for themselves what little they need.
  if (filters.length === 0 || specs.length > 0) {
    await steps.run("programs", (report) =>
      obtainPrograms({
        environment: process.env,
        signal: ending,
        onProgress: (progress) => report(programsReport(progress)),
      }),
    );
  }
  if (filters.length === 0) {
    await steps.run("test-programs", obtainTestPrograms);
  }
  if (units.length > 0) {
    onCounts(await steps.run("vitest", () => run(vitest(filters))));
  }
  if (specs.length > 0) {
    await steps.run("build", (report) => buildConsole({ signal: ending, onLine: (detail) => report({ detail }) }));
    await steps.run("browser", (report) => obtainBrowser((detail) => report({ detail })));
    onCounts(await steps.run("playwright", () => run(playwright(specs))));
  }
}

function sayTimes(): void {
  console.log("");
  for (const { name, state, elapsedSeconds } of steps.state().steps.filter(({ state }) => state !== "waiting")) {
    console.log(`${name.padEnd(22)}${elapsedSeconds.toFixed(1).padStart(7)} s${state === "failed" ? "  failed" : ""}`);
  }
}

/** Everything that goes wrong outside of tests is a failure of the run, and its last line says so. */
async function main(filters: readonly string[]): Promise<void> {
  let counts = noTests;
  try {
    await mkdir(reports, { recursive: true });
    await testAll(filters, (more) => {
      counts = addCounts(counts, more);
    });
    if (counts.passed + counts.failed === 0) {
      console.log(`No test was run${filters.length === 0 ? "" : `: no test file matches ${filters.join(" ")}`}.`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    console.log(`\n${ending.aborted ? "The tests were stopped before their end." : reason}`);
    counts = addCounts(counts, { ...noTests, failed: 1 });
  }
  sayTimes();
  if (counts.skipped > 0) {
    console.log(`${counts.skipped} not run`);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

await main(process.argv.slice(2));
