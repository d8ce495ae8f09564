import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { commitToBranch, createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import { appendAudit, listAudit } from "#lib/audit/store.ts";
import { FOLLOWING_STEP } from "#lib/operations/model.ts";
import { stepNames } from "#lib/operations/recipe.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext, markStepRunning } from "#lib/operations/store.ts";
import { allowIdle, type Db, openDb } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import type { Policy } from "#lib/policies/model.ts";
import { requestPromotion } from "#lib/promotions/operations.ts";
import { previewPromotion } from "#lib/promotions/queries.ts";
import { restartRecipe } from "#lib/restarts/cluster-writes.ts";
import type { RestartPlan } from "#lib/restarts/model.ts";
import { rollBack } from "#lib/rollbacks/operations.ts";
import { previewRollback } from "#lib/rollbacks/queries.ts";
import { freshDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { codeOf, expectRefused } from "#lib/testing/refusals.ts";
import { fingerprint } from "#lib/testing/tables.ts";
import {
  approvedPromotion,
  askForPromotion,
  begin,
  LIVE,
  newKey,
  openWorld,
  PEOPLE,
  publishSources,
  REASON,
  STRANGER,
} from "#lib/testing/world.ts";
import type { SeenWorkload } from "#lib/watch/estate-view.ts";
import { clusterSourceId } from "#lib/watch/freshness.ts";
import {
  approveRequest,
  rejectRequest,
  runRequest,
  startDue,
  voidExpired,
  voidOutdated,
  withdrawRequest,
} from "./operations.ts";
import { readRequests } from "./queries.ts";
import type { AskInput } from "./schema.ts";
import { findRequest } from "./store.ts";

/** For a machine that has much else to do. */
const PATIENCE = { timeout: 30_000 };

let database: TestDatabase;
let db: Db;
let directory: string;
/** Made once and copied for each test, which takes a tenth of the time. */
let template: string;
let repositoryUrl: string;
let runtime: Runtime;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gatehouse-requests-"));
  template = join(directory, "template.git");
  await createRepository({ directory: template, now: new Date() });
});
afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  database = await freshDatabase();
  db = database.db;
  repositoryUrl = join(directory, `${newKey()}.git`);
  await cp(template, repositoryUrl, { recursive: true });
  runtime = openWorld({ db, repositoryUrl, directory });
  return () => database.close();
});

const rowOf = async (requestId: string) => (await findRequest(db, requestId, policyNow(runtime)))?.row;
const actionsOf = async (requestId: string) =>
  (await listAudit(db, { requestId, limit: 50 })).map((row) => row.action).reverse();
const atOnce = (times: number, call: () => Promise<unknown>) =>
  Promise.all(Array.from({ length: times }, () => codeOf(call())));
/** How many of the database's own sessions wait for a lock that another has taken for a transaction. */
const lockWaiters = async (on: Db) =>
  (
    await on.$queryRaw<unknown[]>`
      SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted`
  ).length;
const mainHead = () =>
  execFileSync("git", ["--git-dir", repositoryUrl, "rev-parse", "main"], { encoding: "utf8" }).trim();

const moveDev = (author = { name: "Amara", email: "amara@gravv.example" }, message = "ledger: a note") =>
  commitToBranch({
    repository: repositoryUrl,
    branch: "dev",
    files: { "services/ledger/NOTES.md": newKey() },
    author,
    message,
    now: new Date(),
  });

/** From now on the cluster has Deployments that cannot be read, before live and not in it. */
function loseSandbox(): void {
  const id = clusterSourceId("gravv");
  const since = "2026-11-21T12:00:00.000Z";
  const gap = { kind: "Deployment", state: "unreadable", since, objects: ["gravv-sandbox/ledger"], count: 1 } as const;
  runtime.ring.publish([{ kind: "source", id, row: { id, state: "ok", since, message: null, kinds: [gap] } }]);
}

type Differing = Readonly<{ workload?: Partial<SeenWorkload["workload"]>; rollout?: Partial<SeenWorkload["rollout"]> }>;

/** The world in which what runs before live differs. */
function beside({ workload, rollout }: Differing): Runtime {
  const { view } = runtime;
  const differ = (seen: SeenWorkload): SeenWorkload => ({
    ...seen,
    workload: { ...seen.workload, ...workload },
    rollout: { ...seen.rollout, ...rollout },
  });
  const workloads = (environmentId: string) => {
    const seen = view.workloads(environmentId);
    return environmentId === LIVE ? seen : seen.map(differ);
  };
  return { ...runtime, view: { ...view, workloads } };
}

/** What becomes of a request that is approved while what runs before live differs. */
async function approvedBeside(asked: { requestId: string; digest: string }, differing: Differing) {
  expect(await codeOf(approveRequest(beside(differing), PEOPLE.operator, asked))).toBe("void");
  return { state: undefined, stateReason: undefined, ...(await rowOf(asked.requestId)) };
}

