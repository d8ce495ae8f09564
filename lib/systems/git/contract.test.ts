import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRepository } from "./client.ts";
import { GitError } from "./errors.ts";
import type { GitPerson, RepositoryPort } from "./port.ts";

const ADA: GitPerson = { name: "Ada Obi", email: "ada@gravv.example" };
const AT = new Date("2026-11-21T10:00:00.000Z");
const NOWHERE = "d".repeat(40);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-git-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function git(directory: string, args: readonly string[], input: string | Buffer = ""): string {
  return execFileSync("git", ["--git-dir", directory, ...args], { input, encoding: "utf8" }).trim();
}

type NewTestCommit = {
  branch: string;
  files?: Record<string, string | Buffer>;
  deletes?: string[];
  author?: GitPerson;
  committer?: GitPerson;
  message?: string;
  merges?: string;
};

/** A path as git-fast-import quotes it: JSON's escapes, but octal where JSON has none of its own. */
function quoted(path: string): string {
  return JSON.stringify(path).replaceAll(/\\u00([0-9a-f]{2})/g, (_whole, hex: string) => {
    return `\\${Number.parseInt(hex, 16).toString(8).padStart(3, "0")}`;
  });
}

/** A bare repository whose commits are made without a work tree; every commit is a minute later than the one before. */
function origin(name: string) {
  const url = join(folder, `${name}.git`);
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", url]);
  let minute = 0;
  return {
    url,
    open: () => openRepository({ url, directory: join(folder, `${name}-copy.git`) }),
    head: (branch: string) => git(url, ["rev-parse", `refs/heads/${branch}`]),
    branch: (from: string, to: string) => git(url, ["branch", to, from]),
    commit(commit: NewTestCommit): string {
      minute += 1;
      const seconds = Date.UTC(2026, 10, 20) / 1000 + minute * 60;
      const sign = ({ name: who, email }: GitPerson) => `${who} <${email}> ${seconds} +0200`;
      const hasParent = git(url, ["for-each-ref", `refs/heads/${commit.branch}`]) !== "";
      const message = Buffer.from(commit.message ?? "a change");
      const parts = [
        `commit refs/heads/${commit.branch}\nauthor ${sign(commit.author ?? ADA)}\n`,
        `committer ${sign(commit.committer ?? commit.author ?? ADA)}\ndata ${message.length}\n`,
        message,
        `\n${hasParent ? `from refs/heads/${commit.branch}^0\n` : ""}`,
        commit.merges === undefined ? "" : `merge refs/heads/${commit.merges}^0\n`,
        ...(commit.deletes ?? []).map((path) => `D ${quoted(path)}\n`),
        ...Object.entries(commit.files ?? {}).flatMap(([path, text]) => {
          const bytes = Buffer.from(text);
          return [`M 100644 inline ${quoted(path)}\ndata ${bytes.length}\n`, bytes, "\n"];
        }),
      ];
      git(url, ["fast-import", "--quiet"], Buffer.concat(parts.map((part) => Buffer.from(part))));
      return git(url, ["rev-parse", `refs/heads/${commit.branch}`]);
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<GitError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(GitError);
  return failure instanceof GitError ? failure : new GitError("unexpected", "it did not fail");
}

describe("heads and fetch", () => {
  it("heads tells where branches stand at the origin now, without a fetch, and leaves out those that are not there", async () => {
    const repository = origin("heads");
    const first = repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "dev");
    repository.branch("main", "feature/main");
    const port = repository.open();
    expect(await port.heads(["main", "dev", "gone"])).toEqual({ main: first, dev: first });
    const second = repository.commit({ branch: "dev", files: { a: "2" } });
    expect(await port.heads(["main", "dev"])).toEqual({ main: first, dev: second });
  });

  it("fetch brings new commits, follows a branch that was forced elsewhere, and forgets one that is gone", async () => {
    const repository = origin("fetch");
    const first = repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "old");
    const port = repository.open();
    await port.fetch();
    const second = repository.commit({ branch: "main", files: { a: "2" } });
    expect((await failureOf(port.filesAt(second, ["."]))).code).toBe("not_found");
    git(repository.url, ["branch", "-D", "old"]);
    await port.fetch();
    expect([...(await port.filesAt(second, ["."]))]).toEqual([["a", "2"]]);
    git(repository.url, ["update-ref", "refs/heads/main", first]);
    await port.fetch();
    expect(await port.firstParents(first, 9)).toHaveLength(1);
    expect(git(join(folder, "fetch-copy.git"), ["for-each-ref", "--format=%(refname)"])).toBe("refs/heads/main");
  });

  it("a fetch that is asked for while one runs sees what came after the first began", async () => {
    const repository = origin("turns");
    repository.commit({ branch: "main", files: { a: "1" } });
    const port = repository.open();
    const running = port.fetch();
    const late = repository.commit({ branch: "main", files: { a: "2" } });
    await Promise.all([running, port.fetch(), port.fetch()]);
    expect(await port.isAncestor(late, late)).toBe(true);
  });
});

