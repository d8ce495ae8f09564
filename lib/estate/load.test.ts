import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USUAL_POSTURE } from "#lib/posture/model.ts";
import { EstateFileError, loadEstate, parseEstate } from "./load.ts";
import { findEnvironment, findPlatform } from "./model.ts";

const FILE = `version: 1
clusters:
  - id: gravv
    kubeconfig: ./kube/gravv.yaml
platforms:
  - id: gravv
    name: Gravv
    repository:
      url: ../gravv.git
      services: services
    revisionAnnotation: deploy.gravv.example/revision
    environments:
      - id: sandbox
        tier: sandbox
        cluster: gravv
        namespaces: [gravv-sandbox]
        branch: dev
        paths: [services, environments/sandbox]
      - id: live
        tier: live
        cluster: gravv
        namespaces: [gravv-live]
        branch: main
        paths: [services, environments/live]
        after: sandbox
policies:
  - action: promotion
    environments: [gravv/live]
    ask: [developer]
    agree: [{ role: operator, count: 2 }, { group: leads }]
access:
  grants:
    - { role: operator, groups: [ops], environments: [gravv/live] }
  accounts:
    - { account: operator, groups: [ops], emails: [operator@gravv.example] }
`;

/** A variable as gatehouse.yaml spells it. */
const spelled = (name: string) => `\${${name}}`;

const parse = (text: string, variables: Record<string, string> = {}) =>
  parseEstate(text, "/etc/gatehouse/gatehouse.yaml", (name) => variables[name]);

function problemsOf(text: string, variables: Record<string, string> = {}): readonly string[] {
  try {
    parse(text, variables);
  } catch (failure) {
    if (failure instanceof EstateFileError) {
      return failure.problems;
    }
    throw failure;
  }
  return [];
}

function changed(from: string, to: string): string {
  if (!FILE.includes(from)) {
    throw new Error(`the file has no ${from}`);
  }
  return FILE.replace(from, to);
}

