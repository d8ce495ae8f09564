import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { z } from "zod";
import { openApiServer } from "./api-server.ts";
import { openCluster } from "./client.ts";
import { ClusterError } from "./errors.ts";
import { fakeCluster } from "./fake.ts";
import type { ClusterPort, WatchMessage } from "./port.ts";
import { identify, translate } from "./translate.ts";

/** What the suite needs of a cluster: a port that reads, and a way to write quotas. Both answer the quota's uid. */
type Subject = Readonly<{
  port: ClusterPort;
  create(name: string, hard: string): Promise<string>;
  change(name: string, hard: string): Promise<string>;
  remove(name: string): Promise<string>;
}>;

const DEADLINE_MS = 10_000;
const deadline = () => AbortSignal.timeout(DEADLINE_MS);

const quota = (name: string, namespace: string, hard: string) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name, namespace },
  spec: { hard: { pods: hard } },
});

function fakeSubject(): Subject {
  const cluster = fakeCluster("fake", 3);
  const uids = new Map<string, string>();
  const write = (name: string, hard: string) => {
    const uid = uids.get(name) ?? randomUUID();
    uids.set(name, uid);
    const { metadata, ...rest } = quota(name, "contract", hard);
    cluster.put("ResourceQuota", { ...rest, metadata: { ...metadata, uid } });
    return Promise.resolve(uid);
  };
  return {
    port: cluster.port,
    create: write,
    change: write,
    remove(name) {
      const uid = uids.get(name) ?? "";
      cluster.remove("ResourceQuota", uid);
      return Promise.resolve(uid);
    },
  };
}

const Answer = z.object({
  metadata: z.object({ uid: z.string() }).optional(),
  details: z.object({ uid: z.string() }).optional(),
});

