import { runProgram } from "./program.ts";

/** A file of a commit. */
export type CommittedFile = { path: string; text: string };

/** Runs git on one bare repository and returns what it printed. */
export function git(repository: string, args: readonly string[], input = ""): Promise<Buffer> {
  return runProgram({ program: "git", args: [`--git-dir=${repository}`, ...args], input });
}

/** The commits that the named branches stand at; a branch that does not exist is missing. */
export async function branchHeads(repository: string, branches: readonly string[]): Promise<Map<string, string>> {
  const refs = branches.map((branch) => `refs/heads/${branch}`);
  const printed = await git(repository, ["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", ...refs]);
  const lines = printed
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(space + 1), line.slice(0, space)];
    }),
  );
}

/** The files of a commit under the given folders, read from the object store, without a work tree. */
export async function filesOfCommit(
  repository: string,
  revision: string,
  folders: readonly string[],
): Promise<CommittedFile[]> {
  const listed = await git(repository, ["ls-tree", "-r", "-z", "--name-only", revision, "--", ...folders]);
  const paths = listed
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "");
  const wanted = paths.map((path) => `${revision}:${path}\n`).join("");
  const printed = await git(repository, ["cat-file", "--batch=%(objectsize)"], wanted);
  let offset = 0;
  return paths.map((path) => {
    const lineEnd = printed.indexOf("\n", offset);
    const start = lineEnd + 1;
    const end = start + Number(printed.toString("utf8", offset, lineEnd));
    offset = end + 1;
    return { path, text: printed.toString("utf8", start, end) };
  });
}
