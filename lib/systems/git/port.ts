/** The trailers by which bots usually say who had them write a commit. */
export const TRIGGER_TRAILERS: readonly string[] = ["Triggered-by", "On-behalf-of"];

export type GitPerson = Readonly<{ name: string; email: string }>;

export type Commit = Readonly<{
  revision: string;
  subject: string;
  author: GitPerson;
  committer: GitPerson;
  /** From `Co-authored-by:` trailers. */
  coAuthors: readonly GitPerson[];
  /** Who had a bot write it, from the trailers that the repository was opened with; the address is empty where none is given. */
  triggeredBy: readonly GitPerson[];
  /** When it was authored, ISO 8601 in UTC. */
  at: string;
  /** The paths it touches. */
  paths: readonly string[];
}>;

/** One commit of a branch's own history. `reverts` is the merge that it took back, from its `Reverts:` trailer. */
export type BranchCommit = Readonly<{ revision: string; parents: readonly string[]; reverts: string | undefined }>;

export type MergeResult = Readonly<{ tree: string; conflicts: readonly string[] }>;

export type NewCommit = Readonly<{
  tree: string;
  parents: readonly [string, ...string[]];
  message: string;
  author: GitPerson;
  /** Fixed by the caller, so that making the same commit again gives the same revision. */
  at: Date;
}>;

export type NewFile = Readonly<{
  /** The commit that it is added to; undefined for the first one of a branch. */
  parent: string | undefined;
  path: string;
  text: string;
  message: string;
  author: GitPerson;
  /** Fixed by the caller, so that making the same commit again gives the same revision. */
  at: Date;
}>;

/**
 * One Git repository. Reads see what the last `fetch` brought. Methods throw GitError; none retries by itself.
 * Each call ends after 30 s.
 */
export type RepositoryPort = Readonly<{
  /** Where the branches stand at the origin now; a branch that is not there is left out. Repeatable. */
  heads(branches: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Brings the origin's branches here. Repeatable. */
  fetch(): Promise<void>;
  /**
   * The commits that `head` has and `base` has not, newest first. Merges are among them, though without
   * paths: one can hold changes of its own, and whoever wrote it is an author too.
   */
  commitsBetween(base: string, head: string): Promise<readonly Commit[]>;
  /** The text of every file under `folders` at a revision or tree, by path. */
  filesAt(treeish: string, folders: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The paths that differ between two trees. */
  changedPaths(fromTreeish: string, toTreeish: string): Promise<readonly string[]>;
  /** The best common ancestor of two revisions; undefined where they share no history. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** Up to `limit` commits from `head` back along first parents: the history of the branch itself. */
  firstParents(head: string, limit: number): Promise<readonly BranchCommit[]>;
  /** What a three-way merge of these trees would give; nothing is changed. */
  merge(trees: Readonly<{ base: string; ours: string; theirs: string }>): Promise<MergeResult>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** The commit on a branch (along first parents) whose message holds the trailer line `trailer: value`; undefined where there is none. */
  findByTrailer(branch: string, trailer: string, value: string): Promise<string | undefined>;
  /** Makes a commit here, not at the origin. The same input gives the same revision. */
  commit(commit: NewCommit): Promise<string>;
  /** Makes a commit here, not at the origin, that has one more file than its parent. The same input gives the same revision. */
  commitFile(file: NewFile): Promise<string>;
  /** Moves the origin's branch forward to `revision`, or makes it there, never forced. Throws `moved` when that would lose a commit. */
  push(revision: string, branch: string): Promise<void>;
}>;