async function carryOut(): Promise<void> {
  const operation = await claimNext(db, "test");
  if (operation === undefined) {
    throw new Error("no operation waits");
  }
  await runOperation(runtime, operation, new AbortController().signal);
}

describe("asking for a promotion", () => {
  const input = async () => ({
    environment: LIVE,
    digest: (await previewPromotion(runtime, PEOPLE.developer, LIVE)).digest,
    reason: REASON,
    idempotencyKey: newKey(),
  });

  it("puts the request and its record down together", async () => {
    const { requestId } = await requestPromotion(runtime, PEOPLE.developer, await input());
    expect(await rowOf(requestId)).toMatchObject({ state: "waiting", requestedBy: "developer", reason: REASON });
    expect(await actionsOf(requestId)).toEqual(["promotion.requested"]);
  });

  it("twice with the same key is one request", async () => {
    const same = await input();
    const first = await requestPromotion(runtime, PEOPLE.developer, same);
    const before = await fingerprint(db);
    expect(await requestPromotion(runtime, PEOPLE.developer, same)).toEqual(first);
    expect(await fingerprint(db)).toEqual(before);
  });

  it("many times at once with the same key is one request, and whoever is not told to wait is told the same", async () => {
    const same = await input();
    const codes = await atOnce(8, () => requestPromotion(runtime, PEOPLE.developer, same));
    expect(codes.filter((code) => code !== "fine" && code !== "in_progress")).toEqual([]);
    expect(codes).toContain("fine");
    expect(await db.request.findMany({ select: { id: true } })).toEqual([
      { id: (await requestPromotion(runtime, PEOPLE.developer, same)).requestId },
    ]);
    expect(await db.auditEvent.count()).toBe(1);
  });

  it("with the key of a call that is still under way is told so at once, on whichever replica, and then the same", async () => {
    const same = await input();
    const otherDb = openDb(database.url);
    const other = openWorld({ db: otherDb, repositoryUrl, directory });
    let first: Promise<{ requestId: string }> | undefined;
    await db.$transaction(async (tx) => {
      await allowIdle(tx, PATIENCE.timeout);
      await appendAudit(tx, {
        actor: "nobody",
        action: "test.waits",
        target: LIVE,
        outcome: "done",
        decision: "follows from this test",
      });
      first = requestPromotion(runtime, PEOPLE.developer, same);
      // The first call has its key and waits for its turn at the record, which this transaction has.
      await vi.waitFor(async () => expect(await lockWaiters(otherDb)).toBe(1), PATIENCE);
      expect(await codeOf(requestPromotion(other, PEOPLE.developer, same))).toBe("in_progress");
    }, PATIENCE);
    expect(await requestPromotion(other, PEOPLE.developer, same)).toEqual(await first);
    expect(await db.request.count()).toBe(1);
    await otherDb.$disconnect();
  });

  it("with the same key for something else is refused", async () => {
    const same = await input();
    await requestPromotion(runtime, PEOPLE.developer, same);
    await expectRefused(db, "key_reused", () =>
      requestPromotion(runtime, PEOPLE.developer, { ...same, reason: "quite another reason" }),
    );
  });

  it("with another's key is another request, so no key reaches into another account", async () => {
    const same = await input();
    const { requestId } = await requestPromotion(runtime, PEOPLE.developer, same);
    await withdrawRequest(runtime, PEOPLE.developer, { requestId });
    const other = await requestPromotion(runtime, PEOPLE.operator, same);
    expect(other.requestId).not.toBe(requestId);
  });

  it("for exactly what somebody asked for already is refused, and says where that waits", async () => {
    const { requestId } = await askForPromotion(runtime);
    const again = { ...(await input()), idempotencyKey: newKey() };
    await expect(requestPromotion(runtime, PEOPLE.operator, again)).rejects.toThrow(requestId);
  });

  it("for a plan that is no longer the one that was looked at is refused", async () => {
    const looked = await input();
    await moveDev();
    await expectRefused(db, "conflict", () => requestPromotion(runtime, PEOPLE.developer, looked));
  });

  it("by somebody whose role may not ask is refused", async () => {
    const looked = await input();
    for (const person of [PEOPLE.viewer, PEOPLE.admin]) {
      await expectRefused(db, "not_allowed", () => requestPromotion(runtime, person, looked));
    }
  });

  it("into what is not there, or comes after nothing, is refused", async () => {
    const looked = await input();
    await expectRefused(db, "not_found", () =>
      requestPromotion(runtime, PEOPLE.developer, { ...looked, environment: "gravv/nowhere" }),
    );
    await expectRefused(db, "invalid", () =>
      requestPromotion(runtime, PEOPLE.developer, { ...looked, environment: "gravv/sandbox" }),
    );
  });

  it("while the cluster or the repository is not seen fresh is refused", async () => {
    const looked = await input();
    publishSources(runtime.ring, "stale");
    await expectRefused(db, "unavailable", () => requestPromotion(runtime, PEOPLE.developer, looked));
  });
});

