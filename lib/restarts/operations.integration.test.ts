import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Person } from "#lib/access/model.ts";
import { grantsFor } from "#lib/access/policy.ts";
import { raiseSessionVersion, saveSignIn } from "#lib/access/store.ts";
import { listAudit } from "#lib/audit/store.ts";
import type { Workload } from "#lib/clusters/model.ts";
import type { Estate, RoleGrant } from "#lib/estate/model.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { type ClaimedOperation, claimNext } from "#lib/operations/store.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import { approveRequest, voidOutdatedRestarts } from "#lib/requests/operations.ts";
import { findRequest } from "#lib/requests/store.ts";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type FakeCluster, fakeCluster } from "#lib/systems/kubernetes/fake.ts";
import type { ClusterPort } from "#lib/systems/kubernetes/port.ts";
import { aWorkload } from "#lib/testing/cluster-objects.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { PROMOTION_POLICY } from "#lib/testing/policies.ts";
import { LIVE, newKey, openWorld, REASON } from "#lib/testing/world.ts";
import { restart } from "./operations.ts";
import { previewRestart } from "./queries.ts";

const ISSUER = "https://id.gravv.example";
const GRANTS: readonly RoleGrant[] = [{ role: "operator", groups: ["ops"], environments: ["gravv/*"] }];
const TARGET = { kind: "Deployment", namespace: "gravv-live", name: "ledger" } as const;
const DONE = { state: "done", reason: null, desired: 4, updated: 4, ready: 4, available: 4 } as const;

let directory: string;
let database: TestDatabase;
let cluster: FakeCluster;
let workload: Workload | undefined;
let runtime: Runtime;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-restarts-"));
});
afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  database = await freshDatabase();
  cluster = fakeCluster("gravv");
  cluster.grant(TARGET.namespace, "ops");
  putWorkload("u1");
  const world = openWorld({ db: database.db, repositoryUrl: "unused", directory });
  runtime = {
    ...world,
    estate: estateFor(world.estate, GRANTS),
    clusters: new Map([["gravv", cluster.port]]),
    view: {
      ...world.view,
      workloads: () =>
        workload === undefined ? [] : [{ workload, rollout: DONE, cluster: "gravv", environment: LIVE }],
    },
  };
  await signUp("ada", ["ops", "staff"]);
  await signUp("bob", ["ops"]);
  return () => database.close();
});

function estateFor(estate: Estate, roleGrants: readonly RoleGrant[]): Estate {
  const oidc = { issuer: ISSUER, clientId: "c", clientSecret: "s", name: "ID", scopes: ["openid"] };
  const policy = { ...PROMOTION_POLICY, ask: ["operator" as const] };
  return {
    ...estate,
    oidc: { ...oidc, accountClaim: "sub", groupsClaim: "groups" },
    roleGrants,
    clusters: estate.clusters.map((one) => ({ ...one, impersonatedGroups: ["ops"] })),
    policies: [...estate.policies, { action: "restart", environments: [LIVE], policy }],
  };
}

/** The workload in the cluster and as the console sees it. */
function putWorkload(uid: string, image = "ledger:2"): void {
  putInCluster(uid, 3);
  workload = aWorkload({ uid, namespace: TARGET.namespace, images: [{ container: "main", image }] });
}

function putInCluster(uid: string, generation: number): void {
  const metadata = { uid, name: TARGET.name, namespace: TARGET.namespace, generation };
  cluster.put("Deployment", { metadata });
}

async function signUp(account: string, groups: string[]): Promise<void> {
  const identity = { provider: ISSUER, subject: account, account, emails: [], groups };
  await database.db.$transaction((tx) => saveSignIn(tx, account, identity));
}

const person = (account: string, groups: readonly string[]): Person => ({
  account,
  emails: [],
  groups,
  grants: grantsFor(GRANTS, groups),
});
const ada = person("ada", ["ops", "staff"]);
const bob = person("bob", ["ops"]);

async function ask(reason = REASON): Promise<{ requestId: string; digest: string }> {
  const { digest } = await previewRestart(runtime, ada, LIVE, TARGET);
  const input = { environment: LIVE, workload: TARGET, digest, reason, idempotencyKey: newKey() };
  return { ...(await restart(runtime, ada, input)), digest };
}

async function agreed(): Promise<string> {
  const asked = await ask();
  await approveRequest(runtime, bob, asked);
  return asked.requestId;
}

/** Carries out the operation that waits, seeing the restarted spec as the console would. */
async function carryOut(): Promise<void> {
  if (workload !== undefined) {
    workload = { ...workload, generation: 4, observedGeneration: 4 };
  }
  await carryOutAsSeen();
}

async function carryOutAsSeen(): Promise<void> {
  await runOperation(runtime, await claim(), new AbortController().signal);
}