describe("the commits between two revisions", () => {
  let port: RepositoryPort;
  let base: string;
  let repository: ReturnType<typeof origin>;

  beforeAll(async () => {
    repository = origin("between");
    base = repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "dev");
    repository.commit({ branch: "main", files: { onlyMain: "1" } });
    repository.commit({
      branch: "dev",
      author: { name: 'Zoë "Z" O\'Neil, Jr. 王', email: "zoe@gravv.example" },
      committer: { name: "Web Editor", email: "web@git.example" },
      message: `ledger: näme\nof two lines\n\nBody with <angle> and % signs.\n\nCo-authored-by: Ben Ng <ben@gravv.example>\nCo-authored-by: Cy <CY@gravv.example>\nSigned-off-by: Dee <dee@gravv.example>\n`,
      files: { "services/ledger/ä b.yaml": "1", 'services/ledger/q"uote\ttab.yaml': "1", "a\nb": "1" },
    });
    repository.branch("dev", "side");
    repository.commit({ branch: "side", files: { s: "1" }, message: "on the side" });
    repository.commit({ branch: "dev", merges: "side", files: { s: "1" }, message: "merge the side" });
    repository.commit({ branch: "dev", message: "nothing touched" });
    repository.commit({ branch: "dev", deletes: ["a"], message: "a goes" });
    port = repository.open();
    await port.fetch();
  });

  it("come newest first, with those of side branches and the merges, also where nothing is touched", async () => {
    const commits = await port.commitsBetween(base, repository.head("dev"));
    expect(commits.map(({ subject, paths }) => [subject, paths])).toEqual([
      ["a goes", ["a"]],
      ["nothing touched", []],
      ["merge the side", []],
      ["on the side", ["s"]],
      ["ledger: näme of two lines", expect.anything()],
    ]);
    expect(commits[0]?.revision).toBe(repository.head("dev"));
  });

  it("name authors, committers and co-authors as they are, whatever characters they hold", async () => {
    const commits = await port.commitsBetween(base, repository.head("dev"));
    expect(commits.at(-1)).toMatchObject({
      author: { name: 'Zoë "Z" O\'Neil, Jr. 王', email: "zoe@gravv.example" },
      committer: { name: "Web Editor", email: "web@git.example" },
      coAuthors: [
        { name: "Ben Ng", email: "ben@gravv.example" },
        { name: "Cy", email: "CY@gravv.example" },
      ],
      at: "2026-11-20T00:03:00.000Z",
    });
  });

  it("name who had a bot write them, by the usual trailers or by those of the repository", async () => {
    const bots = origin("bots");
    const before = bots.commit({ branch: "main", files: { a: "1" } });
    bots.commit({
      branch: "main",
      message:
        "ledger 4.3.0\n\nTriggered-by: Ada <ada@gravv.example>\nTriggered-by: @ben\nOn-behalf-of: @gravv <cy@gravv.example>\non-behalf-of: dee@gravv.example\nStarted-by: eve\nTriggered-by:\n",
    });
    const triggersBy = async (triggerTrailers?: string[]) => {
      const port = openRepository({
        url: bots.url,
        directory: join(folder, `bots-copy-${triggerTrailers?.join("-")}.git`),
        ...(triggerTrailers === undefined ? {} : { triggerTrailers }),
      });
      await port.fetch();
      return (await port.commitsBetween(before, bots.head("main"))).map(({ triggeredBy }) => triggeredBy);
    };
    expect(await triggersBy()).toEqual([
      [
        { name: "Ada", email: "ada@gravv.example" },
        { name: "ben", email: "" },
        { name: "gravv", email: "cy@gravv.example" },
        { name: "dee@gravv.example", email: "dee@gravv.example" },
      ],
    ]);
    expect(await triggersBy(["Started-by"])).toEqual([[{ name: "eve", email: "" }]]);
  });

  it("name paths as they are, whatever characters they hold", async () => {
    const commits = await port.commitsBetween(base, repository.head("dev"));
    expect([...(commits.at(-1)?.paths ?? [])].sort()).toEqual(
      ["a\nb", 'services/ledger/q"uote\ttab.yaml', "services/ledger/ä b.yaml"].sort(),
    );
  });

  it("are none between a revision and itself, or one behind it", async () => {
    const dev = repository.head("dev");
    expect(await port.commitsBetween(dev, dev)).toEqual([]);
    expect(await port.commitsBetween(dev, base)).toEqual([]);
  });

  it("cannot hide their author behind characters that part fields", async () => {
    const tricky = origin("tricky");
    const before = tricky.commit({ branch: "main", files: { a: "1" } });
    tricky.commit({
      branch: "main",
      author: { name: "M\x1fx@y.example\x1fN\x1en\x1dn", email: "mallory@gravv.example" },
      message: `one\x1etwo\x1fthree\n\nCo-authored-by: A\x1fB\x1dC <eve@gravv.example>\n`,
      files: { "b\x1ec\x1fd": "1" },
    });
    const open = tricky.open();
    await open.fetch();
    const commits = await open.commitsBetween(before, tricky.head("main"));
    expect(commits).toHaveLength(1);
    expect(commits[0]).toMatchObject({
      revision: tricky.head("main"),
      author: { email: "mallory@gravv.example" },
      committer: { email: "mallory@gravv.example" },
      coAuthors: [{ email: "eve@gravv.example" }],
      paths: ["b\x1ec\x1fd"],
    });
  });

  it("are not asked for with anything but revisions", async () => {
    expect((await failureOf(port.commitsBetween("--all", base))).code).toBe("not_found");
    expect((await failureOf(port.commitsBetween(NOWHERE, base))).code).toBe("not_found");
    expect((await failureOf(port.firstParents("main", 1))).code).toBe("not_found");
  });
});

