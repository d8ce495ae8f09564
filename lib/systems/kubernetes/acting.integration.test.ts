import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi, loadAllYaml } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import * as z from "zod";
import { openApiServer } from "./api-server.ts";
import { openCluster } from "./client.ts";
import { ClusterError } from "./errors.ts";
import { fakeCluster } from "./fake.ts";
import { type Actor, accessToRestart, actorFor, type ClusterPort, type Mark, type SeenVersion } from "./port.ts";

const OPERATORS = "acting-operators";
const PAYMENTS = "acting, payments";
const ALLOWED = [OPERATORS, PAYMENTS];

function actor(account: string, ...groups: string[]): Actor {
  const made = actorFor({ account, groups }, ALLOWED);
  if (!made.ok) {
    throw new Error(made.because);
  }
  return made.actor;
}

/** May restart. */
const ada = actor("ada", OPERATORS, PAYMENTS);
/** May be impersonated, and may do nothing. */
const mallory = actor("mallory", PAYMENTS);

const mark = (operationId: string): Mark => ({ operationId, at: new Date("2026-11-21T12:00:00Z") });
const deadline = () => AbortSignal.timeout(20_000);
/** For what the cluster does in its own time. */
const PATIENCE = { timeout: 20_000, interval: 100 };

type Kind = SeenVersion["kind"];
type Seen = Readonly<{ generation: number; restartedAt: string | undefined; operationId: string | undefined }>;

/** A cluster in which one namespace has a group of operators, and a hand that works there beside Gatehouse. */
type Subject = Readonly<{
  port: ClusterPort;
  namespace: string;
  /** Makes a workload that nobody changes of their own accord. */
  create(kind: Kind, name: string): Promise<SeenVersion>;
  /** The workload in the version that its controller leaves it in. */
  settle(workload: SeenVersion): Promise<SeenVersion>;
  /** Changes it as somebody else would. */
  change(workload: SeenVersion): Promise<void>;
  remove(workload: SeenVersion): Promise<void>;
  look(workload: SeenVersion): Promise<Seen>;
}>;

const Shape = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }).prefault({}),
    }),
  }),
  status: z.looseObject({ observedGeneration: z.number().default(0), conditions: z.unknown().optional() }).prefault({}),
});

function seenOf(object: unknown): Seen {
  const { metadata, spec } = Shape.parse(object);
  return {
    generation: metadata.generation,
    restartedAt: spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"],
    operationId: metadata.annotations["gatehouse.dev/operation-id"],
  };
}

const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: "main", image: "registry.example/main:1.0" }] },
});

function fakeSubject(): Subject {
  const cluster = fakeCluster();
  const namespace = "acting";
  cluster.grant(namespace, OPERATORS);

  async function latest({ kind, uid }: { kind: Kind; uid: string }): Promise<unknown> {
    for await (const { items } of cluster.port.list(kind, deadline())) {
      const found = items.find((item) => Shape.parse(item).metadata.uid === uid);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }
  return {
    port: cluster.port,
    namespace,
    async create(kind, name) {
      const uid = randomUUID();
      const metadata = { uid, name, namespace, generation: 1 };
      cluster.put(kind, { metadata, ...{ kind, spec: { template: template(name) } } });
      const { resourceVersion } = Shape.parse(await latest({ kind, uid })).metadata;
      return { kind, namespace, name, uid, resourceVersion };
    },
    async settle(workload) {
      const { resourceVersion } = Shape.parse(await latest(workload)).metadata;
      return { ...workload, resourceVersion };
    },
    async change(workload) {
      const object = Shape.parse(await latest(workload));
      cluster.put(workload.kind, { ...object, metadata: { ...object.metadata, name: workload.name } });
    },
    async remove({ kind, uid }) {
      cluster.remove(kind, uid);
    },
    look: async (workload) => seenOf(await latest(workload)),
  };
}

const subjectsOf = (kind: "User" | "Group", name: string) => [{ kind, apiGroup: "rbac.authorization.k8s.io", name }];
const roleRef = (kind: "Role" | "ClusterRole", name: string) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
const GATEHOUSE = [{ kind: "ServiceAccount", name: "gatehouse", namespace: "gatehouse-system" }];

/** Lets Gatehouse act as ada and mallory, with both groups, in the namespace; and the operators restart there. */
function rights(namespace: string): KubernetesObject[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const impersonate = (resource: string, resourceNames: string[]) => ({
    apiGroups: ["authentication.k8s.io"],
    resources: [resource],
    resourceNames,
    verbs: ["impersonate:user-info"],
  });
  const objects = [
    {
      kind: "ClusterRole",
      metadata: { name: `acts-${namespace}` },
      rules: [impersonate("users", ["ada", "mallory"]), impersonate("groups", ALLOWED)],
    },
    {
      kind: "ClusterRoleBinding",
      metadata: { name: `acts-${namespace}` },
      roleRef: roleRef("ClusterRole", `acts-${namespace}`),
      subjects: GATEHOUSE,
    },
    {
      kind: "RoleBinding",
      metadata: { name: "gatehouse-acting", namespace },
      roleRef: roleRef("ClusterRole", "gatehouse-acting"),
      subjects: GATEHOUSE,
    },
    {
      kind: "Role",
      metadata: { name: "operator", namespace },
      rules: [{ apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: ["patch"] }],
    },
    {
      kind: "RoleBinding",
      metadata: { name: "operator", namespace },
      roleRef: roleRef("Role", "operator"),
      subjects: subjectsOf("Group", OPERATORS),
    },
  ];
  return objects.map((object) => ({ apiVersion, ...object }));
}

function kubeconfigOf(path: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(path);
  return kubeconfig;
}

const openAdmin = () => KubernetesObjectApi.makeApiClient(kubeconfigOf(inject("kubeconfigs").admin));
const openGatehouse = (kubeconfigPath: string) => openCluster({ id: "real", kubeconfigPath, context: undefined });

async function realSubject(kubeconfigPath = inject("kubeconfigs").gatehouse): Promise<Subject> {
  const admin = openAdmin();
  const namespace = `acting-${randomUUID().slice(0, 8)}`;
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of rights(namespace)) {
    await admin.create(object);
  }
  return workloadsOf(namespace, admin, openGatehouse(kubeconfigPath));
}