type Restart = Parameters<ClusterPort["restart"]>;

/** A process whose calls to restart stand still until they are let go, and do not hear that its lease is lost. */
function stopped() {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const restart = async (...[actor, seen, mark]: Restart) => {
    calls += 1;
    arrived.resolve();
    await gate.promise;
    return cluster.port.restart(actor, seen, mark, new AbortController().signal);
  };
  const clusters = new Map([["gravv", { ...cluster.port, restart }]]);
  return { runtime: { ...runtime, clusters }, arrived: arrived.promise, letGo: gate.resolve, calls: () => calls };
}

/** Claims the operation, whoever holds it, as if that lease had run out. */
async function claim(): Promise<ClaimedOperation> {
  await database.db
    .$executeRaw`UPDATE "Operation" SET "leaseUntil" = clock_timestamp() - interval '1 second' WHERE state = 'running'`;
  const operation = await claimNext(database.db, "test");
  if (operation === undefined) {
    throw new Error("no operation waits");
  }
  return operation;
}

const rowOf = async (requestId: string) => (await findRequest(database.db, requestId, policyNow(runtime)))?.row;
const generation = async () => (await cluster.port.findMark(TARGET, new AbortController().signal)).generation;
const lastRecord = async (requestId: string) =>
  (await listAudit(database.db, { requestId, limit: 1 })).map(({ action, outcome }) => [action, outcome]);

describe("a restart", () => {
  it("is done once, in the name of whoever asked with the groups that gatehouse.yaml lists, and on record", async () => {
    const requestId = await agreed();
    await carryOut();
    expect(await generation()).toBe(4);
    expect(await rowOf(requestId)).toMatchObject({
      operation: { state: "succeeded", outcome: "Deployment gravv-live/ledger restarted and rolled out" },
    });
    expect((await findRequest(database.db, requestId, policyNow(runtime)))?.plan).toMatchObject({
      actor: { user: "ada", groups: ["ops"] },
    });
    expect(await lastRecord(requestId)).toEqual([["restart.succeeded", "done"]]);
  });

  it.each(["done", "not done"] as const)("whose answer was lost after it was %s is done once", async (effect) => {
    const requestId = await agreed();
    cluster.failNextRestart(new ClusterError("outcome_unknown", "no answer"), effect);
    await carryOut();
    expect(await generation()).toBe(4);
    expect(await rowOf(requestId)).toMatchObject({ operation: { state: "succeeded" } });
  });

  it("goes on when the object's status has moved between the look and the write", async () => {
    const requestId = await agreed();
    cluster.failNextRestart(new ClusterError("moved", "the object has changed"), "not done");
    await carryOut();
    expect(await generation()).toBe(4);
    expect(await rowOf(requestId)).toMatchObject({ operation: { state: "succeeded" } });
  });
});

describe("nothing is restarted", () => {
  it("without a second person's word", async () => {
    const { requestId } = await ask();
    await expect(
      approveRequest(runtime, ada, { requestId, digest: (await rowOf(requestId))?.digest ?? "" }),
    ).rejects.toThrow(/You asked for this/);
    expect(await generation()).toBe(3);
  });

  it("where the cluster's own rules refuse it to the person: said before it is asked for, and refused in the end", async () => {
    const requestId = await agreed();
    cluster.withdraw(TARGET.namespace, "ops");
    expect((await previewRestart(runtime, ada, LIVE, TARGET)).may).toMatchObject({ allowed: false });
    await carryOut();
    expect(await generation()).toBe(3);
    expect(await rowOf(requestId)).toMatchObject({ operation: { state: "failed" } });
  });

  it.each([
    ["another object of that name", () => putWorkload("u2"), /made anew|is gone/],
    ["another image", () => putWorkload("u1", "ledger:3"), /other images/],
  ])("when it is %s by then: the approval is void", async (_what, change, why) => {
    const requestId = await agreed();
    change();
    await carryOut();
    expect(await generation()).toBe(3);
    const row = await rowOf(requestId);
    expect(row?.state).toBe("void");
    expect(row?.operation?.outcome).toMatch(why);
  });

  it.each([
    ["their role", () => (runtime = { ...runtime, estate: estateFor(runtime.estate, []) })],
    ["a group that the cluster would see", () => signUp("ada", ["staff"])],
    ["all their sessions", () => database.db.$transaction((tx) => raiseSessionVersion(tx, "ada"))],
  ])("when whoever asked has lost %s since, before anybody has agreed or after", async (_what, change) => {
    const requestId = await agreed();
    const waiting = await ask("A second time, for something else.");
    await change();
    await carryOut();
    expect(await generation()).toBe(3);
    expect((await rowOf(requestId))?.state).toBe("void");
    await expect(approveRequest(runtime, bob, waiting)).rejects.toMatchObject({ code: "void" });
  });

  it("where the cluster's own rules refuse it to the person: nobody is asked to agree", async () => {
    cluster.withdraw(TARGET.namespace, "ops");
    await expect(ask()).rejects.toMatchObject({ code: "not_allowed" });
    expect(await database.db.request.count()).toBe(0);
  });

  it("whose images the console has not seen in the version that would be changed", async () => {
    const requestId = await agreed();
    putInCluster("u1", 4);
    const carrying = carryOutAsSeen();
    await vi.waitFor(async () => {
      const [step] = (await rowOf(requestId))?.operation?.steps ?? [];
      expect(step?.note).toContain("looking again");
    });
    workload = aWorkload({
      uid: "u1",
      namespace: TARGET.namespace,
      generation: 4,
      images: [{ container: "main", image: "ledger:3" }],
    });
    await carrying;
    expect(await generation()).toBe(4);
    expect((await rowOf(requestId))?.state).toBe("void");
  });

  it("for somebody with a group of Kubernetes' own, whoever gave it to them", async () => {
    const trick = person("ada", ["ops", "system:masters"]);
    await expect(previewRestart(runtime, trick, LIVE, TARGET)).rejects.toMatchObject({ code: "not_allowed" });
  });

  it("in a cluster whose groups gatehouse.yaml does not name", async () => {
    const clusters = runtime.estate.clusters.map((one) => ({ ...one, impersonatedGroups: undefined }));
    const closed = { ...runtime, estate: { ...runtime.estate, clusters } };
    await expect(previewRestart(closed, ada, LIVE, TARGET)).rejects.toMatchObject({ code: "not_allowed" });
  });
});