describe("a policy", () => {
  const input = async (more: Partial<AskInput> = {}) => ({
    environment: LIVE,
    digest: (await previewPromotion(runtime, PEOPLE.developer, LIVE)).digest,
    reason: REASON,
    idempotencyKey: newKey(),
    ...more,
  });
  const world = (promotion: Partial<Policy>) => openWorld({ db, repositoryUrl, directory, promotion });
  const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

  it("that asks for a ticket refuses to be asked without one or with another's", async () => {
    runtime = world({ tickets: ["^OPS-[0-9]+$"] });
    const without = await input();
    await expectRefused(db, "invalid", () => requestPromotion(runtime, PEOPLE.developer, without));
    const wrong = await input({ ticket: "DEV-1" });
    await expectRefused(db, "invalid", () => requestPromotion(runtime, PEOPLE.developer, wrong));
    const right = await input({ ticket: "OPS-77" });
    const { requestId } = await requestPromotion(runtime, PEOPLE.developer, right);
    expect(await rowOf(requestId)).toMatchObject({ state: "waiting", ticket: "OPS-77" });
  });

  it("that is frozen refuses to be asked, to be approved and to be started", async () => {
    const freezes = [{ name: "year end", from: minutesFromNow(-1), to: minutesFromNow(1) }];
    const asked = await askForPromotion(runtime);
    runtime = world({ freezes });
    const again = await input();
    await expectRefused(db, "conflict", () => requestPromotion(runtime, PEOPLE.operator, again));
    await expectRefused(db, "conflict", () => approveRequest(runtime, PEOPLE.operator, asked));
    runtime = world({ run: "by-hand" });
    await approveRequest(runtime, PEOPLE.operator, asked);
    runtime = world({ run: "by-hand", freezes });
    await expectRefused(db, "conflict", () => runRequest(runtime, PEOPLE.developer, asked));
  });

  it("that starts by hand waits for somebody who may ask, and starts once whoever starts it", async () => {
    runtime = world({ run: "by-hand" });
    const asked = await askForPromotion(runtime);
    await expectRefused(db, "not_allowed", () => runRequest(runtime, PEOPLE.developer, asked));
    await approveRequest(runtime, PEOPLE.operator, asked);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "approved", operation: null, missing: [] });
    await expectRefused(db, "not_allowed", () => runRequest(runtime, PEOPLE.viewer, asked));
    const codes = await Promise.all(
      [PEOPLE.developer, PEOPLE.operator, PEOPLE.operator2].map((person) => codeOf(runRequest(runtime, person, asked))),
    );
    expect([...codes].sort()).toEqual(["conflict", "conflict", "fine"]);
    expect(await db.operation.count()).toBe(1);
  });

  it("that has become stricter while a request waits holds in its stricter form", async () => {
    const asked = await askForPromotion(runtime);
    runtime = world({ agree: [{ kind: "role", name: "operator", count: 2 }] });
    await approveRequest(runtime, PEOPLE.operator, asked);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "waiting", missing: [{ count: 1 }] });
    await approveRequest(runtime, PEOPLE.operator2, asked);
    expect(await db.operation.count()).toBe(1);
  });

  it("that has become milder leaves a waiting request as strict as it was asked for", async () => {
    runtime = world({ agree: [{ kind: "role", name: "operator", count: 2 }] });
    const asked = await askForPromotion(runtime);
    runtime = world({ agree: [] });
    await approveRequest(runtime, PEOPLE.operator, asked);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "waiting", missing: [{ count: 1 }] });
  });

  it("that has become stricter after all agreed lets nobody start it", async () => {
    runtime = world({ run: "by-hand" });
    const asked = await askForPromotion(runtime);
    await approveRequest(runtime, PEOPLE.operator, asked);
    runtime = world({ run: "by-hand", agree: [{ kind: "role", name: "operator", count: 2 }] });
    await expectRefused(db, "not_allowed", () => runRequest(runtime, PEOPLE.developer, asked));
    expect(await db.operation.count()).toBe(0);
  });

  it("that is gone lets nobody approve or start", async () => {
    const asked = await askForPromotion(runtime);
    runtime = { ...runtime, estate: { ...runtime.estate, policies: [] } };
    await expectRefused(db, "not_allowed", () => approveRequest(runtime, PEOPLE.operator, asked));
  });

  it("that is scheduled asks for a time, and starts by itself when it has come and not before", async () => {
    runtime = world({ run: "scheduled" });
    for (const runAt of [undefined, minutesFromNow(-1), minutesFromNow(24 * 60)]) {
      const wrong = await input(runAt === undefined ? {} : { runAt });
      await expectRefused(db, "invalid", () => requestPromotion(runtime, PEOPLE.developer, wrong));
    }
    const right = await input({ runAt: minutesFromNow(30) });
    const { requestId } = await requestPromotion(runtime, PEOPLE.developer, right);
    await approveRequest(runtime, PEOPLE.operator, { requestId, digest: right.digest });
    await startDue(runtime);
    expect(await rowOf(requestId)).toMatchObject({ state: "approved", operation: null });
    await db.$executeRaw`UPDATE "Request" SET "runAt" = clock_timestamp() - interval '1 second'`;
    await Promise.all([startDue(runtime), startDue(runtime)]);
    expect(await db.operation.count()).toBe(1);
    expect((await actionsOf(requestId)).at(-1)).toBe("promotion.started");
  });

  it("that needs two groups is not satisfied by one person of both", async () => {
    const both: Person = {
      ...PEOPLE.operator,
      groups: ["leads"],
    };
    runtime = world({
      agree: [
        { kind: "role", name: "operator", count: 1 },
        { kind: "group", name: "leads", count: 1 },
      ],
    });
    const asked = await askForPromotion(runtime);
    await approveRequest(runtime, both, asked);
    expect((await rowOf(asked.requestId))?.missing).toHaveLength(1);
    await expectRefused(db, "not_allowed", () => approveRequest(runtime, both, asked));
    await approveRequest(runtime, PEOPLE.operator2, asked);
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "approved", missing: [] });
  });

  it.each([
    ["rejected", "rejecting"],
    ["withdrawn", "withdrawing"],
  ] as const)(
    "what all have agreed to can be %s until it starts; starting and %s at once have one outcome",
    async (taken, _taking) => {
      runtime = world({ run: "by-hand" });
      const seen = new Set<string>();
      for (let round = 0; round < 4; round += 1) {
        await moveDev();
        const asked = await askForPromotion(runtime);
        await approveRequest(runtime, PEOPLE.operator, asked);
        const reason = "the auditor asked us to wait";
        const attempts = [
          () => codeOf(runRequest(runtime, PEOPLE.developer, asked)),
          taken === "rejected"
            ? () => codeOf(rejectRequest(runtime, PEOPLE.operator2, { requestId: asked.requestId, reason }))
            : () => codeOf(withdrawRequest(runtime, PEOPLE.developer, { requestId: asked.requestId })),
        ];
        const codes = await Promise.all(
          (round % 2 === 0 ? attempts : attempts.toReversed()).map((attempt) => attempt()),
        );
        expect(codes.filter((code) => code === "fine")).toHaveLength(1);
        const row = await rowOf(asked.requestId);
        expect(row?.state === "approved" ? row.operation !== null : row?.operation === null).toBe(true);
        seen.add(row?.state ?? "");
        await db.$executeRaw`UPDATE "Operation" SET state = 'failed'`;
      }
      expect([...seen].every((state) => state === "approved" || state === taken)).toBe(true);
    },
  );
});