function workloadsOf(namespace: string, admin: KubernetesObjectApi, port: ClusterPort): Subject {
  const header = ({ kind, name }: { kind: Kind; name: string }) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
  });
  /** A controller writes to a new or changed workload until it has nothing more to say. */
  async function settle({ kind, name }: { kind: Kind; name: string }): Promise<SeenVersion> {
    const { metadata } = await vi.waitFor(async () => {
      const object = Shape.parse(await admin.read(header({ kind, name })));
      expect(object).toSatisfy(isSettled);
      return object;
    }, PATIENCE);
    return { kind, namespace, name, uid: metadata.uid, resourceVersion: metadata.resourceVersion };
  }
  return {
    port,
    namespace,
    async create(kind, name) {
      const spec = { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name) };
      await admin.create({ ...header({ kind, name }), ...{ spec } });
      return settle({ kind, name });
    },
    settle,
    async change(workload) {
      const metadata = { ...header(workload).metadata, labels: { changed: randomUUID() } };
      await admin.patch({ ...header(workload), metadata });
    },
    async remove(workload) {
      await admin.delete(header(workload));
      await vi.waitFor(() => expect(admin.read(header(workload))).rejects.toThrow(), PATIENCE);
    },
    look: async (workload) => seenOf(await admin.read(header(workload))),
  };
}

const Conditions = z.array(z.looseObject({ type: z.string(), reason: z.string().default("") }));

function isSettled({ kind, metadata, status }: z.infer<typeof Shape>): boolean {
  const conditions = Conditions.safeParse(status.conditions).data ?? [];
  const isObserved = status.observedGeneration === metadata.generation;
  return isObserved && (kind === "StatefulSet" || conditions.some((one) => one.reason === "NewReplicaSetAvailable"));
}

async function failureOf(work: Promise<unknown>): Promise<ClusterError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ClusterError);
  return failure instanceof ClusterError ? failure : new ClusterError("rejected", "it did not fail");
}

