export type GitErrorCode = "unreachable" | "denied" | "moved" | "not_found" | "timed_out" | "unexpected";

/** A failed Git call, in our words; Git's own text may hold addresses with passwords and is never forwarded. */
export class GitError extends Error {
  readonly code: GitErrorCode;

  constructor(code: GitErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GitError";
    this.code = code;
  }
}

const SIGNS: readonly (readonly [RegExp, GitErrorCode, string])[] = [
  [
    /non-fast-forward|fetch first|\[rejected\]|cannot lock ref|failed to update ref|stale info/i,
    "moved",
    "the branch has moved; nothing was pushed",
  ],
  [/protected branch|pre-receive hook declined|\[remote rejected\]/i, "denied", "the Git host refuses the push"],
  [
    /authentication failed|permission denied|could not read (username|password)|returned error: 40[13]/i,
    "denied",
    "the Git host does not let Gatehouse in",
  ],
  [
    /not our ref|unknown revision|bad object|not a valid|bad revision|invalid revision|needed a single revision|not a tree object/i,
    "not_found",
    "the repository does not hold that revision",
  ],
  [
    /does not appear to be a git repository|could not resolve|unable to access|connection|repository .*not found|does not exist/i,
    "unreachable",
    "the Git repository cannot be reached",
  ],
];

/** Maps what git wrote to standard error to our error. Lines that begin with `remote:` are the host's free text. */
export function gitErrorFromOutput(output: string, cause?: unknown): GitError {
  const own = output.replaceAll(/^remote:.*$/gm, "");
  for (const [sign, code, message] of SIGNS) {
    if (sign.test(own)) {
      return new GitError(code, message, { cause });
    }
  }
  return new GitError("unexpected", "git ended with an error we do not know", { cause });
}
