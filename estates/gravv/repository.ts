import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { branchHeads, git } from "./git.ts";
import { type HistoricCommit, readHistory } from "./history.ts";

/** gravv's bare Git repository and the commits its two branches stand at. */
export type Repository = { directory: string; heads: { main: string; dev: string } };

/** A person as Git names one. */
export type Author = { name: string; email: string };

type Commit = {
  branch: string;
  from: string | null;
  author: Author;
  message: string;
  at: Date;
  files: Iterable<readonly [path: string, text: string]>;
  deletes: readonly string[];
};

type Change = {
  repository: string;
  branch: string;
  files?: Readonly<Record<string, string>>;
  deletes?: readonly string[];
  author: Author;
  message: string;
  now: Date;
};

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** One commit in the words of git-fast-import, whose quoted paths take the escapes that JSON has. */
function importCommand({ branch, from, author, message, at, files, deletes }: Commit): string {
  const signature = `${author.name} <${author.email}> ${Math.floor(at.getTime() / 1000)} +0000`;
  return [
    `commit refs/heads/${branch}\nauthor ${signature}\ncommitter ${signature}\n${data(`${message.trimEnd()}\n`)}`,
    from === null ? "" : `from ${from}\n`,
    ...deletes.map((path) => `D ${JSON.stringify(path)}\n`),
    ...Array.from(files, ([path, text]) => `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`),
  ].join("");
}

async function importCommits(repository: string, commits: readonly Commit[]): Promise<void> {
  await git(repository, ["fast-import", "--quiet", "--done"], `${commits.map(importCommand).join("\n")}\ndone\n`);
}

function dated(history: readonly HistoricCommit[], now: Date): Commit[] {
  return history.map((commit, index) => {
    const earlier = history.slice(0, index);
    // git-fast-import continues a branch by itself; only the first commit of another one says where it begins.
    const before = earlier.some(({ branch }) => branch === commit.branch) ? undefined : earlier.at(-1);
    const at = new Date(now.getTime() - commit.ageHours * 3_600_000);
    return { ...commit, at, from: before === undefined ? null : `refs/heads/${before.branch}` };
  });
}

async function head(repository: string, branch: string): Promise<string> {
  const revision = (await branchHeads(repository, [branch])).get(branch);
  if (revision === undefined) {
    throw new Error(`${repository} has no branch ${branch}; nothing was changed there.`);
  }
  return revision;
}

async function openRepository(directory: string): Promise<Repository> {
  try {
    const [main, dev] = await Promise.all([head(directory, "main"), head(directory, "dev")]);
    return { directory, heads: { main, dev } };
  } catch (error) {
    throw new Error(
      `${directory} exists but is not gravv's repository; nothing was changed. Remove it or name another directory.`,
      { cause: error },
    );
  }
}

async function buildRepository(directory: string, now: Date): Promise<void> {
  await git(directory, ["init", "--bare", "--quiet", "--template=", "--initial-branch=main", "--object-format=sha1"]);
  await git(directory, ["config", "receive.denyNonFastForwards", "true"]);
  await git(directory, ["config", "receive.denyDeletes", "true"]);
  await importCommits(directory, dated(await readHistory(), now));
}

/**
 * Builds gravv's bare repository from the folders of `history/`, with dates relative to `now`; the same `now` gives
 * the same commit ids. A repository that is there already is left as it is and returned.
 */
export async function createRepository({ directory, now }: { directory: string; now: Date }): Promise<Repository> {
  if (existsSync(directory)) {
    return openRepository(directory);
  }
  await mkdir(dirname(directory), { recursive: true });
  const unfinished = await mkdtemp(`${directory}.unfinished-`);
  try {
    await buildRepository(unfinished, now);
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return openRepository(directory);
}

/**
 * Commits on top of a branch of a bare repository, without a work tree: `files` are written whole, `deletes` removed.
 * Returns the new commit's id. Throws if the branch does not exist or has moved meanwhile.
 */
export async function commitToBranch(change: Change): Promise<string> {
  const { repository, branch, files = {}, deletes = [], author, message, now } = change;
  const from = await head(repository, branch);
  await importCommits(repository, [{ branch, from, author, message, at: now, files: Object.entries(files), deletes }]);
  return head(repository, branch);
}
