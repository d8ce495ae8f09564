import "server-only";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { childEnvironment } from "#lib/platform/env.ts";
import { GitError, gitErrorFromOutput } from "./errors.ts";
import { type MergeResult, type NewCommit, type NewFile, type RepositoryPort, TRIGGER_TRAILERS } from "./port.ts";
import { parseBranchHistory, parseCommits, parseLsRemote } from "./translate.ts";

const DEADLINE_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;
const REVISION = /^[0-9a-f]{40,64}$/;

type RunOptions = Readonly<{
  input?: string;
  environment?: Readonly<Record<string, string>>;
  /** "latin1" keeps each byte as one character, where output is cut by its length in bytes. */
  encoding?: "utf8" | "latin1";
}>;
type Run = (args: readonly string[], options?: RunOptions) => Promise<string>;

/**
 * Opens a repository through a bare copy in `directory`, which is made at the first `fetch`. `triggerTrailers` are those that
 * name who had a bot write a commit: at least one, as Git takes none for all that there are.
 */
export function openRepository(config: {
  url: string;
  directory: string;
  triggerTrailers?: readonly string[];
}): RepositoryPort {
  const logFormat = `${LOG_FORMAT}%x00${trailersFormat(config.triggerTrailers ?? TRIGGER_TRAILERS)}`;
  const run: Run = (args, options = {}) => runGit(["--git-dir", config.directory, ...args], options);
  const fetchOnce = inTurn(() => fetchInto(config, run));
  return {
    async heads(branches) {
      const refs = branches.map((branch) => `refs/heads/${branch}`);
      return parseLsRemote(await runGit(["ls-remote", "--heads", config.url, ...refs]));
    },
    fetch: fetchOnce,
    async commitsBetween(base, head) {
      return parseCommits(await run(["log", "--name-only", "-z", logFormat, `${revision(base)}..${revision(head)}`]));
    },
    filesAt: (treeish, folders) => filesAt(run, treeish, folders),
    async changedPaths(from, to) {
      const output = await run(["diff", "--name-only", "-z", "--no-renames", revision(from), revision(to)]);
      return output.split("\0").filter((path) => path !== "");
    },
    async mergeBase(one, other) {
      const result = await runGitExit(run, ["merge-base", revision(one), revision(other)]);
      return result.output.trim() === "" ? undefined : result.output.trim();
    },
    async firstParents(head, limit) {
      return parseBranchHistory(
        await run(["log", "-z", "--first-parent", `--max-count=${limit}`, BRANCH_FORMAT, revision(head)]),
      );
    },
    merge: (trees) => mergeTrees(run, trees),
    isAncestor: (ancestor, descendant) => isAncestor(run, ancestor, descendant),
    async findByTrailer(branch, trailer, value) {
      const line = `^${trailer}: ${value.replaceAll(/[^A-Za-z0-9_-]/g, "")}$`;
      const output = await run([
        "log",
        "-1",
        "--first-parent",
        "--format=%H",
        "--extended-regexp",
        `--grep=${line}`,
        `refs/heads/${branch}`,
      ]);
      return output.trim() === "" ? undefined : output.trim();
    },
    commit: (commit) => commitTree(run, commit),
    async commitFile(file) {
      await openCopy(config, run);
      return commitFile(run, file);
    },
    async push(commit, branch) {
      await pushTo(run, `${revision(commit)}:refs/heads/${branch}`);
    },
  };
}

/** Fields and commits are parted by NUL, the one character that no name, subject or path can hold. */
const LOG_FORMAT = `--format=%x00%H%x00%an%x00%ae%x00%cn%x00%ce%x00%at%x00%s%x00${trailersFormat(["Co-authored-by"])}`;

const BRANCH_FORMAT = `--format=%H%x00%P%x00${trailersFormat(["Reverts"])}`;

function trailersFormat(names: readonly string[]): string {
  return `%(trailers:${names.map((name) => `key=${name},`).join("")}valueonly,unfold,separator=%x1d)`;
}

function revision(value: string): string {
  if (!REVISION.test(value)) {
    throw new GitError("not_found", "that is not a Git revision");
  }
  return value;
}

async function openCopy(config: { url: string; directory: string }, run: Run): Promise<void> {
  await mkdir(dirname(config.directory), { recursive: true });
  await runGit(["init", "--quiet", "--bare", config.directory]);
  await run(["config", "remote.origin.url", config.url]);
}

async function fetchInto(config: { url: string; directory: string }, run: Run): Promise<void> {
  await openCopy(config, run);
  await run(["fetch", "--quiet", "--prune", "--no-tags", "origin", "+refs/heads/*:refs/heads/*"]);
}

/** One call at a time; calls that come while one runs share the next, so that none reads what was fetched before it asked. */
function inTurn(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) {
      return start();
    }
    next ??= running.then(start, start);
    return next;
  };
}

async function filesAt(run: Run, treeish: string, folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const listing = await run(["ls-tree", "-r", "-z", revision(treeish), "--", ...folders]);
  const entries = listing.split("\0").flatMap((line) => {
    const match = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ blob: match[1], path: match[2] }];
  });
  if (entries.length === 0) {
    return new Map();
  }
  const input = entries.map((entry) => `${entry.blob}\n`).join("");
  return splitBatch(await run(["cat-file", "--batch"], { input, encoding: "latin1" }), entries);
}