describe.each([
  ["the fake", async () => fakeSubject()],
  ["the real API server", () => realSubject()],
])("%s keeps the port's promises of writing:", (_name, open) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await open();
  });

  it.each(["Deployment", "StatefulSet"] as const)("a %s is restarted, and marked with the operation", async (kind) => {
    const workload = await subject.create(kind, `a-${kind.toLowerCase()}`);
    expect(await subject.port.findMark(workload, deadline())).toEqual({
      uid: workload.uid,
      resourceVersion: workload.resourceVersion,
      generation: 1,
      operationId: undefined,
    });
    expect(await subject.port.restart(ada, workload, mark("op_1"), deadline())).toEqual({
      isChanged: true,
      generation: 2,
    });
    expect(await subject.look(workload)).toEqual({
      generation: 2,
      restartedAt: "2026-11-21T12:00:00.000Z",
      operationId: "op_1",
    });
    expect(await subject.port.findMark(workload, deadline())).toMatchObject({ generation: 2, operationId: "op_1" });
  });

  it("a second time with the same mark changes nothing, whatever version was seen", async () => {
    const workload = await subject.create("Deployment", "b");
    await subject.port.restart(ada, workload, mark("op_1"), deadline());
    const once = await subject.look(workload);
    const fresh = await subject.settle(workload);
    const later = { ...mark("op_1"), at: new Date("2026-11-21T13:00:00Z") };
    for (const seen of [workload, fresh]) {
      expect(await subject.port.restart(ada, seen, later, deadline())).toEqual({ isChanged: false, generation: 2 });
    }
    expect(await subject.look(workload)).toEqual(once);
  });

  it("of five at once with the same mark one changes it, and the others find that done", async () => {
    const workload = await subject.create("Deployment", "c");
    const restarts = await Promise.all(
      Array.from({ length: 5 }, () => subject.port.restart(ada, workload, mark("op_1"), deadline())),
    );
    expect(restarts.map(({ isChanged }) => isChanged).sort()).toEqual([false, false, false, false, true]);
    expect((await subject.look(workload)).generation).toBe(2);
  });

  it("another operation restarts it again, from the version that it has seen", async () => {
    const workload = await subject.create("StatefulSet", "d");
    await subject.port.restart(ada, workload, mark("op_1"), deadline());
    expect((await failureOf(subject.port.restart(ada, workload, mark("op_2"), deadline()))).code).toBe("moved");
    expect(await subject.look(workload)).toMatchObject({ generation: 2, operationId: "op_1" });
  });

  it("a workload that somebody has changed since is left as it is", async () => {
    const workload = await subject.create("Deployment", "e");
    await subject.change(workload);
    const before = await subject.look(workload);
    const failure = await failureOf(subject.port.restart(ada, workload, mark("op_1"), deadline()));
    expect(failure.code).toBe("moved");
    expect(await subject.look(workload)).toEqual(before);
  });

  it("a restart that was given up is refused to whoever has seen the workload before, and nothing else of it changes", async () => {
    const workload = await subject.create("Deployment", "j");
    const before = await subject.look(workload);
    await subject.port.giveUp(ada, workload, mark("op_1"), deadline());
    expect(await subject.look(workload)).toEqual(before);
    const failure = await failureOf(subject.port.restart(ada, workload, mark("op_1"), deadline()));
    expect(failure.code).toBe("moved");
    expect(await subject.look(workload)).toEqual(before);
    expect((await failureOf(subject.port.giveUp(ada, workload, mark("op_1"), deadline()))).code).toBe("moved");
    const fresh = await subject.settle(workload);
    expect((await failureOf(subject.port.giveUp(mallory, fresh, mark("op_1"), deadline()))).code).toBe("denied");
  });

  it("another workload that stands under the same name now is left as it is", async () => {
    const gone = await subject.create("Deployment", "f");
    await subject.remove(gone);
    const replacement = await subject.create("Deployment", "f");
    expect((await failureOf(subject.port.restart(ada, gone, mark("op_1"), deadline()))).code).toBe("moved");
    expect(await subject.look(replacement)).toEqual({ generation: 1, restartedAt: undefined, operationId: undefined });
  });

  it("a workload that is gone is not found", async () => {
    const workload = await subject.create("StatefulSet", "g");
    await subject.remove(workload);
    expect((await failureOf(subject.port.findMark(workload, deadline()))).code).toBe("not_found");
    expect((await failureOf(subject.port.restart(ada, workload, mark("op_1"), deadline()))).code).toBe("not_found");
  });

  it("the person's own rights decide: what is refused to them is not done, and says to whom", async () => {
    const workload = await subject.create("Deployment", "h");
    const failure = await failureOf(subject.port.restart(mallory, workload, mark("op_1"), deadline()));
    expect(failure).toMatchObject({ code: "denied", message: "the cluster refuses it to mallory" });
    expect(await subject.look(workload)).toEqual({ generation: 1, restartedAt: undefined, operationId: undefined });
  });

  it("says beforehand who may, in our words", async () => {
    const access = accessToRestart({ kind: "Deployment", namespace: subject.namespace, name: "i" });
    const place = `${subject.namespace}/i`;
    expect(await subject.port.mayAct(ada, access, deadline())).toEqual({
      allowed: true,
      because: `the cluster lets ada patch deployments ${place}`,
    });
    expect(await subject.port.mayAct(mallory, access, deadline())).toEqual({
      allowed: false,
      because: `the cluster does not let mallory patch deployments ${place}`,
    });
    const deleting = { ...access, verb: "delete" };
    expect(await subject.port.mayAct(ada, deleting, deadline())).toMatchObject({ allowed: false });
    const elsewhere = { ...access, namespace: "kube-system" };
    expect(await subject.port.mayAct(ada, elsewhere, deadline())).toMatchObject({ allowed: false });
  });
});

