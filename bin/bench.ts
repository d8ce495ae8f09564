import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchRow, benchOf, tableOf, toResult } from "./bench-row.ts";
import { root } from "./processes.mjs";

const folder = join(root, "bench");
const results = join(folder, "results");

async function runnable(): Promise<Map<string, NonNullable<ReturnType<typeof benchOf>>>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const found = await Promise.all(
    files
      .sort()
      .map(async (file) => [file.slice(0, -".ts".length), benchOf(await import(join(folder, file)))] as const),
  );
  return new Map(found.flatMap(([name, bench]) => (bench === undefined ? [] : [[name, bench]])));
}

async function main(wanted: readonly string[]): Promise<number> {
  const benches = await runnable();
  const unknown = wanted.filter((name) => !benches.has(name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${[...benches.keys()].join(", ")}`);
    return 2;
  }
  await mkdir(results, { recursive: true });
  const all: BenchRow[] = [];
  // One after another: side by side they would measure each other.
  for (const [name, bench] of benches) {
    if (wanted.length === 0 || wanted.includes(name)) {
      console.log(`${name} …`);
      const rows = await bench();
      await writeFile(join(results, `${name}.json`), `${JSON.stringify(rows.map(toResult), null, 2)}\n`);
      all.push(...rows);
    }
  }
  console.log(`\n${tableOf(all)}`);
  return all.every(({ holds }) => holds) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
