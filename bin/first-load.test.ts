import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { firstLoads, tooHeavy } from "./first-load.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "first-load-"));
  await mkdir(join(root, ".next", "diagnostics"), { recursive: true });
  await mkdir(join(root, ".next", "static"));
  // What is random stays as long as it is, whoever compresses it.
  await writeFile(join(root, ".next", "static", "all.js"), randomBytes(100_000));
  await writeFile(join(root, ".next", "static", "pods.js"), randomBytes(71_000));
  const all = ".next/static/all.js";
  await writeFile(
    join(root, ".next", "diagnostics", "route-bundle-stats.json"),
    JSON.stringify([
      { route: "/", firstLoadChunkPaths: [all] },
      { route: "/pods", firstLoadChunkPaths: [all, ".next/static/pods.js"] },
    ]),
  );
});
afterAll(() => rm(root, { recursive: true }));

it("a page's first load is all of its chunks, compressed, and the heaviest page comes first", async () => {
  const loads = await firstLoads(root);
  expect(loads.map(({ route }) => route)).toEqual(["/pods", "/"]);
  expect(loads[0]?.bytes).toBeGreaterThan(171_000);
  expect(loads[1]?.bytes).toBeGreaterThan(100_000);
  expect(loads[1]?.bytes).toBeLessThan(101_000);
});

it("a page above 170 kB is named with its weight, and one at it is not", () => {
  expect(tooHeavy([{ route: "/", bytes: 170_000 }])).toBeUndefined();
  expect(
    tooHeavy([
      { route: "/pods", bytes: 181_234 },
      { route: "/", bytes: 1 },
    ]),
  ).toMatch(/may load 170\.0 kB .*: \/pods loads 181\.2 kB\./);
});
