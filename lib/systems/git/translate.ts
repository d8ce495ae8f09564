import type { BranchCommit, Commit, GitPerson } from "./port.ts";

/** Branch → revision, from the lines of `git ls-remote --heads`. */
export function parseLsRemote(output: string): Record<string, string> {
  const heads: Record<string, string> = {};
  for (const line of output.split("\n")) {
    const match = /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) {
      heads[match[2]] = match[1];
    }
  }
  return heads;
}

/** The commits of `git log -z --name-only` in the client's log format. */
export function parseCommits(output: string): Commit[] {
  return output
    .split("\x1e")
    .slice(1)
    .map((record) => {
      const [
        revision = "",
        author = "",
        authorEmail = "",
        committer = "",
        committerEmail = "",
        at = "",
        subject = "",
        coAuthors = "",
        paths = "",
      ] = record.split("\x1f");
      return {
        revision,
        subject,
        author: { name: author, email: authorEmail },
        committer: { name: committer, email: committerEmail },
        coAuthors: coAuthors.split("\x1d").flatMap(parsePerson),
        at: new Date(at).toISOString(),
        paths: paths.split(/[\0\n]/).filter((path) => path !== ""),
      };
    });
}

/** The commits of `git log --first-parent` in the client's branch format. */
export function parseBranchHistory(output: string): BranchCommit[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [revision = "", parents = "", reverts = ""] = line.split("\x1f");
      return {
        revision,
        parents: parents.split(" ").filter((parent) => parent !== ""),
        reverts: /[0-9a-f]{40,64}/.exec(reverts)?.[0],
      };
    });
}

function parsePerson(text: string): GitPerson[] {
  const match = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? [] : [{ name: match[1], email: match[2] }];
}