/** `output` has one character a byte, since each file's header says its length in bytes. */
function splitBatch(output: string, entries: readonly { path: string }[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let offset = 0;
  for (const entry of entries) {
    const endOfHeader = output.indexOf("\n", offset);
    const size = Number(output.slice(offset, endOfHeader).split(" ")[2]);
    const start = endOfHeader + 1;
    files.set(entry.path, Buffer.from(output.slice(start, start + size), "latin1").toString("utf8"));
    offset = start + size + 1;
  }
  return files;
}

/**
 * git 2.39 has no `merge-tree --merge-base`, so three stand-in commits give merge-tree the history from which it derives
 * the base. They are reachable from nothing and never pushed.
 */
async function mergeTrees(run: Run, trees: { base: string; ours: string; theirs: string }): Promise<MergeResult> {
  const base = await standIn(run, trees.base, "base", []);
  const ours = await standIn(run, trees.ours, "ours", [base]);
  const theirs = await standIn(run, trees.theirs, "theirs", [base]);
  const arguments_ = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  const result = await runGitExit(run, arguments_);
  const [tree = "", ...conflicts] = result.output.split("\0").filter((part) => part !== "");
  return { tree, conflicts: result.isClean ? [] : conflicts };
}

/** Exit code 1 is an answer of some commands, not a failure: a merge with conflicts, no common ancestor. */
async function runGitExit(run: Run, args: readonly string[]): Promise<{ output: string; isClean: boolean }> {
  try {
    return { output: await run(args), isClean: true };
  } catch (failure) {
    if (failure instanceof GitExit && failure.exitCode === 1) {
      return { output: failure.output, isClean: false };
    }
    throw failure;
  }
}

async function standIn(run: Run, treeish: string, message: string, parents: readonly string[]): Promise<string> {
  const tree = (await run(["rev-parse", "--verify", `${revision(treeish)}^{tree}`])).trim();
  return makeCommit(run, { tree, parents, message, author: STAND_IN_AUTHOR, at: new Date(0) });
}

const STAND_IN_AUTHOR = { name: "Gatehouse", email: "gatehouse@localhost" };

async function commitTree(run: Run, commit: NewCommit): Promise<string> {
  for (const parent of commit.parents) {
    revision(parent);
  }
  return makeCommit(run, { ...commit, tree: revision(commit.tree) });
}

/** An index of its own, since two calls at a time would write into the same one. */
async function commitFile(run: Run, { parent, path, text, ...commit }: NewFile): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-index-"));
  const environment = { GIT_INDEX_FILE: join(folder, "index") };
  try {
    const blob = (await run(["hash-object", "-w", "--stdin"], { input: text })).trim();
    await run(["read-tree", parent === undefined ? "--empty" : revision(parent)], { environment });
    await run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], { environment });
    const tree = (await run(["write-tree"], { environment })).trim();
    return await makeCommit(run, { ...commit, tree, parents: parent === undefined ? [] : [parent] });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function makeCommit(
  run: Run,
  commit: Omit<NewCommit, "parents"> & { parents: readonly string[] },
): Promise<string> {
  // Without the @ git takes a small number of seconds for something else than an epoch.
  const date = `@${Math.floor(commit.at.getTime() / 1000)} +0000`;
  const { name, email } = commit.author;
  const output = await run(
    ["commit-tree", commit.tree, ...commit.parents.flatMap((parent) => ["-p", parent]), "-F", "-"],
    {
      input: commit.message,
      environment: {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: date,
      },
    },
  );
  return output.trim();
}

/** With --porcelain the fate of the branch stands on standard output; standard error also holds what the host's hooks say. */
async function pushTo(run: Run, refs: string): Promise<void> {
  try {
    await run(["push", "--porcelain", "origin", refs]);
  } catch (failure) {
    const refused = failure instanceof GitExit && failure.output.split("\n").find((line) => line.startsWith("!"));
    throw refused ? gitErrorFromOutput(refused, failure) : failure;
  }
}

async function isAncestor(run: Run, ancestor: string, descendant: string): Promise<boolean> {
  try {
    return (await runGitExit(run, ["merge-base", "--is-ancestor", revision(ancestor), revision(descendant)])).isClean;
  } catch (failure) {
    if (failure instanceof GitError && failure.code === "not_found") {
      return false;
    }
    throw failure;
  }
}

class GitExit extends GitError {
  readonly exitCode: number;
  readonly output: string;

  constructor(exitCode: number, output: string, errorOutput: string, cause: unknown) {
    const known = gitErrorFromOutput(errorOutput);
    super(known.code, known.message, { cause });
    this.exitCode = exitCode;
    this.output = output;
  }
}

function runGit(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...args],
      {
        timeout: DEADLINE_MS,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
        encoding: options.encoding ?? "utf8",
        env: childEnvironment({ GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...options.environment }),
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
        } else if (error.killed) {
          reject(new GitError("timed_out", `git did not answer within ${DEADLINE_MS / 1000} s`, { cause: error }));
        } else {
          reject(new GitExit(Number(error.code ?? -1), stdout, stderr, error));
        }
      },
    );
    // A git that ends before it has read its input closes the pipe (EPIPE); its exit code tells how it ended.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input);
  });
}
