import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PACK_FOOT, PACK_HEAD, packLine } from "#lib/audit/pack-page.ts";
import type { PackHeading } from "#lib/audit/schema.ts";
import { root } from "./processes.mjs";

const heading: PackHeading = {
  kind: "pack",
  version: 1,
  exportedAt: "2026-11-21T09:00:00.000Z",
  exportedBy: "auditor",
  scope: { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
  publicKey: null,
  recordEnd: null,
};
const empty = `${PACK_HEAD}${packLine(heading)}${PACK_FOOT}`;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gatehouse-audit-"));
});
afterAll(() => rm(scratch, { recursive: true }));

/** As an examiner runs it: in another folder, with no gatehouse.yaml and no database. */
function run(...commandArguments: string[]): { exitCode: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bin", "gatehouse.mjs"), "audit", ...commandArguments],
    { cwd: scratch, env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production" }, encoding: "utf8" },
  );
  return { exitCode: status, said: stdout + stderr };
}

async function fileOf(text: string): Promise<string> {
  const path = join(scratch, "pack.html");
  await writeFile(path, text);
  return path;
}

test("verify of a whole pack ends with 0 and says what it does not prove", async () => {
  const { exitCode, said } = run("verify", await fileOf(empty));
  expect(said).toContain("no checkpoints: a cut tail");
  expect(exitCode).toBe(0);
});

test("verify of a pack whose page was changed ends with 1 and says so", async () => {
  const { exitCode, said } = run(
    "verify",
    await fileOf(empty.replace("<h1>", "<h2>").replace("--bg:#f5f6f8", "--bg:#000")),
  );
  expect(said).toContain("is not the one that this version writes");
  expect(exitCode).toBe(1);
});

test.each([
  ["another file", "<!doctype html>\n<p>hello\n"],
  ["an empty one", ""],
])("verify of %s ends with 2", async (_what, text) => {
  const { exitCode, said } = run("verify", await fileOf(text));
  expect(said).toContain("not readable");
  expect(exitCode).toBe(2);
});

test("verify of a file that is not there ends with 2, as does a key that is none", async () => {
  expect(run("verify", join(scratch, "nothing.html")).exitCode).toBe(2);
  const pack = await fileOf(empty);
  expect(run("verify", pack, "--key", pack)).toMatchObject({
    exitCode: 2,
    said: expect.stringContaining("is not an Ed25519 public key"),
  });
});

test.each([
  ["without a file", ["verify"]],
  ["with an option that is not there", ["verify", "x", "--kex", "y"]],
  ["without what to export", ["export", "--out", "x"]],
  ["with a time that is none", ["export", "--from", "yesterday", "--out", "x"]],
])("a call %s ends with 2 and how it is used", (_what, commandArguments) => {
  const { exitCode, said } = run(...commandArguments);
  expect(said).toMatch(/usage: npx gatehouse audit|expected a time/);
  expect(exitCode).toBe(2);
});
