import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { childEnvironment } from "./commands.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { createNodes } from "./nodes.ts";
import { obtainPrograms, type Programs } from "./programs.ts";
import { type FailureKind, failureLabel, lastWordsAnnotation } from "./stages.ts";

let programs: Programs;
let directory: string;
let controlPlane: ControlPlane;

beforeAll(async () => {
  programs = await obtainPrograms({ environment: process.env });
  directory = await mkdtemp(join(tmpdir(), "gatehouse-control-plane-"));
  controlPlane = await startControlPlane({ name: "test", directory, programs, stages: "fast" });
  await createNodes(controlPlane, [
    { name: "node-a", cpu: "16", memory: "64Gi", pods: 110, zone: "eu-west-1a", roles: ["worker"] },
    { name: "node-b", cpu: "16", memory: "64Gi", pods: 110, zone: "eu-west-1b" },
  ]);
}, 900_000);

afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function apply(name: string, object: unknown): Promise<void> {
  const path = join(directory, `${name}.yaml`);
  await writeFile(path, stringify(object));
  await controlPlane.kubectl("apply", "-f", path);
}

function deployment(name: string, replicas: number, labels: Record<string, string> = {}) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { containers: [{ name: "main", image: "registry.example/main:1.0" }] },
      },
    },
  };
}

/** kubectl in somebody else's name; nothing of it is allowed to throw, a refusal is an answer here. */
function kubectlAs(kubeconfig: string, ...kubectlArguments: string[]) {
  return spawnSync(programs.kubectl, [`--kubeconfig=${kubeconfig}`, ...kubectlArguments], {
    encoding: "utf8",
    env: childEnvironment({ HOME: directory }),
  });
}

const podShape = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    containerStatuses: z
      .array(
        z.object({
          ready: z.boolean(),
          restartCount: z.number(),
          imageID: z.string(),
          state: z.looseObject({
            waiting: z.object({ reason: z.string(), message: z.string().optional() }).optional(),
          }),
          lastState: z.looseObject({ terminated: z.object({ exitCode: z.number(), reason: z.string() }).optional() }),
        }),
      )
      .default([]),
  }),
});
type Pod = z.infer<typeof podShape>;

async function podsOf(app: string): Promise<Pod[]> {
  const { stdout } = await controlPlane.kubectl("get", "pods", "-l", `app=${app}`, "-o", "json");
  return z.object({ items: z.array(podShape) }).parse(JSON.parse(stdout)).items;
}

async function eventually<Value>(look: () => Promise<Value>, isRight: (value: Value) => boolean): Promise<Value> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const value = await look();
    if (isRight(value)) {
      return value;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(`It did not come to be within 20 s. Last seen: ${JSON.stringify(value)}`);
    }
    await sleep(100);
  }
}

