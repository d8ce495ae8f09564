import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type ControlPlane, startControlPlane } from "#cluster/control-plane.ts";
import { obtainPrograms, type Programs } from "#cluster/programs.ts";
import { prepareCluster } from "./cluster.ts";
import { revisionAnnotation } from "./deployment.ts";
import { filesOfCommit } from "./git.ts";
import { commitToBranch, createRepository, type Repository } from "./repository.ts";

type Cluster = { controlPlane: ControlPlane; programs: Programs };

async function startCluster(directory: string): Promise<Cluster> {
  const programs = await obtainPrograms({ environment: process.env });
  const controlPlane = await startControlPlane({ name: "gravv", directory, programs, stages: "fast" });
  return { controlPlane, programs };
}

const deadlineMs = 60_000;
const amara = { name: "amara", email: "amara@gravv.example" };
const now = new Date("2026-03-02T12:00:00Z");

const objectsSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
    }),
  ),
});
type Objects = z.infer<typeof objectsSchema>["items"];

type Workflow = { process: ChildProcess; printed: () => string; complained: () => string };

let cluster: Cluster;
let scratch = "";
let repository: Repository;
let running: Workflow[] = [];

async function objects(namespace: string, kinds: string): Promise<Objects> {
  const { stdout } = await cluster.controlPlane.kubectl("get", kinds, `--namespace=${namespace}`, "--output=json");
  return objectsSchema.parse(JSON.parse(stdout)).items;
}

async function podsByService(namespace: string): Promise<Record<string, string[]>> {
  const pods = await objects(namespace, "pods");
  const services = Object.groupBy(pods, ({ metadata }) => metadata.labels["app.kubernetes.io/name"] ?? "");
  return Object.fromEntries(
    Object.entries(services).map(([service, members = []]) => [
      service,
      members.map(({ metadata }) => metadata.uid).sort(),
    ]),
  );
}

function startWorkflow(kubeconfig: string): Workflow {
  const args = [
    "--repository",
    repository.directory,
    "--kubeconfig",
    kubeconfig,
    "--kubectl",
    cluster.programs.kubectl,
  ];
  const child = spawn(process.execPath, [join(import.meta.dirname, "deploy-workflow.ts"), ...args], { stdio: "pipe" });
  const printed: string[] = [];
  const complained: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => printed.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => complained.push(text));
  const workflow = { process: child, printed: () => printed.join(""), complained: () => complained.join("") };
  running.push(workflow);
  return workflow;
}

async function stopWorkflow({ process: child }: Workflow): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  }
  return child.exitCode;
}

/** Waits for the line that says that a commit was deployed, and returns what it says was done. */
async function deployed(workflow: Workflow, branch: string, revision: string): Promise<string> {
  const line = new RegExp(`^\\S+Z ${branch} ${revision.slice(0, 7)} (applied \\d+ pruned \\d+) in [\\d.]+ s$`, "m");
  return vi.waitFor(
    () => {
      const [, done] = line.exec(workflow.printed()) ?? [];
      if (done === undefined) {
        throw new Error(
          `${branch} ${revision} is not deployed. It printed: ${workflow.printed()}${workflow.complained()}`,
        );
      }
      return done;
    },
    { timeout: deadlineMs, interval: 50 },
  );
}

/** Waits until a namespace is marked with a commit, which is done last, and its pods run. */
async function settled(namespace: string, revision: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const configMaps = await objects(namespace, "configmaps");
      const applySet = configMaps.find(({ metadata }) => metadata.name === "deploy-workflow");
      expect(applySet?.metadata.annotations[revisionAnnotation]).toBe(revision);
    },
    { timeout: deadlineMs, interval: 200 },
  );
  await cluster.controlPlane.kubectl("rollout", "status", "deployment", `--namespace=${namespace}`, "--timeout=60s");
}

/** Commits to a branch and returns the new commit's id. */
function push(branch: string, change: { files?: Record<string, string>; deletes?: string[] }): Promise<string> {
  return commitToBranch({
    repository: repository.directory,
    branch,
    ...change,
    author: amara,
    message: "a change",
    now,
  });
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gravv-workflow-"));
  cluster = await startCluster(join(scratch, "cluster"));
  await prepareCluster(cluster.controlPlane);
  repository = await createRepository({ directory: join(scratch, "gravv.git"), now });
}, 2 * deadlineMs);

afterEach(async () => {
  await Promise.all(running.map(stopWorkflow));
  running = [];
});

afterAll(async () => {
  await cluster.controlPlane.stop();
  await rm(scratch, { recursive: true, force: true });
}, deadlineMs);

async function heads(): Promise<Repository["heads"]> {
  return (await createRepository({ directory: repository.directory, now })).heads;
}