describe("approving", () => {
  it("starts the operation in the same transaction as the last approval", async () => {
    const asked = await askForPromotion(runtime);
    await approveRequest(runtime, PEOPLE.operator, asked);
    expect(await rowOf(asked.requestId)).toMatchObject({
      state: "approved",
      missing: [],
      operation: {
        state: "running",
        steps: [{ name: "Check" }, { name: "Merge" }, { name: "Roll out" }, { name: "Settle" }],
      },
    });
    expect(await actionsOf(asked.requestId)).toEqual(["promotion.requested", "request.approved", "promotion.started"]);
  });

  it("by two people at the same moment counts once and starts one operation", async () => {
    const asked = await askForPromotion(runtime);
    const people: Person[] = [PEOPLE.operator, PEOPLE.operator2, PEOPLE.operator3];
    const codes = await Promise.all(people.map((person) => codeOf(approveRequest(runtime, person, asked))));
    expect([...codes].sort()).toEqual(["conflict", "conflict", "fine"]);
    expect(await db.operation.count()).toBe(1);
    expect(await db.approval.count()).toBe(1);
    expect(await actionsOf(asked.requestId)).toEqual(["promotion.requested", "request.approved", "promotion.started"]);
  });

  it("by one person twice at the same moment counts once, where two people are needed", async () => {
    runtime = openWorld({
      db,
      repositoryUrl,
      directory,
      promotion: { agree: [{ kind: "role", name: "operator", count: 2 }] },
    });
    const asked = await askForPromotion(runtime);
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(approveRequest(runtime, PEOPLE.operator, asked))));
    expect(codes.filter((code) => code === "fine")).toHaveLength(1);
    expect(await db.operation.count()).toBe(0);
    expect(await db.approval.count()).toBe(1);
    expect((await rowOf(asked.requestId))?.missing).toEqual([{ kind: "role", name: "operator", count: 1 }]);
    await approveRequest(runtime, PEOPLE.operator2, asked);
    expect(await db.operation.count()).toBe(1);
  });

  it("by two different people at the same moment, where two are needed, starts one operation", async () => {
    runtime = openWorld({
      db,
      repositoryUrl,
      directory,
      promotion: { agree: [{ kind: "role", name: "operator", count: 2 }] },
    });
    const asked = await askForPromotion(runtime);
    const people = [PEOPLE.operator, PEOPLE.operator2];
    const codes = await Promise.all(people.map((person) => codeOf(approveRequest(runtime, person, asked))));
    expect(codes).toEqual(["fine", "fine"]);
    expect(await db.operation.count()).toBe(1);
    expect((await rowOf(asked.requestId))?.state).toBe("approved");
  });

  it("and rejecting at the same moment has one outcome", async () => {
    for (let round = 0; round < 3; round += 1) {
      await moveDev();
      const asked = await askForPromotion(runtime);
      const reject = { requestId: asked.requestId, reason: "not before the audit" };
      const codes = await Promise.all([
        codeOf(approveRequest(runtime, PEOPLE.operator, asked)),
        codeOf(rejectRequest(runtime, PEOPLE.operator2, reject)),
      ]);
      const isApproved = (await rowOf(asked.requestId))?.state === "approved";
      expect(codes).toEqual(isApproved ? ["fine", "conflict"] : ["conflict", "fine"]);
      expect(await db.approval.count({ where: { requestId: asked.requestId } })).toBe(1);
      expect(await db.operation.count({ where: { requestId: asked.requestId } })).toBe(isApproved ? 1 : 0);
      if (isApproved) {
        await carryOut();
      }
    }
  });

  it("by whoever asked, or somebody whose role may not, is refused and changes nothing", async () => {
    const asked = await askForPromotion(runtime, PEOPLE.operator);
    for (const person of [PEOPLE.operator, PEOPLE.viewer, PEOPLE.developer, PEOPLE.admin]) {
      await expectRefused(db, "not_allowed", () => approveRequest(runtime, person, asked));
    }
  });

  it("by an author of a promoted commit is refused and changes nothing, while another operator may", async () => {
    await moveDev({ name: "Somebody Else", email: "Operator+Laptop@gravv.example" });
    const asked = await askForPromotion(runtime);
    await expectRefused(db, "not_allowed", () => approveRequest(runtime, PEOPLE.operator, asked));
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator2, asked))).toBe("fine");
  });

  it.each(["Triggered-by: Somebody Else <operator+laptop@gravv.example>", "On-behalf-of: @operator"])(
    "by whoever had a bot write a promoted commit (%s) is refused, while another operator may",
    async (trailer) => {
      runtime = openWorld({ db, repositoryUrl, directory, promotion: { exclude: ["triggerers"] } });
      await moveDev({ name: "release-bot", email: "bot@gravv.example" }, `ledger 4.3.0\n\n${trailer}`);
      const asked = await askForPromotion(runtime);
      await expectRefused(db, "not_allowed", () => approveRequest(runtime, PEOPLE.operator, asked));
      expect(await codeOf(approveRequest(runtime, PEOPLE.operator2, asked))).toBe("fine");
    },
  );

  it("another digest than the request's is refused", async () => {
    const asked = await askForPromotion(runtime);
    await expectRefused(db, "conflict", () =>
      approveRequest(runtime, PEOPLE.operator, { ...asked, digest: "0".repeat(64) }),
    );
  });

  it("a plan that somebody changed in the database is refused", async () => {
    const asked = await askForPromotion(runtime);
    await db.$executeRaw`UPDATE "Request" SET plan = jsonb_set(plan, '{tree}', '"1111111111111111111111111111111111111111"')`;
    await expectRefused(db, "conflict", () => approveRequest(runtime, PEOPLE.operator, asked));
  });

  it("voids a request whose evidence passed when it was asked for and does not any more, and says which", async () => {
    const asked = await askForPromotion(runtime);
    const { state, stateReason } = await approvedBeside(asked, { rollout: { state: "stuck" } });
    expect(state).toBe("void");
    expect(stateReason).toMatch(/^What spoke for this no longer holds: \w+ is not rolled out in gravv\/sandbox\.$/);
    expect(await actionsOf(asked.requestId)).toEqual(["promotion.requested", "request.voided"]);
  });

  it.each([
    [
      "image",
      { images: [{ container: "main", image: "another:1" }] },
      /does not run the promoted image in gravv\/sandbox/,
    ],
    ["revision", { revision: "f".repeat(40) }, /is not at the promoted commit in gravv\/sandbox/],
  ])("voids it too where another %s runs by now", async (_what, workload, why) => {
    const asked = await askForPromotion(runtime);
    expect(await approvedBeside(asked, { workload })).toMatchObject({
      state: "void",
      stateReason: expect.stringMatching(why),
    });
  });

  it("does not void what had failed or was unknown and has become better", async () => {
    for (const state of ["stuck", "unknown"] as const) {
      await moveDev();
      const before = runtime;
      runtime = beside({ rollout: { state } });
      const asked = await askForPromotion(runtime);
      runtime = before;
      await approveRequest(runtime, PEOPLE.operator, asked);
      expect(await rowOf(asked.requestId)).toMatchObject({ state: "approved" });
      await carryOut();
    }
  });

  it("is refused, and nothing is void, while what has passed rolls out anew", async () => {
    const asked = await askForPromotion(runtime);
    const rolling = beside({ rollout: { state: "progressing" } });
    await expectRefused(db, "unavailable", () => approveRequest(rolling, PEOPLE.operator, asked));
    expect(await rowOf(asked.requestId)).toMatchObject({ state: "waiting" });
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator, asked))).toBe("fine");
  });

  it("is refused, and nothing is void, while what its evidence rests on is not seen", async () => {
    const asked = await askForPromotion(runtime);
    loseSandbox();
    await expectRefused(db, "unavailable", () => approveRequest(runtime, PEOPLE.operator, asked));
    publishSources(runtime.ring, "ok");
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator, asked))).toBe("fine");
  });

  it("asked for while nothing was seen there holds unknown for passed nowhere, and rests on nothing", async () => {
    loseSandbox();
    const { plan } = await previewPromotion(runtime, PEOPLE.developer, LIVE);
    expect([...new Set(plan.evidence.map(({ state }) => state))]).toEqual(["unknown"]);
    const asked = await askForPromotion(runtime);
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator, asked))).toBe("fine");
  });

  it("of a plan of before evidence was kept goes as it went then", async () => {
    const { evidence: _none, ...old } = (await previewPromotion(runtime, PEOPLE.developer, LIVE)).plan;
    const digest = digestOf(old);
    const asked = await askForPromotion(runtime);
    await db.$executeRaw`UPDATE "Request" SET plan = plan - 'evidence', digest = ${digest}`;
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator, { ...asked, digest }))).toBe("fine");
    await carryOut();
    expect((await rowOf(asked.requestId))?.operation?.state).toBe("succeeded");
  });

  it("while the cluster is not seen fresh is refused", async () => {
    const asked = await askForPromotion(runtime);
    publishSources(runtime.ring, "unreachable");
    await expectRefused(db, "unavailable", () => approveRequest(runtime, PEOPLE.operator, asked));
  });

  it("what is not there is refused", async () => {
    await expectRefused(db, "not_found", () =>
      approveRequest(runtime, PEOPLE.operator, { requestId: "req_00000000000000000000", digest: "0".repeat(64) }),
    );
  });

  it("or anything else, by somebody who does not see the environment, is answered as what is not there", async () => {
    const { requestId, digest } = await askForPromotion(runtime);
    for (const call of [
      () => approveRequest(runtime, STRANGER, { requestId, digest }),
      () => runRequest(runtime, STRANGER, { requestId, digest }),
      () => rejectRequest(runtime, STRANGER, { requestId, reason: REASON }),
      () => withdrawRequest(runtime, STRANGER, { requestId }),
    ]) {
      await expectRefused(db, "not_found", call);
    }
  });

  it("after a branch has moved voids the request, says which, and approves nothing", async () => {
    const asked = await askForPromotion(runtime);
    await moveDev();
    expect(await codeOf(approveRequest(runtime, PEOPLE.operator, asked))).toBe("void");
    const row = await rowOf(asked.requestId);
    expect(row).toMatchObject({ state: "void", approvals: [], operation: null });
    expect(row?.stateReason).toMatch(/^dev moved from [0-9a-f]{8} to [0-9a-f]{8} after this was planned\.$/);
    expect(await actionsOf(asked.requestId)).toEqual(["promotion.requested", "request.voided"]);
    await expectRefused(db, "not_allowed", () => approveRequest(runtime, PEOPLE.operator, asked));
  });

  it("and withdrawing at the same moment has one outcome, and what is carried out can be neither rejected nor withdrawn", async () => {
    for (let round = 0; round < 3; round += 1) {
      await moveDev();
      const asked = await askForPromotion(runtime);
      const { requestId } = asked;
      const codes = await Promise.all([
        codeOf(approveRequest(runtime, PEOPLE.operator, asked)),
        codeOf(withdrawRequest(runtime, PEOPLE.developer, { requestId })),
      ]);
      const isApproved = (await rowOf(requestId))?.state === "approved";
      expect(codes.map((code) => code === "fine")).toEqual([isApproved, !isApproved]);
      expect(await db.operation.count({ where: { requestId } })).toBe(isApproved ? 1 : 0);
      if (isApproved) {
        const [, withdrawn, rejected] = await Promise.all([
          carryOut(),
          codeOf(withdrawRequest(runtime, PEOPLE.developer, { requestId })),
          codeOf(rejectRequest(runtime, PEOPLE.operator2, { requestId, reason: "not before the audit" })),
        ]);
        expect([withdrawn, rejected]).toEqual(["not_allowed", "not_allowed"]);
        expect((await rowOf(requestId))?.operation).toMatchObject({ state: "succeeded" });
      }
    }
  });

  it("what has expired by the database's clock is refused, before and after it is voided", async () => {
    const asked = await askForPromotion(runtime);
    await db.$executeRaw`UPDATE "Request" SET "expiresAt" = clock_timestamp() - interval '1 millisecond'`;
    await expectRefused(db, "conflict", () => approveRequest(runtime, PEOPLE.operator, asked));
    await voidExpired(runtime);
    expect(await rowOf(asked.requestId)).toMatchObject({
      state: "void",
      stateReason: "It expired before everyone had agreed and it was started.",
    });
    const before = await fingerprint(db);
    await voidExpired(runtime);
    expect(await fingerprint(db)).toEqual(before);
  });

  it("while another operation runs in the environment is refused, and can be done when that has ended", async () => {
    await approvedPromotion(runtime);
    await moveDev();
    const second = await askForPromotion(runtime);
    await expectRefused(db, "conflict", () => approveRequest(runtime, PEOPLE.operator, second));
    expect(await rowOf(second.requestId)).toMatchObject({ state: "waiting", approvals: [] });
  });
});