/** Writes to the real cluster as its admin; the port under test reads as Gatehouse's own account. */
async function realSubject(namespace: string): Promise<Subject> {
  const admin = new KubeConfig();
  admin.loadFromFile(inject("kubeconfigs").admin);
  const server = admin.getCurrentCluster()?.server ?? "";

  async function send(method: string, path: string, body?: unknown): Promise<string> {
    const options = {
      method,
      headers: { "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json" },
    };
    await admin.applyToHTTPSOptions(options);
    const text = await new Promise<string>((resolve, reject) => {
      const call = request(`${server}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString("utf8");
          if ((response.statusCode ?? 500) < 300) {
            resolve(answer);
          } else {
            reject(new Error(`${method} ${path}: ${answer}`));
          }
        });
      });
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
    const answer = Answer.parse(JSON.parse(text));
    return answer.details?.uid ?? answer.metadata?.uid ?? "";
  }

  await send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  return {
    port: openCluster({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined }),
    create: (name, hard) => send("POST", quotas, quota(name, namespace, hard)),
    change: (name, hard) => send("PATCH", `${quotas}/${name}`, { spec: { hard: { pods: hard } } }),
    remove: (name) => send("DELETE", `${quotas}/${name}`),
  };
}

const reading = { revisionAnnotations: [], digest: (value: string) => value };

async function listAll(port: ClusterPort) {
  const pages: { items: readonly unknown[]; resourceVersion: string }[] = [];
  for await (const page of port.list("ResourceQuota", deadline())) {
    pages.push(page);
  }
  return {
    pages,
    uids: pages.flatMap((page) => page.items.map((item) => identify(item).uid)),
    resourceVersion: pages.at(-1)?.resourceVersion ?? "",
  };
}

/** Reads a watch until `isEnough`. A change that a controller makes of its own accord may lie between those of the test. */
async function watchUntil(
  port: ClusterPort,
  resourceVersion: string | undefined,
  isEnough: (messages: WatchMessage[]) => boolean,
  onOpened: () => Promise<unknown> = () => Promise.resolve(),
): Promise<WatchMessage[]> {
  const messages: WatchMessage[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, deadline()]);
  for await (const message of port.watch("ResourceQuota", { resourceVersion, timeoutSeconds: 30 }, signal)) {
    messages.push(message);
    if (message.type === "opened") {
      await onOpened();
    }
    if (isEnough(messages)) {
      break;
    }
  }
  stop.abort();
  return messages;
}

const has = (type: WatchMessage["type"], uid: string) => (messages: WatchMessage[]) =>
  messages.some((one) => one.type === type && "object" in one && identify(one.object).uid === uid);

async function failureOf(work: () => Promise<unknown>): Promise<ClusterError> {
  const failure = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ClusterError);
  return failure instanceof ClusterError ? failure : new ClusterError("rejected", "it did not fail");
}

describe.each([
  ["the fake", async () => fakeSubject()],
  ["the real API server", () => realSubject(`contract-${randomUUID().slice(0, 8)}`)],
])("%s keeps the port's promises:", (_name, open) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await open();
  });

  it("a list holds every object once, and a version from which to watch", async () => {
    const uids = await Promise.all(["a1", "a2", "a3", "a4"].map((name) => subject.create(name, "1")));
    const listed = await listAll(subject.port);
    expect(listed.uids).toEqual(expect.arrayContaining(uids));
    expect(new Set(listed.uids).size).toBe(listed.uids.length);
    expect(Number(listed.resourceVersion)).toBeGreaterThan(0);
  });

  it("a kind of which there is nothing lists one empty page with a version", async () => {
    const pages: unknown[] = [];
    for await (const page of subject.port.list("Ingress", deadline())) {
      pages.push(page);
    }
    expect(pages).toEqual([{ items: [], resourceVersion: expect.stringMatching(/^\d+$/) }]);
  });

  it("a watch first says that it is open, and then tells what has changed since the version and what changes", async () => {
    const { resourceVersion } = await listAll(subject.port);
    const before = await subject.create("b-before", "1");
    let after = "";
    const messages = await watchUntil(
      subject.port,
      resourceVersion,
      (so) => after !== "" && has("changed", after)(so),
      async () => {
        after = await subject.create("b-after", "1");
      },
    );
    expect(messages[0]).toEqual({ type: "opened" });
    expect(messages.filter((message) => message.type === "opened")).toHaveLength(1);
    expect(has("changed", before)(messages)).toBe(true);
  });

  it("a watch from no version tells every object, says when these were all, and then what changes", async () => {
    const uids = await Promise.all(["w1", "w2", "w3", "w4"].map((name) => subject.create(name, "1")));
    let after = "";
    const isWhole = (message: WatchMessage) => message.type === "bookmark" && message.isWhole;
    const signal = deadline();
    const messages: WatchMessage[] = [];
    const from = { resourceVersion: undefined, timeoutSeconds: 30 };
    for await (const message of subject.port.watch("ResourceQuota", from, signal)) {
      messages.push(message);
      if (isWhole(message)) {
        after = await subject.create("w5", "1");
      }
      if (after !== "" && has("changed", after)(messages)) {
        break;
      }
    }
    expect(messages[0]).toEqual({ type: "opened" });
    const whole = messages.findIndex(isWhole);
    const before = messages.slice(1, whole).map((message) => ("object" in message ? identify(message.object).uid : ""));
    expect(before).toEqual(expect.arrayContaining(uids));
    expect(new Set(before).size).toBe(before.length);
    expect(messages.filter(isWhole)).toHaveLength(1);
    expect(has("changed", after)(messages.slice(whole))).toBe(true);
  });

  it("a watch goes on from where a watch from no version had told all", async () => {
    const all = await watchUntil(subject.port, undefined, (messages) => messages.at(-1)?.type === "bookmark");
    const whole = all.at(-1);
    const next = await subject.create("w6", "1");
    const reached = whole?.type === "bookmark" ? whole.resourceVersion : "";
    expect(has("changed", next)(await watchUntil(subject.port, reached, has("changed", next)))).toBe(true);
  });

  it("a changed object comes as it is now, a removed one with its uid", async () => {
    const uid = await subject.create("c", "1");
    const { resourceVersion } = await listAll(subject.port);
    await subject.change("c", "7");
    await subject.remove("c");
    const messages = await watchUntil(subject.port, resourceVersion, has("removed", uid));
    const changes = messages.flatMap((one) =>
      one.type === "changed" && identify(one.object).uid === uid
        ? [translate("ResourceQuota", one.object, reading)]
        : [],
    );
    const now = { uid, name: "c", hard: { pods: "7" } };
    expect(changes).toContainEqual({ kind: "ResourceQuota", value: expect.objectContaining(now) });
    expect((await listAll(subject.port)).uids).not.toContain(uid);
  });

  it("a watch goes on from the version of the last message without a gap and without a repetition", async () => {
    const { resourceVersion } = await listAll(subject.port);
    const first = await subject.create("d1", "1");
    const messages = await watchUntil(subject.port, resourceVersion, has("changed", first));
    const last = messages.at(-1);
    const reached = last?.type === "changed" ? identify(last.object).resourceVersion : "";
    const second = await subject.create("d2", "1");
    const more = await watchUntil(subject.port, reached, has("changed", second));
    const created = more.filter((one) => one.type === "changed" && identify(one.object).resourceVersion === reached);
    expect(created).toEqual([]);
  });

  it("a version that is no longer held ends in expired", async () => {
    const failure = await failureOf(() => watchUntil(subject.port, "1", () => false));
    expect(failure.code).toBe("expired");
  });

  it("a watch ends in good order when its time is over", async () => {
    const { resourceVersion } = await listAll(subject.port);
    const messages: WatchMessage[] = [];
    for await (const message of subject.port.watch(
      "ResourceQuota",
      { resourceVersion, timeoutSeconds: 1 },
      deadline(),
    )) {
      messages.push(message);
    }
    expect(messages[0]).toEqual({ type: "opened" });
  });

  it("a watch ends when it is told to, and without a failure", async () => {
    const { resourceVersion } = await listAll(subject.port);
    const stop = new AbortController();
    for await (const message of subject.port.watch(
      "ResourceQuota",
      { resourceVersion, timeoutSeconds: 60 },
      stop.signal,
    )) {
      expect(message).toEqual({ type: "opened" });
      setImmediate(() => stop.abort());
    }
    expect(stop.signal.aborted).toBe(true);
  });

  it("without a metrics API it says that there is none", async () => {
    expect((await failureOf(() => subject.port.podUsage(deadline()))).code).toBe("not_found");
  });

  it("a probe is answered", async () => {
    await expect(subject.port.probe(deadline())).resolves.toBeUndefined();
  });
});

/** A pod's own files, as the kubelet lays them. */
async function layServiceAccount(files: string, token: string, certificateAuthority: string): Promise<void> {
  const folder = join(files, "var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "token"), token);
  await writeFile(join(folder, "ca.crt"), Buffer.from(certificateAuthority, "base64"));
}

/** What one container uses, as the metrics API has it. */
const METRICS = {
  type: "object",
  properties: { usage: { type: "object", additionalProperties: { type: "string" } } },
};
/** The metrics API's own group, kind and fields, kept by the API server itself: metrics-server needs kubelets, and here are none. */
const POD_METRICS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "pods.metrics.k8s.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, in the place of the real API in a test" },
  },
  spec: {
    group: "metrics.k8s.io",
    scope: "Namespaced",
    names: { kind: "PodMetrics", plural: "pods" },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { containers: { type: "array", items: METRICS } } } },
      },
    ],
  },
};

describe("the real client", () => {
  it("in a pod is let in as its service account, and takes up a token that was replaced", async () => {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(inject("kubeconfigs").gatehouse);
    const cluster = kubeconfig.getCurrentCluster();
    const { hostname, port } = new URL(cluster?.server ?? "");
    vi.stubEnv("KUBERNETES_SERVICE_HOST", hostname);
    vi.stubEnv("KUBERNETES_SERVICE_PORT", port);
    const files = await mkdtemp(join(tmpdir(), "gatehouse-pod-"));
    try {
      const status = async () => {
        const response = await send({ method: "GET", path: "/api/v1/namespaces" }, deadline());
        response.resume();
        return response.statusCode;
      };
      await layServiceAccount(files, "outdated", cluster?.caData ?? "");
      const send = openApiServer({ id: "own", kubeconfigPath: undefined, context: undefined }, files);
      expect(await status()).toBe(401);
      await layServiceAccount(files, kubeconfig.getCurrentUser()?.token ?? "", cluster?.caData ?? "");
      expect(await status()).toBe(200);
    } finally {
      vi.unstubAllEnvs();
      await rm(files, { recursive: true });
    }
  });

  it("lists more than a page holds, page by page", async () => {
    const subject = await realSubject(`pages-${randomUUID().slice(0, 8)}`);
    const names = Array.from({ length: 505 }, (_, index) => `q${index}`);
    const uids: string[] = [];
    for (let start = 0; start < names.length; start += 50) {
      uids.push(...(await Promise.all(names.slice(start, start + 50).map((name) => subject.create(name, "1")))));
    }
    const listed = await listAll(subject.port);
    expect(listed.pages.map((page) => page.items.length).slice(0, -1)).toContain(500);
    expect(listed.uids).toEqual(expect.arrayContaining(uids));
  });

  it("tells what each pod uses, its containers together, where there is a metrics API", async () => {
    const admin = new KubeConfig();
    admin.loadFromFile(inject("kubeconfigs").admin);
    const api = KubernetesObjectApi.makeApiClient(admin);
    const port = openCluster({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined });
    const namespace = `usage-${randomUUID().slice(0, 8)}`;
    await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await api.create(POD_METRICS);
    try {
      const containers = [{ usage: { cpu: "12345678n", memory: "1024Ki" } }, { usage: { cpu: "100m", memory: "1Mi" } }];
      const metadata = { name: "wallet-1", namespace };
      await vi.waitFor(
        () => api.create({ apiVersion: "metrics.k8s.io/v1beta1", kind: "PodMetrics", metadata, ...{ containers } }),
        { timeout: 30_000, interval: 100 },
      );
      const usage = await port.podUsage(deadline());
      expect(usage).toEqual({
        pods: [{ namespace, name: "wallet-1", cpuCores: expect.closeTo(0.112345678, 9), memoryBytes: 2 ** 21 }],
        unreadable: [],
      });
    } finally {
      await api.delete(POD_METRICS);
    }
  });

  describe("says in our words", () => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "gatehouse-kubeconfig-"));
    });
    afterAll(() => rm(directory, { recursive: true }));

    function openChanged(name: string, change: (kubeconfig: KubeConfig) => void): ClusterPort {
      const kubeconfig = new KubeConfig();
      kubeconfig.loadFromFile(inject("kubeconfigs").gatehouse);
      change(kubeconfig);
      const path = join(directory, `${name}.yaml`);
      writeFileSync(path, kubeconfig.exportConfig());
      return openCluster({ id: name, kubeconfigPath: path, context: undefined });
    }

    it("that the cluster does not let it in", async () => {
      const port = openChanged("stranger", (kubeconfig) => {
        kubeconfig.users = kubeconfig.users.map((user) => ({ ...user, token: "not-a-token" }));
      });
      expect((await failureOf(() => port.probe(deadline()))).code).toBe("denied");
      expect((await failureOf(() => listAll(port))).code).toBe("denied");
      expect((await failureOf(() => port.podUsage(deadline()))).code).toBe("denied");
      expect((await failureOf(() => watchUntil(port, "1", () => false))).code).toBe("denied");
    });

    it("that nobody answers", async () => {
      const port = openChanged("nobody", (kubeconfig) => {
        kubeconfig.clusters = kubeconfig.clusters.map((cluster) => ({ ...cluster, server: "https://127.0.0.1:9" }));
      });
      expect((await failureOf(() => port.probe(deadline()))).code).toBe("unreachable");
      expect((await failureOf(() => listAll(port))).code).toBe("unreachable");
    });

    it("that a kubeconfig has no such context, before it connects to anything", () => {
      const { gatehouse } = inject("kubeconfigs");
      expect(() => openCluster({ id: "gravv", kubeconfigPath: gatehouse, context: "nowhere" })).toThrow(
        "The kubeconfig of cluster gravv names no cluster for context nowhere.",
      );
    });
  });
});