describe("a control plane", () => {
  test("brings a Deployment of three to availability, on its nodes", async () => {
    await apply("web", deployment("web", 3));
    await controlPlane.kubectl("wait", "--for=condition=Available", "--timeout=20s", "deployment/web");
    const pods = await podsOf("web");
    expect(pods).toHaveLength(3);
    expect(pods.every((pod) => pod.status.phase === "Running" && pod.spec.nodeName?.startsWith("node-"))).toBe(true);
    expect(pods[0]?.status.containerStatuses[0]?.imageID).toMatch(/^registry\.example\/main@sha256:[0-9a-f]{64}$/);
  });

  test("completes Jobs with their last words, binds volume claims and lets deleted pods go", async () => {
    const container = { name: "main", image: "registry.example/main:1.0" };
    await apply("job", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once" },
      spec: {
        template: {
          metadata: { annotations: { [lastWordsAnnotation]: 'size=18.4Gi\nsaid="all well"' } },
          spec: { restartPolicy: "Never", containers: [container] },
        },
      },
    });
    await apply("claim", {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await apply("gone", deployment("gone", 1));
    await controlPlane.kubectl("wait", "--for=condition=Complete", "--timeout=20s", "job/once");
    const said = "jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}";
    const { stdout } = await controlPlane.kubectl("get", "pods", "--selector=job-name=once", `--output=${said}`);
    expect(stdout).toBe('size=18.4Gi\nsaid="all well"');
    await controlPlane.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "--timeout=20s", "pvc/data");
    await controlPlane.kubectl("delete", "deployment", "gone");
    await eventually(
      () => podsOf("gone"),
      (pods) => pods.length === 0,
    );
  });

  test("lets Gatehouse's service account list pods and ConfigMaps, and no secrets", () => {
    const { gatehouse } = controlPlane.kubeconfigs;
    expect(kubectlAs(gatehouse, "get", "pods,configmaps", "-A").status).toBe(0);
    expect(kubectlAs(gatehouse, "auth", "can-i", "watch", "deployments.apps", "-A").stdout.trim()).toBe("yes");
    const refused = kubectlAs(gatehouse, "get", "secrets", "-A");
    expect(refused.stderr).toContain("Forbidden");
    expect(refused.stderr).toContain("system:serviceaccount:gatehouse-system:gatehouse");
    expect(kubectlAs(gatehouse, "delete", "deployment", "web").stderr).toContain("Forbidden");
  });

  test("lets a kubectl user look and change nothing", () => {
    const { kubectlUser } = controlPlane.kubeconfigs;
    expect(kubectlAs(kubectlUser, "get", "deployments").stdout).toContain("web");
    expect(kubectlAs(kubectlUser, "scale", "deployment/web", "--replicas=0").stderr).toContain("Forbidden");
    expect(kubectlAs(kubectlUser, "get", "secrets").stderr).toContain("Forbidden");
  });

  test("keeps its kubeconfigs readable by their owner alone", async () => {
    for (const path of Object.values(controlPlane.kubeconfigs)) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test("keeps the names of those who write in its audit log", async () => {
    kubectlAs(controlPlane.kubeconfigs.admin, "label", "deployment/web", "seen=yes", "--as=ada", "--as-group=ops");
    kubectlAs(controlPlane.kubeconfigs.gatehouse, "delete", "deployment", "web");
    const lines = (await readFile(controlPlane.auditLog, "utf8")).trim().split("\n");
    const events = lines.map((line) => auditShape.parse(JSON.parse(line)));
    expect(events).toContainEqual(expect.objectContaining({ verb: "create", user: { username: "admin" } }));
    expect(events).toContainEqual(expect.objectContaining({ impersonatedUser: { username: "ada" } }));
    expect(events).toContainEqual(
      expect.objectContaining({
        verb: "delete",
        user: { username: "system:serviceaccount:gatehouse-system:gatehouse" },
        responseStatus: { code: 403 },
      }),
    );
  });
});

const auditShape = z.object({
  verb: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
});

describe("pods that ask to fail", () => {
  async function failing(kind: FailureKind, isRight: (pod: Pod) => boolean): Promise<Pod> {
    await apply(kind, deployment(kind, 1, { [failureLabel]: kind }));
    const [pod] = await eventually(
      () => podsOf(kind),
      (pods) => pods.some(isRight),
    );
    if (pod === undefined) {
      throw new Error("no pod");
    }
    expect(pod.status.conditions).toContainEqual({ type: "Ready", status: "False" });
    return pod;
  }
  const waitingFor = (pod: Pod) => pod.status.containerStatuses[0]?.state.waiting;

  test("image-pull: wait in ImagePullBackOff with the image in the message", async () => {
    const pod = await failing("image-pull", (seen) => waitingFor(seen)?.reason === "ImagePullBackOff");
    expect(pod.status.phase).toBe("Pending");
    expect(waitingFor(pod)?.message).toContain('Back-off pulling image "registry.example/main:1.0"');
  });

  test("crash-loop: restart again and again, ended with exit code 1", async () => {
    const pod = await failing(
      "crash-loop",
      (seen) =>
        waitingFor(seen)?.reason === "CrashLoopBackOff" && (seen.status.containerStatuses[0]?.restartCount ?? 0) >= 2,
    );
    expect(pod.status.phase).toBe("Running");
    expect(pod.status.containerStatuses[0]?.lastState.terminated).toEqual({ exitCode: 1, reason: "Error" });
  });

  test("never-ready: run without ever being ready, and say which probe failed", async () => {
    const pod = await failing("never-ready", (seen) => seen.status.phase === "Running");
    expect(pod.status.containerStatuses[0]).toMatchObject({ ready: false, restartCount: 0 });
    // Events are recorded beside the status, so they may come a moment later.
    await eventually(
      () => controlPlane.kubectl("get", "events", `--field-selector=involvedObject.name=${pod.metadata.name}`),
      ({ stdout }) => stdout.includes("Readiness probe failed"),
    );
  });

  test("job: end with exit code 1, so that their Job has failed for good", async () => {
    const container = { name: "main", image: "registry.example/main:1.0" };
    await apply("job-failed", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "failed" },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels: { app: "failed", [failureLabel]: "job" satisfies FailureKind } },
          spec: { restartPolicy: "Never", containers: [container] },
        },
      },
    });
    await controlPlane.kubectl("wait", "--for=condition=Failed", "--timeout=20s", "job/failed");
    expect((await podsOf("failed")).map((pod) => pod.status.phase)).toEqual(["Failed"]);
  });
});