describe("rejecting and withdrawing", () => {
  const because = "not before the audit";

  it("a reject ends the request with its reason on record", async () => {
    const { requestId } = await askForPromotion(runtime);
    await rejectRequest(runtime, PEOPLE.operator, { requestId, reason: because });
    expect(await rowOf(requestId)).toMatchObject({
      state: "rejected",
      stateReason: `rejected by operator: ${because}`,
    });
    expect(await actionsOf(requestId)).toEqual(["promotion.requested", "request.rejected"]);
    await expectRefused(db, "not_allowed", () =>
      rejectRequest(runtime, PEOPLE.operator2, { requestId, reason: because }),
    );
    await expectRefused(db, "not_allowed", () => withdrawRequest(runtime, PEOPLE.developer, { requestId }));
  });

  it("a reject by somebody whose role may not is refused", async () => {
    const { requestId } = await askForPromotion(runtime);
    for (const person of [PEOPLE.viewer, PEOPLE.developer, PEOPLE.admin]) {
      await expectRefused(db, "not_allowed", () => rejectRequest(runtime, person, { requestId, reason: because }));
    }
  });

  it("a withdrawal is for whoever asked alone", async () => {
    const { requestId } = await askForPromotion(runtime);
    await expectRefused(db, "not_allowed", () => withdrawRequest(runtime, PEOPLE.operator, { requestId }));
    await withdrawRequest(runtime, PEOPLE.developer, { requestId });
    expect(await rowOf(requestId)).toMatchObject({ state: "withdrawn", stateReason: "withdrawn by developer" });
  });
});