it("the fake's next restart fails as a test says, with its effect or without, and then works again", async () => {
  const cluster = fakeCluster();
  cluster.grant("acting", "ada");
  cluster.put("Deployment", { metadata: { uid: "u", name: "a", ...{ namespace: "acting", generation: 1 } } });
  const name = { kind: "Deployment", namespace: "acting", name: "a" } as const;
  const restart = async (operationId: string) => {
    const { uid, resourceVersion } = await cluster.port.findMark(name, deadline());
    return cluster.port.restart(ada, { ...name, uid, resourceVersion }, mark(operationId), deadline());
  };
  const lost = new ClusterError("outcome_unknown", "lost");
  cluster.failNextRestart(lost, "not done");
  await expect(restart("op_1")).rejects.toBe(lost);
  expect(await restart("op_1")).toEqual({ isChanged: true, generation: 2 });
  cluster.failNextRestart(lost, "done");
  await expect(restart("op_2")).rejects.toBe(lost);
  expect(await restart("op_2")).toEqual({ isChanged: false, generation: 3 });
});

const AuditEvent = z.object({
  verb: z.string(),
  /** Empty for a call that was not let in. */
  user: z.object({ username: z.string().default("") }),
  impersonatedUser: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }).optional(),
  authenticationMetadata: z.object({ impersonationConstraint: z.string().optional() }).optional(),
  objectRef: z.object({ namespace: z.string().optional(), name: z.string().optional() }).optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
});
type AuditEvent = z.infer<typeof AuditEvent>;

async function auditEvents(): Promise<AuditEvent[]> {
  const lines = (await readFile(inject("auditLog"), "utf8")).split("\n").slice(0, -1);
  return lines.map((line) => AuditEvent.parse(JSON.parse(line)));
}

/** What the API server has on record of changes of one object. The record may be a moment behind the answer. */
async function patchesOf({ namespace, name }: SeenVersion, atLeast: number): Promise<AuditEvent[]> {
  const look = async () =>
    (await auditEvents()).filter(
      ({ verb, objectRef, user }) =>
        verb === "patch" &&
        objectRef?.namespace === namespace &&
        objectRef.name === name &&
        user.username === "system:serviceaccount:gatehouse-system:gatehouse",
    );
  return vi.waitFor(async () => {
    const events = await look();
    expect(events.length).toBeGreaterThanOrEqual(atLeast);
    return events;
  }, PATIENCE);
}

describe("the API server's own audit log", () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await realSubject();
  });

  it("names the person and exactly their groups, each apart, and that the impersonation was a constrained one", async () => {
    const workload = await subject.create("Deployment", "a");
    await subject.port.restart(ada, workload, mark("op_1"), deadline());
    expect(await patchesOf(workload, 1)).toEqual([
      {
        verb: "patch",
        user: { username: "system:serviceaccount:gatehouse-system:gatehouse" },
        impersonatedUser: { username: "ada", groups: [OPERATORS, PAYMENTS, "system:authenticated"] },
        authenticationMetadata: { impersonationConstraint: "impersonate:user-info" },
        objectRef: { namespace: subject.namespace, name: "a" },
        responseStatus: { code: 200 },
      },
    ]);
  });

  it("names the person of a refused change as well, and a stale version's 409", async () => {
    const workload = await subject.create("Deployment", "b");
    await failureOf(subject.port.restart(mallory, workload, mark("op_1"), deadline()));
    await subject.change(workload);
    await failureOf(subject.port.restart(ada, workload, mark("op_2"), deadline()));
    const patches = await patchesOf(workload, 2);
    expect(patches.map((one) => [one.impersonatedUser?.username, one.responseStatus?.code])).toEqual([
      ["mallory", 403],
      ["ada", 409],
    ]);
  });

  it("has no call that was made as one of Kubernetes' own, by a member who claims to be one", async () => {
    expect(actorFor({ account: "ada", groups: [OPERATORS, "system:masters"] }, [...ALLOWED, "system:masters"]).ok).toBe(
      false,
    );
    // Other tests share this API server, with people and groups of their own.
    const ofGatehouse = (await auditEvents()).filter(({ user }) => user.username.endsWith(":gatehouse"));
    const groups = new Set(ofGatehouse.flatMap(({ impersonatedUser }) => impersonatedUser?.groups ?? []));
    expect([...groups]).toEqual(expect.arrayContaining([PAYMENTS, OPERATORS]));
    expect([...groups].filter((group) => group.startsWith("system:"))).toEqual(["system:authenticated"]);
  });
});