describe("the deployment workflow", { timeout: 2 * deadlineMs }, () => {
  test("brings both namespaces to their branches when it starts, every object stamped with its commit", async () => {
    const { dev, main } = await heads();
    const workflow = startWorkflow(cluster.controlPlane.kubeconfigs.admin);

    await Promise.all([settled("gravv-sandbox", dev), settled("gravv-live", main)]);

    for (const [namespace, revision] of Object.entries({ "gravv-sandbox": dev, "gravv-live": main })) {
      const found = await objects(namespace, "deployments,services,poddisruptionbudgets,resourcequotas,limitranges");
      const revisions = found.map(({ metadata }) => metadata.annotations[revisionAnnotation]);
      expect(revisions).toEqual(found.map(() => revision));
      expect(found.filter(({ kind }) => kind === "Deployment")).toHaveLength(8);
      expect(Object.values(await podsByService(namespace)).flat()).toHaveLength(22);
    }
    expect(workflow.complained()).toBe("");
    expect(await stopWorkflow(workflow)).toBe(0);
  });

  test("restarts only the services whose pods a push changes, and leaves the other environment alone", async () => {
    const { dev, main } = await heads();
    const workflow = startWorkflow(cluster.controlPlane.kubeconfigs.admin);
    await Promise.all([settled("gravv-sandbox", dev), settled("gravv-live", main)]);
    const { gateway: podsBefore = [], ...othersBefore } = await podsByService("gravv-sandbox");
    const live = await podsByService("gravv-live");
    const [deployment] = await filesOfCommit(repository.directory, dev, ["services/gateway/deployment.yaml"]);
    const text = deployment?.text.replace('value: "900"', 'value: "1200"') ?? "";

    const revision = await push("dev", { files: { "services/gateway/deployment.yaml": text } });
    await deployed(workflow, "dev", revision);
    await settled("gravv-sandbox", revision);

    await vi.waitFor(
      async () => {
        const { gateway: pods = [], ...others } = await podsByService("gravv-sandbox");
        expect(pods).toHaveLength(4);
        expect(pods.filter((uid) => podsBefore.includes(uid))).toEqual([]);
        expect(others).toEqual(othersBefore);
      },
      { timeout: deadlineMs, interval: 200 },
    );
    expect(await podsByService("gravv-live")).toEqual(live);
  });

  test("prunes what a push removes, and only that", async () => {
    const { dev } = await heads();
    const workflow = startWorkflow(cluster.controlPlane.kubeconfigs.admin);
    await settled("gravv-sandbox", dev);
    await cluster.controlPlane.kubectl("create", "configmap", "made-by-hand", "--namespace=gravv-sandbox");

    const revision = await push("dev", { deletes: ["services/webhooks"] });

    expect(await deployed(workflow, "dev", revision)).toBe("applied 31 pruned 4");
    const left = await objects("gravv-sandbox", "deployments,services,poddisruptionbudgets,serviceaccounts,configmaps");
    const names = left.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.filter((name) => name.endsWith(" webhooks"))).toEqual([]);
    expect(names).toContain("ConfigMap made-by-hand");
    expect(left.filter(({ kind }) => kind === "Deployment")).toHaveLength(7);
  });

  test("does not deploy again what is deployed when it is started anew", async () => {
    const { dev, main } = await heads();
    const first = startWorkflow(cluster.controlPlane.kubeconfigs.admin);
    await Promise.all([settled("gravv-sandbox", dev), settled("gravv-live", main)]);
    await stopWorkflow(first);

    const files = { "README.md": "nothing that is applied\n" };
    const mainAfter = await push("main", { files });
    const second = startWorkflow(cluster.controlPlane.kubeconfigs.admin);
    await deployed(second, "main", mainAfter);
    const devAfter = await push("dev", { files });
    await deployed(second, "dev", devAfter);

    expect(second.printed().trim().split("\n")).toHaveLength(2);
    expect(second.complained()).toBe("");
  });

  test("tries again while the API server is away, and says so", async () => {
    const revision = await push("main", { files: { "README.md": "another page\n" } });
    const kubeconfig = join(scratch, "kubeconfig");
    const nowhere = {
      clusters: [{ name: "away", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "away", context: { cluster: "away", user: "" } }],
      "current-context": "away",
    };
    await writeFile(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", ...nowhere }));
    const workflow = startWorkflow(kubeconfig);
    await vi.waitFor(
      () => expect(workflow.complained()).toMatch(/main \w{7} not deployed, trying again in [\d.]+ s: /),
      {
        timeout: deadlineMs,
      },
    );
    expect(workflow.printed()).toBe("");

    await copyFile(cluster.controlPlane.kubeconfigs.admin, kubeconfig);

    await deployed(workflow, "main", revision);
  });
});