describe("a right gatehouse.yaml", () => {
  const estate = parse(FILE);

  it("says of each cluster in which groups' name people may change things there", () => {
    const impersonating = changed(
      "gravv.yaml\n",
      "gravv.yaml\n    impersonate: { groups: [ops, 'CN=Leads, OU=EU'] }\n",
    );
    expect(parse(impersonating).clusters[0]?.impersonatedGroups).toEqual(["ops", "CN=Leads, OU=EU"]);
  });

  it("takes a cluster by its kubeconfig, or the one that Gatehouse itself runs in", () => {
    const own = parse(changed("kubeconfig: ./kube/gravv.yaml", "inCluster: true"));
    expect(own.clusters[0]?.kubeconfigPath).toBeUndefined();
    const both = changed("gravv.yaml\n", "gravv.yaml\n    inCluster: true\n");
    expect(problemsOf(both)).toEqual([
      expect.stringMatching(/clusters\[0\]: expected either a kubeconfig or inCluster: true/),
    ]);
    const neither = changed("kubeconfig: ./kube/gravv.yaml", "context: gravv");
    expect(problemsOf(neither).join()).toMatch(/clusters\[0\]\.context: expected a context only beside a kubeconfig/);
  });

  it("gives environments their full names and paths their folder", () => {
    expect(estate.clusters).toEqual([
      {
        id: "gravv",
        kubeconfigPath: "/etc/gatehouse/kube/gravv.yaml",
        context: undefined,
        impersonatedGroups: undefined,
      },
    ]);
    expect(findPlatform(estate, "gravv")?.repository?.url).toBe("/etc/gravv.git");
    expect(findEnvironment(estate, "gravv/live")?.environment).toMatchObject({
      id: "gravv/live",
      name: "live",
      platformId: "gravv",
      after: "gravv/sandbox",
      namespaces: ["gravv-live"],
    });
    expect(findEnvironment(estate, "gravv/nowhere")).toBeUndefined();
    expect(findPlatform(estate, "other")).toBeUndefined();
  });

  it("reads off each commit who had a bot write it, by the usual trailers or by the platform's own", () => {
    const trailersOf = (text: string) => findPlatform(parse(text), "gravv")?.repository?.triggerTrailers;
    expect(trailersOf(FILE)).toEqual(["Triggered-by", "On-behalf-of"]);
    const own = "services: services\n      triggerTrailers: ";
    expect(trailersOf(changed("services: services\n", `${own}[Started-by]\n`))).toEqual(["Started-by"]);
    expect(problemsOf(changed("services: services\n", `${own}["a,b"]\n`)).join()).toMatch(/expected a trailer's name/);
  });

  it("has times in milliseconds, with what is usual where nothing is said", () => {
    expect(findPlatform(estate, "gravv")).toMatchObject({
      stuckAfterMs: 60_000,
      rolloutDeadlineMs: 900_000,
    });
  });

  it.each([
    "https://git.example/gravv.git",
    "ssh://git@git.example/gravv.git",
    "git@git.example:gravv.git",
    "/srv/gravv.git",
  ])("leaves %s as it stands", (url) => {
    expect(findPlatform(parse(changed("../gravv.git", url)), "gravv")?.repository?.url).toBe(url);
  });

  it("may name variables, once or several times in a value", () => {
    const text = changed("../gravv.git", `${spelled("SCHEME")}://${spelled("HOST")}/gravv.git`);
    const variables = { SCHEME: "https", HOST: "git.example" };
    expect(findPlatform(parse(text, variables), "gravv")?.repository?.url).toBe("https://git.example/gravv.git");
  });

  it("does not read a variable's value as YAML or as another variable", () => {
    const estateOf = parse(changed("name: Gravv", `name: ${spelled("NAME")}`), { NAME: `[a]: ${spelled("HOME")}` });
    expect(findPlatform(estateOf, "gravv")?.name).toBe(`[a]: ${spelled("HOME")}`);
  });

  it("gives each account the roles of its groups, where they are granted", () => {
    expect(estate.people).toEqual([
      {
        account: "operator",
        emails: ["operator@gravv.example"],
        groups: ["ops"],
        grants: [{ role: "operator", environments: ["gravv/live"] }],
      },
    ]);
  });

  it("has policies with what is usual where nothing is said: step-up, and neither requester nor authors nor triggerers count", () => {
    expect(estate.policies).toEqual([
      {
        action: "promotion",
        environments: ["gravv/live"],
        policy: {
          ask: ["developer"],
          agree: [
            { kind: "role", name: "operator", count: 2 },
            { kind: "group", name: "leads", count: 1 },
          ],
          exclude: ["requester", "authors", "triggerers"],
          stepUp: true,
          expiresAfterMs: 240 * 60_000,
          run: "at-once",
          tickets: [],
          freezes: [],
        },
      },
    ]);
  });

  it("need not name accounts", () => {
    expect(parse(FILE.slice(0, FILE.indexOf("access:"))).people).toEqual([]);
  });
});

describe("an OpenID Connect provider", () => {
  const withProvider = (changes: Readonly<Record<string, unknown>>) => {
    const oidc = {
      issuer: "https://id.example",
      clientId: "gatehouse",
      clientSecret: "s",
      name: "Example",
      ...changes,
    };
    return changed("access:\n", `access:\n  oidc: ${JSON.stringify(oidc)}\n`);
  };

  it("needs an address, a client and a name; the claims are the usual ones, and its secret may be a variable", () => {
    const text = withProvider({ clientSecret: spelled("OIDC_CLIENT_SECRET") });
    expect(parse(text, { OIDC_CLIENT_SECRET: "from outside" }).oidc).toEqual({
      issuer: "https://id.example",
      clientId: "gatehouse",
      clientSecret: "from outside",
      name: "Example",
      scopes: ["openid", "profile", "email"],
      accountClaim: "preferred_username",
      groupsClaim: "groups",
    });
    expect(parse(FILE).oidc).toBeUndefined();
  });

  it.each([
    [{ issuer: "http://id.example" }, /access\.oidc\.issuer: expected https/],
    [{ issuer: "id.example" }, /access\.oidc\.issuer: expected the provider's issuer/],
    [{ scopes: ["profile"] }, /access\.oidc\.scopes: expected openid/],
    [{ scopes: ["openid", "a b"] }, /access\.oidc\.scopes\[1\]: expected an OAuth scope/],
    [{ clientSecret: "" }, /access\.oidc\.clientSecret: /],
  ])("with %j is refused", (changes, problem) => {
    expect(problemsOf(withProvider(changes))).toEqual([expect.stringMatching(problem)]);
  });

  it("over plain HTTP is accepted on this machine alone", () => {
    expect(parse(withProvider({ issuer: "http://127.0.0.1:4000" })).oidc?.issuer).toBe("http://127.0.0.1:4000");
  });
});

const AT = "/etc/gatehouse/gatehouse.yaml";

describe("a wrong gatehouse.yaml names file, line, column, path and what was expected:", () => {
  it.each<[string, string, string, string]>([
    ["version", "version: 1", "version: 2", `${AT}:1:10: version: expected 1`],
    [
      "name",
      "id: gravv\n    kube",
      "id: Gravv!\n    kube",
      `${AT}:3:9: clusters[0].id: expected lower-case letters, digits and hyphens, at most 63 (RFC 1123)`,
    ],
    [
      "unknown key",
      "    name: Gravv",
      "    nmae: Gravv\n    name: Gravv",
      `${AT}:7:11: platforms[0].nmae: unknown key "nmae"; expected only the keys the documentation names`,
    ],
    [
      "choice",
      "tier: live",
      "tier: production",
      `${AT}:20:15: platforms[0].environments[1].tier: expected "live" or "sandbox"`,
    ],
    [
      "cluster",
      "cluster: gravv\n        namespaces: [gravv-live]",
      "cluster: other\n        namespaces: [gravv-live]",
      `${AT}:21:18: platforms[0].environments[1].cluster: expected one of the clusters: gravv`,
    ],
    [
      "environment before",
      "after: sandbox",
      "after: staging",
      `${AT}:25:16: platforms[0].environments[1].after: expected another environment of this platform: sandbox`,
    ],
    [
      "environment before itself",
      "after: sandbox",
      "after: live",
      `${AT}:25:16: platforms[0].environments[1].after: expected another environment of this platform: sandbox`,
    ],
    [
      "environment twice",
      "id: live",
      "id: sandbox",
      `${AT}:19:13: platforms[0].environments[1].id: "sandbox" stands twice; expected each name once`,
    ],
    [
      "path out of the repository",
      "[services, environments/live]",
      "[services, ../secrets]",
      `${AT}:24:27: platforms[0].environments[1].paths[1]: expected a path inside the repository`,
    ],
    [
      "branch that is an option",
      "branch: main",
      "branch: --upload-pack=x",
      `${AT}:23:17: platforms[0].environments[1].branch: expected a Git branch name`,
    ],
    [
      "role",
      "role: operator, groups",
      "role: root, groups",
      `${AT}:33:15: access.grants[0].role: expected "viewer" or "developer" or "operator" or "compliance" or "risk" or "auditor" or "admin"`,
    ],
  ])("%s", (_what, from, to, problem) => {
    expect(problemsOf(changed(from, to))).toContain(problem);
  });

  it.each([
    ["no approvers", "count: 2", "count: 0", /:30:38: policies\[0\]\.agree\[0\]\.count: .*>=1/],
    ["text for a number", "count: 2", 'count: "2"', /:30:13: policies\[0\]\.agree\[0\]: expected \{ role, count \}/],
    [
      "a policy where no environment is",
      "environments: [gravv/live]\n    ask",
      "environments: [gravv/life]\n    ask",
      /:28:20: policies\[0\]\.environments\[0\]: "gravv\/life" matches no environment; expected \* or one of gravv\/sandbox, gravv\/live$/,
    ],
    ["a policy that nobody may ask under", "ask: [developer]", "ask: []", /:29:10: policies\[0\]\.ask: /],
    [
      "a ticket that is no pattern",
      "    ask: [developer]",
      '    ticket: "("\n    ask: [developer]',
      /:29:13: policies\[0\]\.ticket: expected a regular expression/,
    ],
    ["no namespaces", "[gravv-live]", "[]", /:22:21: platforms\[0\]\.environments\[1\]\.namespaces: /],
    [
      "a missing key, at what should hold it",
      "        tier: live\n",
      "",
      /:19:9: platforms\[0\]\.environments\[1\]\.tier: /,
    ],
    ["an address that is none", "operator@gravv.example", "operator", /access\.accounts\[0\]\.emails\[0\]: /],
  ])("%s", (_what, from, to, problem) => {
    expect(problemsOf(changed(from, to))).toEqual([expect.stringMatching(problem)]);
  });

  it("a variable that is not set", () => {
    expect(problemsOf(changed("./kube/gravv.yaml", spelled("GRAVV_KUBECONFIG")))).toEqual([
      `${AT}:4:17: clusters[0].kubeconfig: the environment variable GRAVV_KUBECONFIG is not set; expected a value for \${GRAVV_KUBECONFIG}`,
    ]);
  });

  it("groups to impersonate that are none, stand twice, are Kubernetes' own or cannot be sent", () => {
    const impersonating = (groups: string) =>
      problemsOf(changed("gravv.yaml\n", `gravv.yaml\n    impersonate: { groups: ${groups} }\n`));
    expect(impersonating("[]")).toEqual([expect.stringMatching(/^.*:5:28: clusters\[0\]\.impersonate\.groups: /)]);
    expect(impersonating("[ops, ops]")).toEqual([
      `${AT}:5:34: clusters[0].impersonate.groups[1]: "ops" stands twice; expected each name once`,
    ]);
    expect(impersonating("[ops, system:masters]")).toEqual([
      `${AT}:5:34: clusters[0].impersonate.groups[1]: expected a name that does not begin with system:, which is Kubernetes' own`,
    ]);
    expect(impersonating('["o\\nps"]')).toEqual([
      `${AT}:5:29: clusters[0].impersonate.groups[0]: expected 1 to 200 printable ASCII characters, and no space at either end`,
    ]);
  });

  it("a cluster, a platform and an account that stand twice", () => {
    const cluster = FILE.replace("platforms:", "  - id: gravv\n    kubeconfig: b.yaml\nplatforms:");
    expect(problemsOf(cluster)).toEqual([`${AT}:5:9: clusters[1].id: "gravv" stands twice; expected each name once`]);
    const account = `${FILE}    - { account: operator, groups: [] }\n`;
    expect(problemsOf(account)).toEqual([
      `${AT}:36:18: access.accounts[1].account: "operator" stands twice; expected each name once`,
    ]);
    const platform = FILE.slice(FILE.indexOf("  - id: gravv\n    name"), FILE.indexOf("policies:"));
    expect(problemsOf(FILE.replace("policies:", `${platform}policies:`))).toEqual([
      `${AT}:26:9: platforms[1].id: "gravv" stands twice; expected each name once`,
      `${AT}:36:22: platforms[1].environments[0].namespaces[0]: "gravv/gravv-sandbox" stands twice; expected each name once`,
      `${AT}:42:22: platforms[1].environments[1].namespaces[0]: "gravv/gravv-live" stands twice; expected each name once`,
    ]);
  });

  it("environments that come after each other in a circle", () => {
    const circle = changed("branch: dev\n", "branch: dev\n        after: live\n");
    expect(problemsOf(circle)).toEqual([
      expect.stringContaining("platforms[0].environments[0].after: expected an order of promotion"),
      expect.stringContaining("platforms[0].environments[1].after: expected an order of promotion"),
    ]);
  });

  it("what is not YAML, and where it ceases to be", () => {
    expect(problemsOf("version: 1\nclusters: [a\nplatforms: b")[0]).toMatch(
      /^\/etc\/gatehouse\/gatehouse\.yaml:\d+:\d+: not YAML: /,
    );
    expect(problemsOf("version: 1\nversion: 1\n")).toEqual([
      expect.stringMatching(/^\/etc\/gatehouse\/gatehouse\.yaml:2:1: not YAML: .*unique/),
    ]);
  });

  it.each(["", "hello", "[]", "# nothing\n"])("what is no mapping at all: %j", (text) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^\/etc\/gatehouse\/gatehouse\.yaml:1:1: the file: /)]);
  });

  it("several mistakes at once, each in its place", () => {
    const text = changed("tier: live", "tier: production").replace("id: live", "id: Live");
    expect(problemsOf(text)).toHaveLength(2);
  });
});

