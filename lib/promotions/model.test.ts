import { describe, expect, it } from "vitest";
import { digestOf } from "#lib/platform/digest.ts";
import { compareManifests, readManifests } from "#lib/releases/model.ts";
import type { BranchCommit, Commit } from "#lib/systems/git/port.ts";
import { type ChangeInput, distinctPeople, effectiveRevision, planChange, servicesTouched } from "./model.ts";
import { StoredChangePlan } from "./schema.ts";

function deployment(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 4
  template:
    spec:
      containers:
        - { name: main, image: "${image}", resources: { requests: { cpu: 100m, memory: 1Mi } } }
`;
}

function commit(changes: Partial<Commit>): Commit {
  return {
    revision: "c".repeat(40),
    subject: "ledger: settle by reference",
    author: { name: "Ada", email: "ada@gravv.example" },
    committer: { name: "Ada", email: "ADA@gravv.example" },
    coAuthors: [{ name: "Ben", email: "ben@gravv.example" }],
    triggeredBy: [],
    at: "2026-11-20T08:00:00.000Z",
    paths: ["services/ledger/deployment.yaml", "services/ledger/migrations/0042.sql"],
    ...changes,
  };
}

const BEFORE = {
  "services/gateway/d.yaml": deployment("gateway", "gateway:1"),
  "services/ledger/d.yaml": deployment("ledger", "ledger:1"),
  "services/onramp/d.yaml": deployment("onramp", "onramp:1"),
  "services/onramp/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: onramp }\ndata: { retries: '1' }\n",
};
const AFTER = {
  ...BEFORE,
  "services/gateway/d.yaml": deployment("gateway", "gateway:2"),
  "services/ledger/d.yaml": deployment("ledger", "ledger:2"),
  "services/onramp/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: onramp }\ndata: { retries: '3' }\n",
};

function input(before: Record<string, string> = BEFORE, after: Record<string, string> = AFTER): ChangeInput {
  const was = readManifests(new Map(Object.entries(before)), "services");
  const becomes = readManifests(new Map(Object.entries(after)), "services");
  return {
    platform: "gravv",
    environment: "gravv/live",
    branch: "main",
    base: "a".repeat(40),
    tree: "b".repeat(40),
    servicesPath: "services",
    commits: [commit({}), commit({ subject: "gateway: limits", paths: ["services/gateway/d.yaml"] })],
    changedPaths: ["services/gateway/d.yaml", "services/ledger/migrations/0042.sql"],
    before: was,
    after: becomes,
    objects: compareManifests(was, becomes),
  };
}

describe("the plan of a change", () => {
  const plan = planChange(input());

  it("names the services riskiest first: migrations, then images, then settings", () => {
    expect(plan.services).toEqual([
      {
        service: "ledger",
        images: [{ container: "main", from: "ledger:1", to: "ledger:2" }],
        commits: 1,
        migrations: ["services/ledger/migrations/0042.sql"],
        objects: 1,
      },
      {
        service: "gateway",
        images: [{ container: "main", from: "gateway:1", to: "gateway:2" }],
        commits: 1,
        migrations: [],
        objects: 1,
      },
      { service: "onramp", images: [], commits: 0, migrations: [], objects: 1 },
    ]);
  });

  it("names everyone who wrote a commit, each once: author, committer, co-authors", () => {
    expect(plan.commits[0]?.people.map((person) => person.email.toLowerCase())).toEqual([
      "ada@gravv.example",
      "ben@gravv.example",
    ]);
    expect(plan.commits[0]?.services).toEqual(["ledger"]);
  });

  it("names whoever had a bot write a commit beside those who wrote it, by name where no address is known", () => {
    const triggeredBy = [
      { name: "ada", email: "" },
      { name: "Ada", email: "" },
      { name: "ben", email: "" },
    ];
    const { commits } = planChange({ ...input(), commits: [commit({ triggeredBy })] });
    expect(commits[0]?.triggeredBy.map(({ name }) => name)).toEqual(["Ada", "ben"]);
    expect(commits[0]?.people).toEqual(plan.commits[0]?.people);
  });

  it("holds every workload that the environment will have, and which of them it touches", () => {
    expect(plan.workloads).toEqual([
      { kind: "Deployment", name: "gateway", isTouched: true },
      { kind: "Deployment", name: "ledger", isTouched: true },
      { kind: "Deployment", name: "onramp", isTouched: false },
    ]);
  });

  it("counts the surge of touched workloads alone", () => {
    expect(plan.surge).toEqual({ pods: 2, cpuCores: 0.2, memoryBytes: 2 * 2 ** 20 });
  });

  it("says of a new service that it comes from nothing, and of one that goes that it becomes nothing", () => {
    const { "services/onramp/d.yaml": _gone, ...rest } = BEFORE;
    const images = (before: Record<string, string>, after: Record<string, string>) =>
      planChange(input(before, after)).services.find((one) => one.service === "onramp")?.images;
    expect(images(rest, BEFORE)).toEqual([{ container: "main", from: undefined, to: "onramp:1" }]);
    expect(images(BEFORE, rest)).toEqual([{ container: "main", from: "onramp:1", to: undefined }]);
  });
});

describe("the digest of a plan", () => {
  const digest = digestOf(planChange(input()));

  it("is the same for the same input, in whatever order its files were read", () => {
    const turned = (files: Record<string, string>) => Object.fromEntries(Object.entries(files).reverse());
    expect(digestOf(planChange(input(turned(BEFORE), turned(AFTER))))).toBe(digest);
  });

  it("is the same in whatever language the process speaks", () => {
    const names = ["ch-1", "h", "c", "z", "aa", "s", "t", "a-b", "ab"];
    const files = Object.fromEntries(names.map((name) => [`services/${name}/d.yaml`, deployment(name, `${name}:1`)]));
    const plan = planChange({ ...input({}, files), changedPaths: [] });
    // Danish puts aa behind z, Czech ch behind h: an order that a locale decides would differ there.
    const sorted = [...names].sort();
    expect(plan.workloads.map((one) => one.name)).toEqual(sorted);
    expect(plan.services.map((one) => one.service)).toEqual(sorted);
    expect(plan.objects.map((one) => one.service)).toEqual(sorted);
  });

  it("survives being stored as JSON and read back through the schema", () => {
    const stored: unknown = JSON.parse(JSON.stringify(planChange(input())));
    expect(digestOf(stored)).toBe(digest);
    expect(digestOf(StoredChangePlan.parse(stored))).toBe(digest);
  });

  it.each([
    ["the base", { base: "d".repeat(40) }],
    ["the tree", { tree: "d".repeat(40) }],
    ["the environment", { environment: "gravv/sandbox" }],
    ["a commit", { commits: [commit({ subject: "another" })] }],
    ["an author", { commits: [commit({ coAuthors: [] })] }],
    ["who had a bot write it", { commits: [commit({ triggeredBy: [{ name: "ada", email: "" }] })] }],
    ["an object", { objects: [] }],
  ])("differs when %s differs", (_what, change) => {
    expect(digestOf(planChange({ ...input(), ...change }))).not.toBe(digest);
  });
});

it("touched services are named once, sorted, and files outside of services name none", () => {
  const paths = ["services/b/x", "services/a/y", "services/b/z", "README.md", "services/README.md"];
  expect(servicesTouched(paths, "services")).toEqual(["a", "b"]);
});

it("two people of one name are two people, one person of two spellings of an address is one", () => {
  const people = [
    { name: "Ada", email: "ada@a.example" },
    { name: "Ada", email: "ada@b.example" },
    { name: "A.", email: "ADA@A.example" },
  ];
  expect(distinctPeople(people)).toHaveLength(2);
});

describe("the revision up to which a branch has the other's commits in effect", () => {
  const plain = (revision: string, parent: string): BranchCommit => ({
    revision,
    parents: [parent],
    reverts: undefined,
  });
  const merge = (revision: string, parent: string): BranchCommit => ({
    revision,
    parents: [parent, `dev-of-${revision}`],
    reverts: undefined,
  });
  const revert = (revision: string, parent: string, reverts: string): BranchCommit => ({
    revision,
    parents: [parent],
    reverts,
  });
  const root: BranchCommit = { revision: "root", parents: [], reverts: undefined };

  it("is the head where nothing was reverted", () => {
    expect(effectiveRevision([merge("m1", "root"), root])).toBe("m1");
    expect(effectiveRevision([plain("c1", "m1"), merge("m1", "root"), root])).toBe("c1");
    expect(effectiveRevision([root])).toBe("root");
    expect(effectiveRevision([])).toBeUndefined();
  });

  it("lies before a reverted merge", () => {
    expect(effectiveRevision([revert("r2", "m2", "m2"), merge("m2", "m1"), merge("m1", "root"), root])).toBe("m1");
    expect(effectiveRevision([revert("r1", "m1", "m1"), merge("m1", "root"), root])).toBe("root");
  });

  it("lies before the older of two reverted merges", () => {
    const history = [revert("r1", "r2", "m1"), revert("r2", "m2", "m2"), merge("m2", "m1"), merge("m1", "root"), root];
    expect(effectiveRevision(history)).toBe("root");
  });

  it("is the head again once the reverted commits were promoted anew", () => {
    const history = [merge("m3", "r2"), revert("r2", "m2", "m2"), merge("m2", "m1"), merge("m1", "root"), root];
    expect(effectiveRevision(history)).toBe("m3");
  });

  it("lies before the first of them when the second promotion is reverted as well", () => {
    const history = [
      revert("r3", "m3", "m3"),
      merge("m3", "r2"),
      revert("r2", "m2", "m2"),
      merge("m2", "m1"),
      merge("m1", "root"),
      root,
    ];
    expect(effectiveRevision(history)).toBe("m1");
  });

  it("lies before a reverted merge also when other commits came after it", () => {
    const history = [
      plain("c2", "r2"),
      revert("r2", "c1", "m2"),
      plain("c1", "m2"),
      merge("m2", "m1"),
      merge("m1", "root"),
    ];
    expect(effectiveRevision(history)).toBe("m1");
  });
});