describe("files and paths", () => {
  it("filesAt reads every file under the folders, at a revision or a tree, also beside one that is not text", async () => {
    const repository = origin("files");
    const revision = repository.commit({
      branch: "main",
      files: {
        "services/a/logo.png": Buffer.from([0x89, 0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x28]),
        "services/a/z.yaml": "z: 1\n",
        "services/b/empty.yaml": "",
        "services/b/ä ö.yaml": "ü: 王\n",
        "services-old/c.yaml": "no",
        "environments/live/q.yaml": "q: 1",
        "two\nlines.yaml": "odd",
      },
    });
    const port = repository.open();
    await port.fetch();
    const folders = ["services", "environments/live", "missing"];
    const files = await port.filesAt(revision, folders);
    expect([...files.keys()]).toEqual([
      "environments/live/q.yaml",
      "services/a/logo.png",
      "services/a/z.yaml",
      "services/b/empty.yaml",
      "services/b/ä ö.yaml",
    ]);
    expect(files.get("services/a/z.yaml")).toBe("z: 1\n");
    expect(files.get("services/b/empty.yaml")).toBe("");
    expect(files.get("services/b/ä ö.yaml")).toBe("ü: 王\n");
    const tree = git(repository.url, ["rev-parse", `${revision}^{tree}`]);
    expect(await port.filesAt(tree, folders)).toEqual(files);
    expect(await port.filesAt(revision, ["missing"])).toEqual(new Map());
    expect((await port.filesAt(revision, ["."])).get("two\nlines.yaml")).toBe("odd");
  });

  it("changedPaths names what differs, a rename as both of its names", async () => {
    const repository = origin("changed");
    const before = repository.commit({ branch: "main", files: { a: "same text", b: "1", "c d": "1" } });
    const after = repository.commit({ branch: "main", files: { moved: "same text", b: "2" }, deletes: ["a"] });
    const port = repository.open();
    await port.fetch();
    expect(await port.changedPaths(before, after)).toEqual(["a", "b", "moved"]);
    expect(await port.changedPaths(after, after)).toEqual([]);
  });
});

