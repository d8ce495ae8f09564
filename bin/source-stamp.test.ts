import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stampOfSources } from "./source-stamp.ts";

let root: string;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gatehouse-stamp-"));
  await write("app/page.tsx", "page");
  await write("app/api/route.ts", "route");
  await write("next.config.js", "config");
});

afterEach(() => rm(root, { recursive: true, force: true }));

const sources = ["app", "public", "next.config.js"];

describe("the stamp of what the console is built from", () => {
  test("stays when nothing but times and tests change", async () => {
    const before = await stampOfSources(root, sources);
    await utimes(join(root, "app/page.tsx"), new Date(), new Date(Date.now() + 60_000));
    await write("app/page.test.tsx", "a test");
    await write("README.md", "elsewhere");
    expect(await stampOfSources(root, sources)).toBe(before);
  });

  test.each([
    ["a file's content", () => write("app/page.tsx", "page 2")],
    ["a single file that is named", () => write("next.config.js", "config 2")],
    ["a new file", () => write("app/deep/new.ts", "new")],
    ["a file that is gone", () => rm(join(root, "app/api/route.ts"))],
    ["a folder that was not there", () => write("public/logo.svg", "logo")],
  ])("changes with %s", async (_what, change) => {
    const before = await stampOfSources(root, sources);
    await change();
    expect(await stampOfSources(root, sources)).not.toBe(before);
  });

  test("tells a moved file from one that stayed", async () => {
    const before = await stampOfSources(root, sources);
    await rm(join(root, "app/api/route.ts"));
    await write("app/other/route.ts", "route");
    expect(await stampOfSources(root, sources)).not.toBe(before);
  });
});