it("requests whose branch has moved are voided without anyone approving, the others stay", async () => {
  const outdated = await askForPromotion(runtime);
  await voidOutdated(runtime, "gravv");
  expect((await rowOf(outdated.requestId))?.state).toBe("waiting");
  await moveDev();
  const current = await askForPromotion(runtime);
  await voidOutdated(runtime, "gravv");
  expect((await rowOf(outdated.requestId))?.state).toBe("void");
  expect((await rowOf(current.requestId))?.state).toBe("waiting");
});

describe("an older request behind two hundred newer ones", () => {
  const cloneOnto = (requestId: string, environment: string) => db.$executeRaw`
    INSERT INTO "Request" SELECT (jsonb_populate_record(r, jsonb_build_object('id', 'req_' || lpad(n::text, 20, '0'),
      'environment', ${environment}::text, 'idempotencyKey', n::text, 'createdAt', clock_timestamp()))).*
    FROM "Request" r, generate_series(1, 200) n WHERE r.id = ${requestId}`;

  it("is voided all the same when its branch has moved", async () => {
    const outdated = await askForPromotion(runtime);
    await moveDev();
    const current = await askForPromotion(runtime);
    await cloneOnto(current.requestId, LIVE);
    await voidOutdated(runtime, "gravv");
    expect(await db.request.findMany({ where: { state: "void" }, select: { id: true } })).toEqual([
      { id: outdated.requestId },
    ]);
  });

  it("is seen by whoever may not see the newer ones", async () => {
    const { requestId } = await askForPromotion(runtime);
    await cloneOnto(requestId, "gravv/sandbox");
    const person: Person = { ...PEOPLE.viewer, grants: [{ role: "viewer", environments: [LIVE] }] };
    const { items } = await readRequests(runtime, person, {});
    expect(items.map(({ id }) => id)).toEqual([requestId]);
  });
});