describe("history", () => {
  it("firstParents follows the branch itself, with parents and what was reverted, up to the limit", async () => {
    const repository = origin("first");
    const root = repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "dev");
    const dev = repository.commit({ branch: "dev", files: { b: "1" } });
    const merge = repository.commit({ branch: "main", merges: "dev", files: { b: "1" } });
    const revert = repository.commit({
      branch: "main",
      deletes: ["b"],
      message: `Roll back\n\nReverts: ${merge}\nOperation-Id: op_1\n`,
    });
    const port = repository.open();
    await port.fetch();
    expect(await port.firstParents(revert, 10)).toEqual([
      { revision: revert, parents: [merge], reverts: merge },
      { revision: merge, parents: [root, dev], reverts: undefined },
      { revision: root, parents: [], reverts: undefined },
    ]);
    expect(await port.firstParents(revert, 2)).toHaveLength(2);
    expect(await port.mergeBase(merge, dev)).toBe(dev);
    expect(await port.mergeBase(root, dev)).toBe(root);
  });

  it("a common ancestor is none where two branches share no history", async () => {
    const repository = origin("apart");
    const one = repository.commit({ branch: "main", files: { a: "1" } });
    const other = repository.commit({ branch: "other", files: { a: "2" } });
    const port = repository.open();
    await port.fetch();
    expect(await port.mergeBase(one, other)).toBeUndefined();
  });

  it("isAncestor is yes for itself and what follows, no for what went before, other lines and unknown revisions", async () => {
    const repository = origin("ancestor");
    const first = repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "dev");
    const second = repository.commit({ branch: "main", files: { a: "2" } });
    const dev = repository.commit({ branch: "dev", files: { a: "3" } });
    const port = repository.open();
    await port.fetch();
    const asked = [
      [first, first],
      [first, second],
      [second, first],
      [second, dev],
      [first, NOWHERE],
      [NOWHERE, first],
      [first, "not-a-revision"],
    ] as const;
    expect(await Promise.all(asked.map(([one, other]) => port.isAncestor(one, other)))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("merging", () => {
  let repository: ReturnType<typeof origin>;
  let port: RepositoryPort;
  let base: string;

  beforeAll(async () => {
    repository = origin("merge");
    base = repository.commit({ branch: "main", files: { a: "1\n2\n3\n4\n5\n", b: "1\n", "c d": "1\n" } });
    repository.branch("main", "dev");
    port = repository.open();
    await port.fetch();
  });

  it("takes both sides' changes and changes nothing at the origin", async () => {
    const ours = repository.commit({ branch: "main", files: { a: "one\n2\n3\n4\n5\n" } });
    const theirs = repository.commit({ branch: "dev", files: { a: "1\n2\n3\n4\nfive\n", n: "new\n" } });
    await port.fetch();
    const { tree, conflicts } = await port.merge({ base, ours, theirs });
    expect(conflicts).toEqual([]);
    expect(Object.fromEntries(await port.filesAt(tree, ["."]))).toEqual({
      a: "one\n2\n3\n4\nfive\n",
      b: "1\n",
      "c d": "1\n",
      n: "new\n",
    });
    expect(repository.head("main")).toBe(ours);
    expect(await port.merge({ base, ours, theirs })).toEqual({ tree, conflicts });
  });

  it("names every file in which both sides changed the same lines", async () => {
    const ours = repository.commit({ branch: "main", files: { b: "ours\n", "c d": "ours\n" } });
    const theirs = repository.commit({ branch: "dev", files: { b: "theirs\n", "c d": "theirs\n" } });
    await port.fetch();
    expect((await port.merge({ base, ours, theirs })).conflicts).toEqual(["b", "c d"]);
  });

  it("takes a merge back when its base is that merge and theirs what was before it, and keeps what came after", async () => {
    const line = origin("revert");
    const before = line.commit({ branch: "main", files: { a: "1\n", b: "1\n" } });
    line.branch("main", "dev");
    line.commit({ branch: "dev", files: { a: "2\n", added: "x\n" } });
    const merge = line.commit({ branch: "main", merges: "dev", files: { a: "2\n", added: "x\n" } });
    const later = line.commit({ branch: "main", files: { b: "hotfix\n" } });
    const open = line.open();
    await open.fetch();
    const reverted = await open.merge({ base: merge, ours: later, theirs: before });
    expect(reverted.conflicts).toEqual([]);
    expect(Object.fromEntries(await open.filesAt(reverted.tree, ["."]))).toEqual({ a: "1\n", b: "hotfix\n" });
  });

  it("conflicts when a later commit changed what would be taken back", async () => {
    const line = origin("revert-conflict");
    const before = line.commit({ branch: "main", files: { a: "1\n" } });
    const merge = line.commit({ branch: "main", files: { a: "2\n" } });
    const later = line.commit({ branch: "main", files: { a: "3\n" } });
    const open = line.open();
    await open.fetch();
    expect((await open.merge({ base: merge, ours: later, theirs: before })).conflicts).toEqual(["a"]);
  });

  it("of trees that are not there fails as not found", async () => {
    expect((await failureOf(port.merge({ base, ours: NOWHERE, theirs: base }))).code).toBe("not_found");
  });
});

describe("finding the commit of an operation", () => {
  const ID = "op_0123456789abcdef0123";
  const find = async (repository: ReturnType<typeof origin>) => {
    const port = repository.open();
    await port.fetch();
    return port.findByTrailer("main", "Operation-Id", ID);
  };

  it("finds it wherever it lies on the branch", async () => {
    const repository = origin("find");
    repository.commit({ branch: "main", files: { a: "1" } });
    const made = repository.commit({
      branch: "main",
      files: { a: "2" },
      message: `Promote\n\n    why\n\nReverts: x\nOperation-Id: ${ID}\nRequest-Id: req_1\n`,
    });
    repository.commit({ branch: "main", files: { a: "3" }, message: "later" });
    expect(await find(repository)).toBe(made);
  });

  it.each([
    ["a reason that quotes it", `Promote\n\n    Operation-Id: ${ID}\n\nOperation-Id: op_other\n`],
    ["a subject that names it", `Operation-Id: ${ID} was wrong\n\nbody\n`],
    ["an id that merely begins alike", `Promote\n\nOperation-Id: ${ID}0\n`],
    ["another trailer", `Promote\n\nNot-Operation-Id: ${ID}\n`],
  ])("is not fooled by %s", async (what, message) => {
    const repository = origin(`fooled ${what}`);
    repository.commit({ branch: "main", files: { a: "1" }, message });
    expect(await find(repository)).toBeUndefined();
  });

  it("is not fooled by a commit of a side branch, merged or not", async () => {
    const repository = origin("side");
    repository.commit({ branch: "main", files: { a: "1" } });
    repository.branch("main", "dev");
    repository.commit({ branch: "dev", files: { b: "1" }, message: `x\n\nOperation-Id: ${ID}\n` });
    expect(await find(repository)).toBeUndefined();
    repository.commit({ branch: "main", merges: "dev", files: { b: "1" }, message: "merge" });
    expect(await find(repository)).toBeUndefined();
  });

  it("takes an id as text, never as a pattern or an option", async () => {
    const repository = origin("pattern");
    repository.commit({ branch: "main", files: { a: "1" }, message: `x\n\nOperation-Id: ${ID}\n` });
    const port = repository.open();
    await port.fetch();
    expect(await port.findByTrailer("main", "Operation-Id", "op_.*")).toBeUndefined();
    expect(await port.findByTrailer("main", "Operation-Id", "")).toBeUndefined();
  });
});

describe("committing and pushing", () => {
  const MESSAGE = "Promote gravv/sandbox to gravv/live\n\n    a reason — with ümlauts\n\nOperation-Id: op_1\n";

  async function prepared(name: string) {
    const repository = origin(name);
    const head = repository.commit({ branch: "main", files: { a: "1" } });
    const port = repository.open();
    await port.fetch();
    const tree = git(repository.url, ["rev-parse", `${head}^{tree}`]);
    const make = (message = MESSAGE) => port.commit({ tree, parents: [head], message, author: ADA, at: AT });
    return { repository, port, head, tree, make };
  }

  it("the same commit is the same revision, however often and wherever it is made", async () => {
    const { repository, tree, head, make, port } = await prepared("same");
    const revision = await make();
    expect(await make()).toBe(revision);
    const elsewhere = openRepository({ url: repository.url, directory: join(folder, "same-elsewhere.git") });
    await elsewhere.fetch();
    expect(await elsewhere.commit({ tree, parents: [head], message: MESSAGE, author: ADA, at: AT })).toBe(revision);
    expect(await port.commit({ tree, parents: [head], message: MESSAGE, author: ADA, at: new Date(0) })).not.toBe(
      revision,
    );
    expect(await make("another")).not.toBe(revision);
  });

  it("a commit has what it was given: message, parents, author, time", async () => {
    const { repository, port, make, head } = await prepared("given");
    await port.push(await make(), "main");
    const shown = git(repository.url, ["log", "-1", "--format=%P%n%an <%ae>%n%cn <%ce>%n%aI%n%cI%n%B", "main"]);
    expect(shown).toBe(
      [
        head,
        "Ada Obi <ada@gravv.example>",
        "Ada Obi <ada@gravv.example>",
        ...Array(2).fill("2026-11-21T10:00:00+00:00"),
        MESSAGE.trim(),
      ].join("\n"),
    );
  });

  it("push moves the branch forward, and does it again without harm", async () => {
    const { repository, port, make } = await prepared("push");
    const revision = await make();
    expect(repository.head("main")).not.toBe(revision);
    await port.push(revision, "main");
    expect(repository.head("main")).toBe(revision);
    await port.push(revision, "main");
    expect(repository.head("main")).toBe(revision);
  });

  it("a push to a branch that has moved fails as moved and loses nothing, whether the copy knows of it or not", async () => {
    const { repository, port, make } = await prepared("moved");
    const revision = await make();
    const theirs = repository.commit({ branch: "main", files: { a: "theirs" } });
    expect((await failureOf(port.push(revision, "main"))).code).toBe("moved");
    await port.fetch();
    expect((await failureOf(port.push(revision, "main"))).code).toBe("moved");
    expect(repository.head("main")).toBe(theirs);
  });

  it("a push that the host's hook refuses fails as denied, and what the hook says is not forwarded", async () => {
    const { repository, port, make, head } = await prepared("denied");
    const hook = join(repository.url, "hooks", "pre-receive");
    mkdirSync(join(repository.url, "hooks"), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\necho 'token=hunter2: connection fetch first' >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    const failure = await failureOf(port.push(await make(), "main"));
    expect(failure).toMatchObject({ code: "denied", message: "the Git host refuses the push" });
    expect(failure.message).not.toContain("hunter2");
    expect(repository.head("main")).toBe(head);
  });

  it("of two pushes at once that both start from the same head one wins, and the other fails as moved", async () => {
    const { repository, port, make } = await prepared("race");
    const [one, other] = [await make("one"), await make("other")];
    const ends = await Promise.allSettled([port.push(one, "main"), port.push(other, "main")]);
    const lost = ends.filter((end) => end.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(lost[0]?.reason).toMatchObject({ code: "moved" });
    expect([one, other]).toContain(repository.head("main"));
  });

  it("a commit on a parent that is not a revision is not made", async () => {
    const { port, tree } = await prepared("parent");
    const made = port.commit({ tree, parents: ["main"], message: "x", author: ADA, at: AT });
    expect((await failureOf(made)).code).toBe("not_found");
  });
});

describe("a repository that cannot be reached", () => {
  it("fails as unreachable, for every call that asks the origin, without naming where it is", async () => {
    const port = openRepository({
      url: join(folder, "nowhere-at-all.git"),
      directory: join(folder, "nowhere-copy.git"),
    });
    for (const call of [port.heads(["main"]), port.fetch()]) {
      const failure = await failureOf(call);
      expect(failure.code).toBe("unreachable");
      expect(failure.message).not.toContain("nowhere-at-all");
    }
  });

  it("fails as unreachable over HTTP when nobody listens", async () => {
    const port = openRepository({ url: "http://127.0.0.1:9/gravv.git", directory: join(folder, "http-copy.git") });
    expect((await failureOf(port.heads(["main"]))).code).toBe("unreachable");
  });

  it("is read again once it is back", async () => {
    const directory = join(folder, "back-copy.git");
    const url = join(folder, "back.git");
    const port = openRepository({ url, directory });
    await failureOf(port.fetch());
    const repository = origin("back");
    const revision = repository.commit({ branch: "main", files: { a: "1" } });
    await port.fetch();
    expect(await port.isAncestor(revision, revision)).toBe(true);
  });
});