describe("the file itself", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gatehouse-estate-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("is read from where it is, with paths relative to it", () => {
    const path = join(folder, "gatehouse.yaml");
    writeFileSync(path, FILE);
    expect(loadEstate(path).clusters[0]?.kubeconfigPath).toBe(join(folder, "kube/gravv.yaml"));
  });

  it("that is missing is named, with what says where it is", () => {
    const path = join(folder, "missing.yaml");
    expect(() => loadEstate(path)).toThrow(
      `${path}: cannot be read (ENOENT). Expected a gatehouse.yaml; GATEHOUSE_CONFIG says where it is.`,
    );
  });

  it("that is a folder is named too", () => {
    expect(() => loadEstate(folder)).toThrow(`${folder}: cannot be read (EISDIR)`);
  });
});

describe("how the record is signed", () => {
  const withRecord = (record: string) => `${FILE}record: ${record}\n`;

  it("has paths relative to gatehouse.yaml, and a checkpoint a minute or a hundred rows unless it says otherwise", () => {
    const { record } = parse(
      withRecord(
        "{ key: keys/record.pem, earlierKeys: [keys/2025.pub], checkpoints: [{ folder: ../kept }, { git: ../record.git, branch: record }] }",
      ),
    );
    expect(record).toEqual({
      keyPath: "/etc/gatehouse/keys/record.pem",
      earlierKeyPaths: ["/etc/gatehouse/keys/2025.pub"],
      checkpoints: [
        { kind: "folder", path: "/etc/kept" },
        { kind: "git", url: "/etc/record.git", branch: "record" },
      ],
      everyMs: 60_000,
      everyRows: 100,
    });
  });

  it("may be left out, so that nothing is signed", () => {
    expect(parse(FILE).record).toBeUndefined();
  });

  const inBucket = (more = "") =>
    withRecord(`{ key: k, checkpoints: [{ bucket: my-record, region: eu-central-1${more} }] }`);
  const AWS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

  it("in a bucket names AWS and its usual variables unless it says otherwise, and holds no credentials", () => {
    expect(parse(inBucket(), AWS).record?.checkpoints).toEqual([
      {
        kind: "bucket",
        endpoint: "https://s3.eu-central-1.amazonaws.com",
        bucket: "my-record",
        region: "eu-central-1",
        prefix: "checkpoints",
        credentials: {
          accessKeyId: "AWS_ACCESS_KEY_ID",
          secretAccessKey: "AWS_SECRET_ACCESS_KEY",
          sessionToken: "AWS_SESSION_TOKEN",
        },
      },
    ]);
  });

  it("in a bucket elsewhere names its address, what the keys begin with and the variables of its credentials", () => {
    const credentials = "credentials: { accessKeyIdFrom: ID, secretAccessKeyFrom: SECRET, sessionTokenFrom: SESSION }";
    const text = inBucket(`, endpoint: "http://127.0.0.1:7070/", prefix: gravv/record, ${credentials}`);
    expect(parse(text, { ID: "a", SECRET: "b", SESSION: "c" }).record?.checkpoints).toMatchObject([
      {
        endpoint: "http://127.0.0.1:7070",
        prefix: "gravv/record",
        credentials: { accessKeyId: "ID", secretAccessKey: "SECRET", sessionToken: "SESSION" },
      },
    ]);
  });

  it.each([
    [", endpoint: ftp://s3.example.com", "record.checkpoints[0].endpoint: expected https://, or http:// on loopback"],
    [", endpoint: s3.example.com", "record.checkpoints[0].endpoint: expected the store's address"],
    [
      ', endpoint: "http://s3.example.com"',
      "record.checkpoints[0].endpoint: expected https://, or http:// on loopback",
    ],
    [', endpoint: "https://s3.example.com/b"', "record.checkpoints[0].endpoint: expected an address without a path"],
    [
      ', endpoint: "https://me:pw@s3.example.com"',
      "record.checkpoints[0].endpoint: expected an address without a path",
    ],
    [", prefix: /record", "record.checkpoints[0].prefix: expected a prefix such as gravv/checkpoints"],
    [", prefix: a/../b", "record.checkpoints[0].prefix: expected a prefix such as gravv/checkpoints"],
    [", prefx: a", 'record.checkpoints[0].prefx: unknown key "prefx"'],
    [
      ", credentials: { accessKeyIdFrom: AKIAIOSFODNN7EXAMPLE, secretAccessKeyFrom: SECRET }",
      "record.checkpoints[0].credentials.accessKeyIdFrom: expected the name of an environment variable, and no secret itself",
    ],
    [
      ", credentials: { accessKeyIdFrom: ID, secretAccessKeyFrom: wJalrXUtnFEMI/K7MDENG }",
      "record.checkpoints[0].credentials.secretAccessKeyFrom: expected the name of an environment variable, and no secret",
    ],
  ])("in a bucket is refused with %s, saying where and what was expected, and never what stood there", (more, said) => {
    const problems = problemsOf(inBucket(more), AWS);
    expect(problems).toEqual([expect.stringContaining(said)]);
    expect(problems.join()).not.toMatch(/AKIA|wJalr|me:pw/);
  });

  it.each([
    ["", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    [", credentials: { accessKeyIdFrom: ID, secretAccessKeyFrom: SECRET }", "ID", "SECRET"],
  ])("in a bucket is refused where its credentials are not in the environment%s", (more, ...names) => {
    expect(problemsOf(inBucket(more))).toEqual(
      names.map((name) =>
        expect.stringContaining(
          `record.checkpoints[0].credentials: the environment variable ${name} is not set; expected the credentials`,
        ),
      ),
    );
  });

  it.each(["My_Bucket", "a", "-record", "record-"])("is refused with the bucket %s", (name) => {
    const text = withRecord(`{ key: k, checkpoints: [{ bucket: "${name}", region: eu-central-1 }] }`);
    expect(problemsOf(text, AWS)).toEqual([
      expect.stringContaining("record.checkpoints[0].bucket: expected a bucket's name"),
    ]);
  });

  it.each([
    ["{ key: k }", "record.checkpoints"],
    ["{ key: k, checkpoints: [] }", "expected at least one place off the database"],
    ["{ key: k, checkpoints: [{ git: ../record.git }] }", "expected { folder: a path } or { git: a repository"],
    ["{ key: k, checkpoints: [{ folder: f }], everySeconds: 0 }", "record.everySeconds"],
    ["{ key: k, checkpoints: [{ folder: f }], evry: 1 }", 'unknown key "evry"'],
  ])("is refused as %s, saying where and what was expected", (record, said) => {
    expect(problemsOf(withRecord(record))).toEqual([expect.stringContaining(said)]);
  });
});

describe("an environment that Gatehouse only watches", () => {
  const watched = FILE.replace("    repository:\n      url: ../gravv.git\n      services: services\n", "")
    .replace("    revisionAnnotation: deploy.gravv.example/revision\n", "")
    .replaceAll(/ {8}(branch|paths): .*\n/g, "");

  it("has no repository, no branch and no folders, and says so", () => {
    const estate = parse(watched);
    expect(findPlatform(estate, "gravv")).toMatchObject({ repository: undefined, revisionAnnotation: undefined });
    expect(findEnvironment(estate, "gravv/live")?.environment.delivery).toBeUndefined();
  });

  it.each([
    [
      "a branch without folders",
      changed("        paths: [services, environments/live]\n", ""),
      "expected paths beside it",
    ],
    ["folders without a branch", changed("        branch: main\n", ""), "expected branch beside it"],
    [
      "a branch of no repository",
      watched.replace("[gravv-live]\n", "[gravv-live]\n        branch: main\n        paths: [services]\n"),
      "expected no branch: its platform has no repository",
    ],
    [
      "a repository whose revisions nobody leaves",
      changed("    revisionAnnotation: deploy.gravv.example/revision\n", ""),
      "platforms[0].repository: expected revisionAnnotation beside it",
    ],
  ])("is not made by half: %s is refused", (_half, text, said) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(said)]);
  });
});