describe("rolling back", () => {
  const input = async () => ({
    environment: LIVE,
    digest: (await previewRollback(runtime, PEOPLE.operator, LIVE)).digest,
    reason: REASON,
    idempotencyKey: newKey(),
  });

  it("takes exactly the last promotion back, and promoting again brings it once more", async () => {
    const before = mainHead();
    const promoted = await previewPromotion(runtime, PEOPLE.developer, LIVE);
    await approvedPromotion(runtime);
    await carryOut();
    const merge = mainHead();
    expect(await codeOf(previewPromotion(runtime, PEOPLE.developer, LIVE))).toBe("conflict");

    const asked = await input();
    const { requestId } = await rollBack(runtime, PEOPLE.operator, asked);
    await carryOut();
    expect((await rowOf(requestId))?.operation).toMatchObject({ state: "succeeded" });
    const treeOf = (revision: string) =>
      execFileSync("git", ["--git-dir", repositoryUrl, "rev-parse", `${revision}^{tree}`], { encoding: "utf8" });
    expect(treeOf("main")).toBe(treeOf(before));
    expect(treeOf("main")).not.toBe(treeOf(merge));
    expect(await actionsOf(requestId)).toEqual(["rollback.requested", "rollback.started", "rollback.succeeded"]);

    const again = await previewPromotion(runtime, PEOPLE.developer, LIVE);
    expect(again.plan.commits.map((commit) => commit.revision)).toEqual(
      promoted.plan.commits.map((commit) => commit.revision),
    );
    expect(again.plan.tree).toBe(promoted.plan.tree);
    expect(await codeOf(previewRollback(runtime, PEOPLE.operator, LIVE))).toBe("conflict");
  });

  it("ends a restart that still rolls out, which is on record as a restart that failed", async () => {
    await approvedPromotion(runtime);
    await carryOut();
    const restart: RestartPlan = {
      kind: "restart",
      platform: "gravv",
      environment: LIVE,
      cluster: "gravv",
      workload: { kind: "Deployment", namespace: "gravv-live", name: "ledger", uid: "u", images: [] },
      services: [{ service: "ledger" }],
      pods: 2,
      updateStrategy: "RollingUpdate",
      actor: { user: "operator", groups: [], sessionVersion: 0 },
    };
    const { requestId } = await begin(runtime, restart, "operator");
    const { id } = await db.operation.findUniqueOrThrow({ where: { requestId } });
    await db.$transaction((tx) => markStepRunning(tx, id, stepNames(restartRecipe).indexOf(FOLLOWING_STEP)));
    await rollBack(runtime, PEOPLE.operator, await input());
    expect(await actionsOf(requestId)).toEqual(["restart.failed"]);
    expect((await rowOf(requestId))?.operation).toMatchObject({ state: "failed" });
  });

  it("many times at once with the same key is one rollback", async () => {
    await approvedPromotion(runtime);
    await carryOut();
    const same = await input();
    const codes = await atOnce(6, () => rollBack(runtime, PEOPLE.operator, same));
    expect(codes.filter((code) => code !== "fine" && code !== "in_progress")).toEqual([]);
    expect(codes).toContain("fine");
    expect(await db.request.count({ where: { action: "rollback" } })).toBe(1);
  });

  it("by somebody whose role may not is refused", async () => {
    await approvedPromotion(runtime);
    await carryOut();
    const looked = await input();
    for (const person of [PEOPLE.viewer, PEOPLE.developer, PEOPLE.admin]) {
      await expectRefused(db, "not_allowed", () => rollBack(runtime, person, looked));
    }
  });

  it("waits for a promotion that is about to merge, and ends one that only follows its rollout", async () => {
    await approvedPromotion(runtime);
    await carryOut();
    await moveDev();
    const { requestId } = await approvedPromotion(runtime);
    const looked = await input();
    await expectRefused(db, "conflict", () => rollBack(runtime, PEOPLE.operator, looked));
    await db.$executeRaw`UPDATE "OperationStep" SET state = 'running' FROM "Operation" o
      WHERE "operationId" = o.id AND o."requestId" = ${requestId} AND name = 'Roll out'`;
    await rollBack(runtime, PEOPLE.operator, looked);
    expect((await rowOf(requestId))?.operation).toMatchObject({ state: "failed" });
    expect((await actionsOf(requestId)).at(-1)).toBe("promotion.failed");
  });

  it("and an approval at the same moment never lock each other out: one starts, the other is told why not", async () => {
    await approvedPromotion(runtime);
    await carryOut();
    for (let round = 0; round < 4; round += 1) {
      await moveDev();
      const asked = await askForPromotion(runtime);
      const looked = await input();
      const codes = await Promise.all([
        codeOf(approveRequest(runtime, PEOPLE.operator, asked)),
        codeOf(rollBack(runtime, PEOPLE.operator2, looked)),
      ]);
      expect([...codes].sort()).toEqual(["conflict", "fine"]);
      await db.$executeRaw`UPDATE "Operation" SET state = 'failed' WHERE state = 'running'`;
      await db.$executeRaw`UPDATE "Request" SET state = 'void' WHERE state = 'waiting'`;
    }
  });
});