describe("parts", () => {
  test("a killed API server comes back under the same address, with the same credentials and data", async () => {
    const apiserver = controlPlane.part("kube-apiserver");
    const before = apiserver.pid;
    await apiserver.kill();
    expect(apiserver.pid).toBeNull();
    expect(controlPlane.processes().map(({ name }) => name)).not.toContain("kube-apiserver@test");
    await apiserver.start();
    expect(apiserver.pid).not.toBe(before);
    expect(kubectlAs(controlPlane.kubeconfigs.gatehouse, "get", "deployment", "web").status).toBe(0);
  });

  test("a paused API server answers nothing until it is resumed", async () => {
    const apiserver = controlPlane.part("kube-apiserver");
    apiserver.pause();
    const silent = kubectlAs(controlPlane.kubeconfigs.admin, "get", "--raw=/readyz", "--request-timeout=1s");
    apiserver.resume();
    expect(silent.status).not.toBe(0);
    expect(kubectlAs(controlPlane.kubeconfigs.admin, "get", "--raw=/readyz").stdout).toBe("ok");
  });

  test("a second start in the same folder is refused while the first lives", async () => {
    await expect(startControlPlane({ name: "test", directory, programs, stages: "fast" })).rejects.toThrow(
      /already runs what is kept in/,
    );
  });

  test("a part that dies when it is started is named, with the end of its log, and nothing stays behind", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "gatehouse-control-plane-"));
    const start = startControlPlane({
      name: "broken",
      directory: elsewhere,
      programs,
      stages: "fast",
      flags: { "kube-apiserver": ["--no-such-flag"] },
    });
    await expect(start).rejects.toThrow(/kube-apiserver ended right after.*unknown flag: --no-such-flag/s);
    expect(processesNaming(elsewhere)).toEqual([]);
    await rm(elsewhere, { recursive: true });
  });

  test("after a stop nothing runs, and the next start resumes the data under the same kubeconfigs", async () => {
    const { gatehouse } = controlPlane.kubeconfigs;
    const kept = await readFile(gatehouse, "utf8");
    await controlPlane.stop();
    expect(controlPlane.processes()).toEqual([]);
    expect(processesNaming(directory)).toEqual([]);
    controlPlane = await startControlPlane({ name: "test", directory, programs, stages: "fast" });
    expect(await readFile(gatehouse, "utf8")).toBe(kept);
    expect(kubectlAs(gatehouse, "get", "deployment", "web").status).toBe(0);
  });
});

function processesNaming(path: string): string[] {
  const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(path) && !line.startsWith("ps "));
}