describe("what an environment forbids and declares", () => {
  const inLive = (lines: string) => changed("after: sandbox\n", `after: sandbox\n${lines}`);
  const forbidding = (path: string) => inLive(`        forbiddenPaths: [${path}]\n`);

  it("names pods by namespace or service, outside, a port, all ports but some, and why", () => {
    const text = inLive(`        forbiddenPaths:
          - { from: gravv-sandbox, to: gravv-live, why: sandbox keys must not reach money }
          - { from: outside, to: gravv-live/ledger, port: 8080, why: only the gateway is public }
          - { from: gravv-live, to: kube-system, exceptPorts: [53], why: names alone }
        dependencies:
          - { from: gravv-live/ledger, to: gravv-live/webhooks, port: 80 }
`);
    const live = { namespace: "gravv-live", service: undefined };
    expect(findEnvironment(parse(text), "gravv/live")?.environment).toMatchObject({
      forbiddenPaths: [
        { from: { namespace: "gravv-sandbox", service: undefined }, to: live, port: undefined, exceptPorts: [] },
        { from: "outside", to: { namespace: "gravv-live", service: "ledger" }, port: 8080 },
        { from: live, to: { namespace: "kube-system" }, port: undefined, exceptPorts: [53], why: "names alone" },
      ],
      dependencies: [
        {
          from: { namespace: "gravv-live", service: "ledger" },
          to: { namespace: "gravv-live", service: "webhooks" },
          port: 80,
        },
      ],
    });
  });

  it.each([
    [forbidding("{ from: Live, to: gravv-live, why: w }"), "expected outside, <namespace> or <namespace>/<service>"],
    [forbidding("{ from: a/b/c, to: gravv-live, why: w }"), "expected outside, <namespace> or <namespace>/<service>"],
    [
      forbidding("{ from: gravv-live, to: outside/, why: w }"),
      "expected outside, <namespace> or <namespace>/<service>",
    ],
    [forbidding("{ from: gravv-live, to: gravv-sandbox, port: 0, why: w }"), "forbiddenPaths[0].port: "],
    [
      forbidding("{ from: gravv-live, to: gravv-sandbox, port: 1, exceptPorts: [2], why: w }"),
      "expected either port or exceptPorts, not both",
    ],
    [
      forbidding("{ from: gravv-sandbox, to: kube-system, why: w }"),
      "forbiddenPaths[0].from: expected one end in a namespace of this environment: gravv-live",
    ],
    [
      inLive("        dependencies: [{ from: gravv-live, to: gravv-live/ledger, port: 80 }]\n"),
      "dependencies[0].from: expected <namespace>/<service>",
    ],
  ])("is refused where it says nothing that can be checked: %#", (text, said) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(said)]);
  });
});

