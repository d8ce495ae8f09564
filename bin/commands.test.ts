import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePorts } from "#cluster/ports.ts";
import { createRepository } from "#estates/gravv/repository.ts";

type Run = { exitCode: number | null; said: string };

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gatehouse-commands-"));
});

afterEach(() => rm(scratch, { recursive: true, force: true }));

/** Runs a program of `bin/` to its end, with no more of this process's environment than it needs. */
function run(program: string, programArguments: string[], environment: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, program), ...programArguments], {
      cwd: scratch,
      env: { NODE_ENV: "production", PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.on("close", (exitCode) => resolve({ exitCode, said }));
  });
}

async function writeConfig(text: string): Promise<Record<string, string>> {
  const path = join(scratch, "gatehouse.yaml");
  await writeFile(path, text);
  return { GATEHOUSE_CONFIG: path };
}

const oneOfEach = (repository: string, branch: string) => `
version: 1
clusters: [{ id: gravv, kubeconfig: kubeconfig.yaml }]
platforms:
  - id: gravv
    name: Gravv
    repository: { url: ${repository}, services: services }
    revisionAnnotation: deploy.gravv.example/revision
    environments:
      - { id: live, tier: live, cluster: gravv, namespaces: [gravv-live], branch: ${branch}, paths: [services] }
`;

const kubeconfig = (port: number) => `
apiVersion: v1
kind: Config
clusters: [{ name: gravv, cluster: { server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true } }]
users: [{ name: gravv, user: {} }]
contexts: [{ name: gravv, context: { cluster: gravv, user: gravv } }]
current-context: gravv
`;

describe("npm run demo", () => {
  test("refuses a PORT that is none, and anything it does not know, before it does anything", async () => {
    expect(await run("bootstrap.mjs", ["demo"], { PORT: "web" })).toEqual({
      exitCode: 2,
      said: 'PORT is "web", which is not a port. Nothing was started. Set it to a number from 1 to 65535.\n',
    });
    const unknown = await run("bootstrap.mjs", ["demo", "--rest"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.said).toContain("The demo does not know --rest. Nothing was started.");
  });
});

describe("npx gatehouse", () => {
  test("says how it is used when the command is unknown or missing", async () => {
    for (const wrong of [[], ["chekc"], ["check", "now"]]) {
      const { exitCode, said } = await run("gatehouse.mjs", wrong);
      expect(exitCode).toBe(2);
      expect(said).toContain("usage: npx gatehouse <command>");
    }
  });

  test("check says each problem of a wrong file with its place, and ends with 2", async () => {
    const environment = await writeConfig("version: 2\nclusters: []\nplatforms: []\n");
    const { exitCode, said } = await run("gatehouse.mjs", ["check"], environment);
    expect(exitCode).toBe(2);
    expect(said.trim().split("\n").length).toBeGreaterThanOrEqual(3);
    expect(said).toContain(`✗ ${environment.GATEHOUSE_CONFIG}:1:10: version: expected 1`);
  });

  test("check names each system that it does not reach, and ends with 1", async () => {
    const { nobody } = await freePorts(["nobody"], {});
    await writeFile(join(scratch, "kubeconfig.yaml"), kubeconfig(nobody));
    const environment = await writeConfig(oneOfEach(join(scratch, "absent.git"), "main"));
    const { exitCode, said } = await run("gatehouse.mjs", ["check"], environment);
    expect(exitCode).toBe(1);
    expect(said).toContain("✗ not reached  cluster gravv: the cluster does not answer");
    expect(said).toContain("✗ not reached  repository of gravv: ");
    expect(said).toContain("✗ not reached  database: DATABASE_URL is not set");
  });

  test("check says what it reaches, and a branch that a repository lacks", async () => {
    const server = createServer((_request, response) => response.end("ok"));
    const { cluster } = await freePorts(["cluster"], {});
    await new Promise((resolve) => server.listen(cluster, "127.0.0.1", () => resolve(undefined)));
    await writeFile(join(scratch, "kubeconfig.yaml"), kubeconfig(cluster));
    const { directory } = await createRepository({ directory: join(scratch, "gravv.git"), now: new Date() });
    const environment = await writeConfig(oneOfEach(directory, "release"));
    const { exitCode, said } = await run("gatehouse.mjs", ["check"], environment);
    server.close();
    expect(exitCode).toBe(1);
    expect(said).toContain("✓ valid");
    expect(said).toContain("✓ reached      cluster gravv");
    expect(said).toContain("✗ not reached  repository of gravv: it answers, but has no branch release");
  });

  test("check explains the policies, names what can never work in them, and ends with 2", async () => {
    const { nobody } = await freePorts(["nobody"], {});
    await writeFile(join(scratch, "kubeconfig.yaml"), kubeconfig(nobody));
    const environment = await writeConfig(`${oneOfEach(join(scratch, "absent.git"), "main")}
access:
  accounts: [{ account: op, groups: [platform] }]
  grants: [{ role: operator, groups: [platform] }]
policies: [{ action: promotion, environments: [gravv/live], ask: [operator], agree: [{ role: operator }] }]
`);
    const { exitCode, said } = await run("gatehouse.mjs", ["check"], environment);
    expect(exitCode).toBe(2);
    expect(said).toContain("  gravv/live  promotion: Operator may ask for a promotion. 1 of operators must agree");
    expect(said).toContain("  gravv/live  rollback: no policy, so nobody may.");
    expect(said).toContain("✗ policy       gravv/live  promotion: Nobody could ever approve it");
  });

  test("migrate says that it needs a database, and ends with 2", async () => {
    const { exitCode, said } = await run("gatehouse.mjs", ["migrate"]);
    expect(exitCode).toBe(2);
    expect(said).toContain("DATABASE_URL is not set, so no migration was applied.");
  });
});

describe("npm start", () => {
  test("names everything that is missing, one line each, and starts nothing", async () => {
    const { exitCode, said } = await run("bootstrap.mjs", ["start"], { GATEHOUSE_CONFIG: join(scratch, "none.yaml") });
    expect(exitCode).toBe(2);
    for (const line of [
      "none.yaml: cannot be read",
      "DATABASE_URL is not set",
      "NEXTAUTH_URL is",
      "NEXTAUTH_SECRET is",
    ]) {
      expect(said).toContain(line);
    }
    expect(said).toContain("Gatehouse was not started.");
  });

  test("refuses the demo's accounts without passwords", async () => {
    const { exitCode, said } = await run("bootstrap.mjs", ["start"], { GATEHOUSE_DEMO: "1" });
    expect(exitCode).toBe(2);
    expect(said).toContain("GATEHOUSE_DEMO is 1, which lets anybody in without a password");
  });
});