describe("the cluster holds Gatehouse's own account to it, whatever it sends:", () => {
  let subject: Subject;
  let workload: SeenVersion;
  beforeAll(async () => {
    subject = await realSubject();
    workload = await subject.create("Deployment", "a");
  });

  /** The status of a call with headers that the port would never send. */
  async function statusOf(method: "GET" | "PATCH", as: Record<string, string | string[]>, path?: string) {
    const send = openApiServer({ id: "real", kubeconfigPath: inject("kubeconfigs").gatehouse, context: undefined });
    const headers = { "Content-Type": "application/merge-patch+json", ...as };
    const own = `/apis/apps/v1/namespaces/${subject.namespace}/deployments/${workload.name}`;
    const body = method === "PATCH" ? { body: {} } : {};
    const response = await send({ method, path: path ?? own, headers, ...body }, deadline());
    response.resume();
    return response.statusCode;
  }
  const asAda = { "Impersonate-User": "ada", "Impersonate-Group": [OPERATORS] };

  it("as ada it may patch there", async () => {
    expect(await statusOf("PATCH", asAda)).toBe(200);
  });

  it.each([
    ["system:masters", { "Impersonate-User": "ada", "Impersonate-Group": ["system:masters"] }],
    [
      "an operator and of system:masters",
      { "Impersonate-User": "ada", "Impersonate-Group": [OPERATORS, "system:masters"] },
    ],
    ["a group of no list", { "Impersonate-User": "ada", "Impersonate-Group": [OPERATORS, "others"] }],
    ["both groups merged into one", { "Impersonate-User": "ada", "Impersonate-Group": `${OPERATORS}, ${PAYMENTS}` }],
  ])("nobody as a member of %s", async (_name, as) => {
    expect(await statusOf("PATCH", as)).toBe(403);
  });

  it.each(["admin", "system:admin", "system:kube-controller-manager", "system:node:node-1", "somebody-else"])(
    "nobody as %s",
    async (user) => {
      expect(await statusOf("PATCH", { "Impersonate-User": user, "Impersonate-Group": [OPERATORS] })).toBe(403);
    },
  );

  it("nothing as ada but that: no read, no other namespace, no other kind, and nothing as itself", async () => {
    expect(await statusOf("GET", asAda)).toBe(403);
    expect(await statusOf("PATCH", asAda, "/apis/apps/v1/namespaces/kube-system/deployments/a")).toBe(403);
    expect(await statusOf("PATCH", asAda, `/api/v1/namespaces/${subject.namespace}/configmaps/a`)).toBe(403);
    expect(await statusOf("PATCH", {})).toBe(403);
  });

  it("and a person of no list gets that as the answer", async () => {
    const stranger = actor("stranger", OPERATORS);
    const failure = await failureOf(subject.port.restart(stranger, workload, mark("op_1"), deadline()));
    const message = "the cluster does not let Gatehouse do this in the name of stranger";
    expect(failure).toMatchObject({ code: "denied", message });
  });
});

/** What stands between Gatehouse and the API server, such as a load balancer, and what it does to a PATCH. */
type Accident = "none" | "swallows the call" | "loses the answer" | "answers with its own error" | "cuts the answer";