describe("what a platform's people call things, and what they cost", () => {
  const ofPlatform = (lines: string) => changed("    environments:\n", `${lines}    environments:\n`);

  it("asks of what runs there what is usual, more where it says so, or only what it names", () => {
    const asked = (posture: string) => findPlatform(parse(ofPlatform(posture)), "gravv")?.posture;
    expect(asked("")).toEqual(USUAL_POSTURE);
    expect(asked("    posture: [usual, requests_not_limits, no_budget]\n")).toEqual([
      ...USUAL_POSTURE,
      "requests_not_limits",
    ]);
    expect(asked("    posture: [no_budget]\n")).toEqual(["no_budget"]);
    expect(problemsOf(ofPlatform("    posture: [no_budgets]\n"))).toEqual([expect.stringContaining("posture[0]")]);
  });

  it("names who delivers it and where its thresholds stand in words, and no pipeline beside its repository", () => {
    const named = "    thresholds: Prometheus rules, to Slack\n";
    expect(findPlatform(parse(ofPlatform(named)), "gravv")).toMatchObject({
      pipeline: undefined,
      thresholds: "Prometheus rules, to Slack",
    });
    expect(problemsOf(ofPlatform("    pipeline: Argo CD\n"))).toEqual([
      expect.stringContaining("pipeline: expected no pipeline beside a repository"),
    ]);
    expect(problemsOf(ofPlatform('    thresholds: " "\n'))).toEqual([
      expect.stringContaining("thresholds: expected a few words"),
    ]);
  });

  it("has labels for team and product only where they are named, and one for what a job is for", () => {
    expect(findPlatform(parse(FILE), "gravv")).toMatchObject({
      labels: { team: undefined, product: undefined, role: "gatehouse.dev/role" },
      prices: undefined,
    });
    const named = ofPlatform("    labels: { team: gravv.example/team, product: product }\n");
    expect(findPlatform(parse(named), "gravv")?.labels).toMatchObject({
      team: "gravv.example/team",
      product: "product",
    });
  });

  it("keeps money as it is written, with its currency", () => {
    const priced = ofPlatform(`    prices: { currency: USD, cpuCoreHour: "0.0316", memoryGiBHour: "0.00424" }\n`);
    expect(findPlatform(parse(priced), "gravv")?.prices).toEqual({
      currency: "USD",
      cpuCoreHour: "0.0316",
      memoryGiBHour: "0.00424",
      storageGiBMonth: undefined,
    });
  });

  it.each([
    [
      `{ currency: usd, cpuCoreHour: "1", memoryGiBHour: "1" }`,
      "prices.currency: expected a currency code such as USD",
    ],
    [`{ currency: USD, cpuCoreHour: 0.0316, memoryGiBHour: "1" }`, 'expected an amount in quotes, such as "0.0316"'],
    [`{ currency: USD, cpuCoreHour: "1e3", memoryGiBHour: "1" }`, 'expected an amount such as "0.0316"'],
  ])("refuses %s", (prices, said) => {
    expect(problemsOf(ofPlatform(`    prices: ${prices}\n`))).toEqual([expect.stringContaining(said)]);
  });

  it("refuses a label's key that Kubernetes would refuse", () => {
    expect(problemsOf(ofPlatform("    labels: { team: 'my team' }\n"))).toEqual([
      expect.stringContaining("labels.team: expected a label's key, such as example.com/team"),
    ]);
  });
});

