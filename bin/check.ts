import { join } from "node:path";
import { runCommand } from "#cluster/commands.ts";
import { root } from "./processes.mjs";

type Check = { name: string; commands: readonly (readonly string[])[] };

const bin = (...path: string[]) => join(root, "node_modules", ...path);

/** Side by side; the commands of one check one after another. */
const checks: readonly Check[] = [
  {
    name: "format and lint",
    commands: [[bin("@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings", "--max-diagnostics=200"]],
  },
  {
    name: "types",
    // The types of routes are Next's to generate.
    commands: [
      [bin("next", "dist", "bin", "next"), "typegen"],
      [bin("typescript", "bin", "tsc"), "--noEmit", "--pretty", "false"],
    ],
  },
  {
    name: "architecture",
    commands: [[bin("vitest", "vitest.mjs"), "run", "lib/architecture.test.ts", "--reporter=dot"]],
  },
];

/** Prints one line for a check that passes and everything that was said for one that does not. */
async function passes({ name, commands }: Check): Promise<boolean> {
  const startedAt = performance.now();
  for (const [program = "", ...programArguments] of commands) {
    const result = await runCommand(process.execPath, [program, ...programArguments], {
      environment: {
        ...process.env,
        NEXT_TELEMETRY_DISABLED: "1",
        [process.stdout.isTTY ? "FORCE_COLOR" : "NO_COLOR"]: "1",
      },
      directory: root,
    });
    if (result.exitCode !== 0) {
      console.log(`✗ ${name} fails\n\n${result.output}${result.problems}\n`);
      return false;
    }
  }
  console.log(`✓ ${name}, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return true;
}

const outcomes = await Promise.all(checks.map(passes));
process.exitCode = outcomes.every((passed) => passed) ? 0 : 1;
