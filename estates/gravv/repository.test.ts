import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesOfCommit, git } from "./git.ts";
import { commitToBranch, createRepository } from "./repository.ts";

const now = new Date("2026-03-02T12:00:00Z");
const amara = { name: "amara", email: "amara@gravv.example" };
let scratch = "";
let directory = "";

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gravv-repository-"));
  directory = join(scratch, "gravv.git");
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

async function printed(...args: string[]): Promise<string> {
  return (await git(directory, args)).toString("utf8").trim();
}

async function logged(format: string, range: string): Promise<string[]> {
  return (await printed("log", `--format=${format}`, range)).split("\n");
}

test("the same now gives the same commits, another now moves all dates with it", async () => {
  const first = await createRepository({ directory, now });
  const again = await createRepository({ directory: join(scratch, "again.git"), now });
  const later = await createRepository({
    directory: join(scratch, "later.git"),
    now: new Date("2026-03-02T13:00:00Z"),
  });

  expect(again.heads).toEqual(first.heads);
  expect(later.heads.dev).not.toBe(first.heads.dev);
  const [youngest] = await logged("%cI", "dev");
  expect(now.getTime() - new Date(youngest ?? "").getTime()).toBeLessThan(24 * 3_600_000);
});

test("commits are in the order of their dates, on both branches", async () => {
  await createRepository({ directory, now });

  const dates = await logged("%ct", "dev");
  expect(dates.map(Number)).toEqual(dates.map(Number).sort((a, b) => b - a));
});

test("dev is ahead of main by five commits of four people and merges cleanly", async () => {
  const { heads } = await createRepository({ directory, now });

  expect(await logged("%an: %s", "main..dev")).toEqual([
    "amara: deposits: write down what to do with a stuck deposit",
    "ledger-team: ledger 1.21.0: keep the provider's settlement reference",
    "tomasz: gateway 5.3.0: allow bursts, and 900 requests a minute per tenant",
    "developer: onramp: retry a provider five times",
    "amara: onramp 2.15.1: refuse a quote that ran out",
  ]);
  expect(await printed("rev-list", "--count", "main")).toBe("6");
  expect(await printed("rev-list", "--count", "dev..main")).toBe("0");
  const merged = await printed("merge-tree", "--write-tree", "main", "dev");
  expect(merged).toBe(await printed("rev-parse", `${heads.dev}^{tree}`));
});

test("a promotion of dev brings three images, one migration and one page of documentation", async () => {
  await createRepository({ directory, now });

  expect((await printed("diff", "--name-status", "main", "dev")).split("\n")).toEqual([
    "A\tservices/deposits/runbook.md",
    "M\tservices/gateway/deployment.yaml",
    "M\tservices/ledger/deployment.yaml",
    "A\tservices/ledger/migrations/0042_settlement_reference.sql",
    "M\tservices/onramp/deployment.yaml",
  ]);
});

test("a co-author is named by a trailer that git understands", async () => {
  await createRepository({ directory, now });

  const trailers = await logged("%(trailers:key=Co-authored-by,valueonly)", "main..dev");
  expect(trailers.filter((trailer) => trailer !== "")).toEqual(["tomasz <tomasz@gravv.example>"]);
});

test("those who approve have written nothing", async () => {
  await createRepository({ directory, now });

  const people = new Set(await logged("%ae%n%ce", "--all"));
  expect([...people].sort()).toEqual(
    ["amara", "developer", "ledger-team", "tomasz"].map((name) => `${name}@gravv.example`),
  );
});

test("a file that a folder deletes is gone from both branches", async () => {
  const { heads } = await createRepository({ directory, now });

  for (const revision of [heads.main, heads.dev]) {
    const files = await filesOfCommit(directory, revision, ["environments"]);
    expect(files.map(({ path }) => path)).not.toContain("environments/live/feature-flags.yaml");
    expect(files.map(({ path }) => path)).toContain("environments/live/settings.yaml");
  }
});

test("a repository that is there already is left as it is", async () => {
  await createRepository({ directory, now });
  const message = "live: a note\n";
  const moved = await commitToBranch({
    repository: directory,
    branch: "main",
    files: { NOTE: "x" },
    author: amara,
    message,
    now,
  });

  const found = await createRepository({ directory, now: new Date("2027-01-01T00:00:00Z") });

  expect(found.heads.main).toBe(moved);
});

test("a directory that is something else is refused and left alone", async () => {
  await mkdir(directory);

  await expect(createRepository({ directory, now })).rejects.toThrow("is not gravv's repository; nothing was changed");
  expect(await readdir(scratch)).toEqual(["gravv.git"]);
});

test("nothing unfinished is left beside the repository", async () => {
  await createRepository({ directory, now });

  expect(await readdir(scratch)).toEqual(["gravv.git"]);
});

test("a commit to a branch changes what it names and nothing else", async () => {
  const { heads } = await createRepository({ directory, now });

  const revision = await commitToBranch({
    repository: directory,
    branch: "dev",
    files: { 'services/sweeps/notes on "fees".md': "überall\n" },
    deletes: ["services/deposits/runbook.md"],
    author: amara,
    message: "sweeps: notes",
    now,
  });

  expect(await printed("diff", "-z", "--name-status", heads.dev, revision)).toBe(
    'D\0services/deposits/runbook.md\0A\0services/sweeps/notes on "fees".md\0',
  );
  expect(await printed("show", `${revision}:services/sweeps/notes on "fees".md`)).toBe("überall");
  expect(await printed("log", "-1", "--format=%P %an %s %cI", revision)).toBe(
    `${heads.dev} amara sweeps: notes 2026-03-02T12:00:00+00:00`,
  );
  expect(await printed("rev-parse", "main", "dev")).toBe(`${heads.main}\n${revision}`);
  expect(await printed("fsck", "--strict")).toBe("");
});

test("a commit to a branch that does not exist is refused", async () => {
  await createRepository({ directory, now });

  const commit = commitToBranch({ repository: directory, branch: "hotfix", author: amara, message: "x", now });

  await expect(commit).rejects.toThrow("has no branch hotfix");
});