describe("a Compose host", () => {
  const withHosts = (hosts: string) => changed("platforms:\n", `composeHosts: ${hosts}\nplatforms:\n`);

  it("is a socket on this machine, or an address with the files that let one in", () => {
    const tls = "{ ca: ca.pem, certificate: cert.pem, key: key.pem }";
    const hosts = withHosts(
      `[{ id: a, socket: run/docker.sock }, { id: b, url: "https://b.example:2376", tls: ${tls} }]`,
    );
    expect(parse(hosts).composeHosts).toEqual([
      { id: "a", socketPath: "/etc/gatehouse/run/docker.sock" },
      {
        id: "b",
        url: "https://b.example:2376",
        tls: { ca: "/etc/gatehouse/ca.pem", certificate: "/etc/gatehouse/cert.pem", key: "/etc/gatehouse/key.pem" },
      },
    ]);
    expect(parse(FILE).composeHosts).toEqual([]);
  });

  it.each([
    ["[{ id: a }]", "expected { id, socket } or { id, url, tls"],
    ['[{ id: a, url: "https://a.example" }]', "expected { id, socket } or { id, url, tls"],
    ['[{ id: a, socket: s, url: "https://a.example" }]', 'unknown key "url"'],
  ])("is refused as %s", (hosts, said) => {
    expect(problemsOf(withHosts(hosts))).toEqual([expect.stringContaining(said)]);
  });

  it("stands once", () => {
    expect(problemsOf(withHosts("[{ id: a, socket: s }, { id: a, socket: t }]"))).toEqual([
      expect.stringContaining('composeHosts[1].id: "a" stands twice'),
    ]);
  });
});