describe("an answer that does not come", () => {
  let directory: string;
  let subject: Subject;
  let accident: Accident = "none";
  const real = () => kubeconfigOf(inject("kubeconfigs").gatehouse);

  function pass(from: IncomingMessage, to: ServerResponse): void {
    const cluster = real().getCurrentCluster();
    const ca = Buffer.from(cluster?.caData ?? "", "base64");
    const { method } = from;
    const headers = { ...from.headersDistinct, host: new URL(cluster?.server ?? "").host };
    const onward = request(`${cluster?.server}${from.url}`, { method, headers, ca }, (answer) => {
      if (method === "PATCH" && accident === "loses the answer") {
        answer.resume();
        to.destroy();
      } else if (method === "PATCH" && accident === "cuts the answer") {
        answer.resume();
        to.writeHead(200, { "Content-Length": "1000" }).write('{"kind":', () => to.destroy());
      } else {
        to.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(to);
      }
    });
    from.pipe(onward);
  }

  const server = createServer((from, to) => {
    if (from.method === "PATCH" && accident === "swallows the call") {
      from.resume();
    } else if (from.method === "PATCH" && accident === "answers with its own error") {
      from.resume();
      to.writeHead(502).end("<html>10.0.0.1 bad gateway</html>");
    } else {
      pass(from, to);
    }
  });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gatehouse-relay-"));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = z.object({ port: z.number() }).parse(server.address() satisfies AddressInfo | string | null);
    const kubeconfig = real();
    kubeconfig.clusters = kubeconfig.clusters.map(({ name }) => ({
      name,
      server: `http://127.0.0.1:${port}`,
      skipTLSVerify: true,
    }));
    const path = join(directory, "relay.yaml");
    await writeFile(path, kubeconfig.exportConfig());
    subject = await realSubject(path);
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await rm(directory, { recursive: true });
  });

  it.each([
    ["loses the answer", true],
    ["cuts the answer", true],
    ["swallows the call", false],
    ["answers with its own error", false],
  ] as const)(
    "is an unknown outcome where something %s; done (%s) or not, the repetition makes it once",
    async (what, isDone) => {
      const workload = await subject.create("Deployment", what.replaceAll(" ", "-"));
      accident = what;
      const patience = what === "swallows the call" ? AbortSignal.timeout(1000) : deadline();
      const failure = await failureOf(subject.port.restart(ada, workload, mark("op_1"), patience));
      accident = "none";
      expect(failure.code).toBe("outcome_unknown");
      expect(failure.message).not.toContain("10.0.0.1");
      const { operationId } = await subject.port.findMark(workload, deadline());
      expect(operationId).toBe(isDone ? "op_1" : undefined);
      expect(await subject.port.restart(ada, workload, mark("op_1"), deadline())).toEqual({
        isChanged: !isDone,
        generation: 2,
      });
      expect((await subject.look(workload)).generation).toBe(2);
    },
  );
});

describe("what the demo's cluster allows to gravv's people", () => {
  const admin = () => openAdmin();
  const allowed = ["gravv-operators"];
  let live: Subject;

  function person(account: string, group: string): Actor {
    const made = actorFor({ account, groups: [group] }, allowed);
    if (!made.ok) {
      throw new Error(made.because);
    }
    return made.actor;
  }

  beforeAll(async () => {
    for (const file of ["namespaces.yaml", "people.yaml"]) {
      const text = readFileSync(join(import.meta.dirname, "../../../estates/gravv", file), "utf8");
      for (const object of loadAllYaml(text)) {
        await admin().create(object);
      }
    }
    live = workloadsOf("gravv-live", admin(), openGatehouse(inject("kubeconfigs").gatehouse));
  });

  it("both operators restart there, and nobody else", async () => {
    const workload = await live.create("Deployment", "svc-ledger");
    const access = accessToRestart(workload);
    const others = ["viewer", "developer", "compliance", "risk", "auditor", "admin"];
    for (const name of others) {
      const other = person(name, `gravv-${name}s`);
      expect(await live.port.mayAct(other, access, deadline())).toMatchObject({ allowed: false });
      expect((await failureOf(live.port.restart(other, workload, mark("op_1"), deadline()))).code).toBe("denied");
    }
    for (const [index, name] of ["operator", "operator-2"].entries()) {
      const operator = person(name, "gravv-operators");
      expect(await live.port.mayAct(operator, access, deadline())).toMatchObject({ allowed: true });
      const fresh = await live.create("StatefulSet", `of-${name}`);
      expect(await live.port.restart(operator, fresh, mark(`op_${index}`), deadline())).toMatchObject({
        isChanged: true,
      });
    }
    expect(await live.look(workload)).toMatchObject({ generation: 1, operationId: undefined });
  });

  it("an operator restarts nothing outside gravv's namespaces", async () => {
    const elsewhere = await realSubject();
    const workload = await elsewhere.create("Deployment", "a");
    const operator = person("operator", "gravv-operators");
    expect((await failureOf(live.port.restart(operator, workload, mark("op_1"), deadline()))).code).toBe("denied");
  });
});
