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

const COMMIT_FIELDS = 9;

/**
 * The commits of `git log -z --name-only` in the client's log format. Each begins with an empty field and its known number
 * of fields; what follows up to the next empty one are its paths, of which git puts a line break before the first.
 */
export function parseCommits(output: string): Commit[] {
  const fields = output.split("\0");
  const commits: Commit[] = [];
  let next = 1;
  while (next < fields.length) {
    const paths = next + COMMIT_FIELDS;
    const end = fields.indexOf("", paths);
    commits.push(toCommit(fields.slice(next, paths), fields.slice(paths, end)));
    next = end + 1;
  }
  return commits;
}

function toCommit(fields: readonly string[], paths: readonly string[]): Commit {
  const [
    revision = "",
    author = "",
    authorEmail = "",
    committer = "",
    committerEmail = "",
    at,
    subject = "",
    coAuthors = "",
    triggeredBy = "",
  ] = fields;
  return {
    revision,
    subject,
    author: { name: author, email: authorEmail },
    committer: { name: committer, email: committerEmail },
    coAuthors: coAuthors.split("\x1d").flatMap(parsePerson),
    triggeredBy: triggeredBy.split("\x1d").flatMap(parseTrigger),
    at: new Date(Number(at) * 1000).toISOString(),
    paths: paths.map((path, index) => (index === 0 ? path.slice(1) : path)),
  };
}

const BRANCH_FIELDS = 3;

/** The commits of `git log -z --first-parent` in the client's branch format. */
export function parseBranchHistory(output: string): BranchCommit[] {
  const fields = output.split("\0");
  const commits: BranchCommit[] = [];
  for (let next = 0; next + BRANCH_FIELDS < fields.length; next += BRANCH_FIELDS) {
    const [revision = "", parents = "", reverts = ""] = fields.slice(next, next + BRANCH_FIELDS);
    commits.push({
      revision,
      parents: parents.split(" ").filter((parent) => parent !== ""),
      reverts: /[0-9a-f]{40,64}/.exec(reverts)?.[0],
    });
  }
  return commits;
}

function parsePerson(text: string): GitPerson[] {
  const match = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? [] : [{ name: match[1], email: match[2] }];
}

/** Bots name people as they please: `Ada <ada@…>`, `@ada`, `ada@…` or `ada`. */
function parseTrigger(text: string): GitPerson[] {
  const [person] = parsePerson(text);
  const name = (person?.name ?? text).trim().replace(/^@/, "");
  const email = person?.email ?? (name.includes("@") ? name : "");
  return name === "" && email === "" ? [] : [{ name, email }];
}