it("a request that waits is void as soon as its workload is another, and stays while its cluster is not seen", async () => {
  const { requestId } = await ask();
  await voidOutdatedRestarts(runtime);
  expect((await rowOf(requestId))?.state).toBe("waiting");
  putWorkload("u2");
  await voidOutdatedRestarts(runtime);
  expect(await rowOf(requestId)).toMatchObject({ state: "void", stateReason: expect.stringContaining("made anew") });
});

describe("where a process was stopped right before its write and another has ended the restart,", () => {
  const never = new AbortController().signal;

  it.each([
    ["all their sessions", () => database.db.$transaction((tx) => raiseSessionVersion(tx, "ada"))],
    ["their role", () => (runtime = { ...runtime, estate: estateFor(runtime.estate, []) })],
    ["a group", () => signUp("ada", ["staff"])],
  ])("the late write changes nothing: whoever asked had lost %s", async (_what, lose) => {
    const requestId = await agreed();
    const late = stopped();
    const lateWork = runOperation(late.runtime, await claim(), never);
    await late.arrived;
    await lose();
    await carryOutAsSeen();
    expect((await rowOf(requestId))?.operation?.outcome).toMatch(/The approval is void; nothing was changed\.$/);
    const ended = await rowOf(requestId);

    late.letGo();
    await lateWork;

    expect(late.calls()).toBe(1);
    expect(await generation()).toBe(3);
    expect(await rowOf(requestId)).toEqual(ended);
    expect(await lastRecord(requestId)).toEqual([["restart.voided", "void"]]);
  });

  it("the end does not promise that nothing changes where the cluster refuses the note that would keep the write out", async () => {
    const requestId = await agreed();
    const late = stopped();
    const lateWork = runOperation(late.runtime, await claim(), never);
    await late.arrived;
    cluster.withdraw(TARGET.namespace, "ops");
    await carryOutAsSeen();
    expect((await rowOf(requestId))?.operation?.outcome).toMatch(
      /whether an earlier attempt still arrives is not certain/,
    );
    late.letGo();
    await lateWork;
    expect(await lastRecord(requestId)).toEqual([["restart.failed", "failed"]]);
  });

  it("one stopped between its look and its write sends none: it asks whether the operation is still its own", async () => {
    const requestId = await agreed();
    const late = stopped();
    const looked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let looks = 0;
    const findMark: ClusterPort["findMark"] = async (workload) => {
      const marked = await cluster.port.findMark(workload, never);
      looks += 1;
      // The first is the step Check's.
      if (looks === 2) {
        looked.resolve();
        await gate.promise;
      }
      return marked;
    };
    const clusters = new Map([...late.runtime.clusters].map(([id, port]) => [id, { ...port, findMark }] as const));
    const lateWork = runOperation({ ...late.runtime, clusters }, await claim(), never);
    await looked.promise;
    await carryOut();
    gate.resolve();
    late.letGo();
    await lateWork;
    expect(late.calls()).toBe(0);
    expect(await generation()).toBe(4);
    expect(await lastRecord(requestId)).toEqual([["restart.succeeded", "done"]]);
  });
});
