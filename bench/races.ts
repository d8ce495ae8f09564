import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRepository } from "#estates/gravv/repository.ts";
import type { Person } from "#lib/access/model.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { promotionRecipe } from "#lib/promotions/operations.ts";
import { planPromotion, promotable } from "#lib/promotions/queries.ts";
import { approveRequest, rejectRequest, runRequest, voidExpired, withdrawRequest } from "#lib/requests/operations.ts";
import { insertRequest } from "#lib/requests/store.ts";
import { PROMOTION_POLICY } from "#lib/testing/policies.ts";
import { LIVE, newKey, openWorld, PEOPLE, REASON } from "#lib/testing/world.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { withDatabases } from "./bench-database.ts";

const races = Number(process.env.BENCH_RACES ?? 2_000);
const POLICY = { ...PROMOTION_POLICY, agree: [{ kind: "role", name: "operator", count: 2 }] } as const;

/** The account is an author of the plan's commits by its address. */
const author: Person = { ...PEOPLE.operator3, account: "amara", emails: ["amara@gravv.example"] };

type Attempt = Readonly<{ what: string; run: () => Promise<unknown> }>;

async function fineOrRefused(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (failure) {
    if (failure instanceof GatehouseError) {
      return false;
    }
    throw failure;
  }
}

/** Everything that may be tried against one waiting request at the same moment, some of it twice. */
function attemptsAt(runtime: Runtime, requestId: string, digest: string): Attempt[] {
  const approve = (person: Person, what: string, of = digest): Attempt => ({
    what,
    run: () => approveRequest(runtime, person, { requestId, digest: of }),
  });
  return [
    approve(PEOPLE.operator, "approve"),
    approve(PEOPLE.operator, "approve"),
    approve(PEOPLE.operator2, "approve"),
    approve(PEOPLE.operator3, "approve"),
    approve(PEOPLE.developer, "never"),
    approve(author, "never"),
    approve(PEOPLE.operator2, "never", "0".repeat(64)),
    {
      what: "reject",
      run: () => rejectRequest(runtime, PEOPLE.operator3, { requestId, reason: "not before the audit" }),
    },
    { what: "withdraw", run: () => withdrawRequest(runtime, PEOPLE.developer, { requestId }) },
    { what: "expire", run: () => voidExpired(runtime) },
  ];
}

/** Everything that may be tried against one agreed request that is started by hand, and against what it starts. */
function attemptsAtAgreed(runtime: Runtime, requestId: string, digest: string): Attempt[] {
  const start = (person: Person): Attempt => ({
    what: "start",
    run: () => runRequest(runtime, person, { requestId, digest }),
  });
  return [
    start(PEOPLE.developer),
    start(PEOPLE.operator),
    { what: "execute", run: () => carryOut(runtime) },
    {
      what: "execute",
      run: () => runRequest(runtime, PEOPLE.operator2, { requestId, digest }).then(() => carryOut(runtime)),
    },
    {
      what: "reject",
      run: () =>
        soon().then(() => rejectRequest(runtime, PEOPLE.operator3, { requestId, reason: "not before the audit" })),
    },
    { what: "withdraw", run: () => soon().then(() => withdrawRequest(runtime, PEOPLE.developer, { requestId })) },
    { what: "expire", run: () => voidExpired(runtime) },
  ];
}

/** Starting looks at the branches first; without waiting now and then, taking back would always be faster. */
function soon(): Promise<void> {
  return wait(randomInt(120));
}

/** Carries out what has been started; nothing where nothing has. */
async function carryOut(runtime: Runtime): Promise<void> {
  const operation = await claimNext(runtime.db, newId("op"));
  if (operation !== undefined) {
    await runOperation(runtime, operation, new AbortController().signal);
  }
}

/** Fails with the first race that approved what it must not; the figure is how many there were. */
export async function bench(): Promise<readonly BenchRow[]> {
  return withDatabases(async ({ directory, open }) => {
    const { db } = await open("races");
    const repositoryUrl = join(directory, "gravv.git");
    await createRepository({ directory: repositoryUrl, now: new Date() });
    const effects = new Map<string, number>();
    const atOnce = countingEffects(openWorld({ db, repositoryUrl, directory, promotion: POLICY }), effects);
    const byHand = countingEffects(
      openWorld({ db, repositoryUrl, directory, promotion: { ...POLICY, run: "by-hand" } }),
      effects,
    );
    const plan = await planPromotion(atOnce, promotable(atOnce, PEOPLE.developer, LIVE));
    const digest = digestOf(plan);
    const ends = new Map<string, number>();
    for (let race = 0; race < races; race += 1) {
      const requestId = newId("req");
      const isAgreedFirst = race % 2 === 1;
      const runtime = isAgreedFirst ? byHand : atOnce;
      const isLate = !isAgreedFirst && randomInt(10) === 0;
      await db.$transaction((tx) =>
        insertRequest(tx, {
          id: requestId,
          action: "promotion",
          platform: "gravv",
          environment: LIVE,
          digest,
          plan: JSON.parse(JSON.stringify(plan)),
          policy: isLate ? { ...POLICY, expiresAfterMs: 1 } : POLICY,
          requestedBy: "developer",
          askedAs: ["developer"],
          steppedUp: false,
          reason: REASON,
          ticket: null,
          runAt: null,
          breakGlassId: null,
          idempotencyKey: newKey(),
          inputHash: requestId,
        }),
      );
      if (isAgreedFirst) {
        await approveRequest(runtime, PEOPLE.operator, { requestId, digest });
        await approveRequest(runtime, PEOPLE.operator2, { requestId, digest });
      }
      const attempts = (isAgreedFirst ? attemptsAtAgreed : attemptsAt)(runtime, requestId, digest)
        .filter(({ what }) => what === "approve" || randomInt(3) > 0)
        .sort(() => randomInt(3) - 1);
      const outcomes = await Promise.all(
        attempts.map(async ({ what, run }) => ({ what, isFine: await fineOrRefused(run) })),
      );
      await carryOut(runtime);
      const state = isAgreedFirst
        ? await checkAgreed(runtime, requestId, outcomes)
        : await check(runtime, requestId, outcomes, isLate);
      const isStarted = (await db.operation.count({ where: { requestId } })) === 1;
      assert.equal(effects.get(requestId) ?? 0, isStarted ? 1 : 0, "carried out another number of times than started");
      ends.set(state, (ends.get(state) ?? 0) + 1);
    }
    const seen = [...ends].map(([state, count]) => `${count} ${state}`).join(", ");
    return [
      {
        name: `approvals, starts, effects, rejections, withdrawals and expiry at once, N = ${races} (${seen}): gone wrong`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: (ends.get("approved") ?? 0) > 0 && ends.size > 2,
      },
    ];
  });
}

/** A world whose promotions only count how often each was carried out, so that the plan holds for the next race. */
function countingEffects(runtime: Runtime, effects: Map<string, number>): Runtime {
  const promotion: Recipe = {
    ...promotionRecipe,
    steps: [
      {
        name: "Count",
        run: async ({ operation: { requestId } }) => {
          effects.set(requestId, (effects.get(requestId) ?? 0) + 1);
          return { state: "done", note: "counted" };
        },
      },
    ],
  };
  return { ...runtime, recipes: { ...runtime.recipes, promotion } };
}

/** Started or taken back, one of them, whatever was tried at the same moment. */
async function checkAgreed(
  runtime: Runtime,
  requestId: string,
  outcomes: readonly { what: string; isFine: boolean }[],
): Promise<string> {
  const { state, operation } = await runtime.db.request.findUniqueOrThrow({
    where: { id: requestId },
    include: { operation: true },
  });
  const fine = (what: string) => outcomes.filter((one) => one.what === what && one.isFine).length;
  const takenBack = fine("reject") + fine("withdraw");
  const started = await runtime.db.auditEvent.count({ where: { requestId, action: "promotion.started" } });
  assert.ok(takenBack <= 1, "it was both rejected and withdrawn");
  assert.ok(fine("start") <= 1, "it was started twice");
  assert.equal(state === "approved", takenBack === 0, "taken back and still agreed, or the reverse");
  assert.ok(operation === null || takenBack === 0, "started and taken back");
  assert.equal(started, operation === null ? 0 : 1, "the record tells of another number of starts");
  return operation === null && state === "approved" ? "left agreed" : state;
}

async function check(
  runtime: Runtime,
  requestId: string,
  outcomes: readonly { what: string; isFine: boolean }[],
  isLate: boolean,
): Promise<string> {
  const request = await runtime.db.request.findUniqueOrThrow({
    where: { id: requestId },
    include: { approvals: true, operation: true },
  });
  const approvers = request.approvals.filter(({ decision }) => decision === "approve").map(({ account }) => account);
  const fine = (what: string) => outcomes.filter((one) => one.what === what && one.isFine).length;
  assert.equal(fine("never"), 0, "an approval by the requester, an author or for another digest was accepted");
  assert.equal(new Set(approvers).size, approvers.length, "somebody was counted twice");
  assert.ok(!approvers.includes("developer") && !approvers.includes("amara"), "requester or author was counted");
  assert.equal(fine("approve"), approvers.length, "an approval was accepted and not counted, or counted and refused");
  assert.equal(request.operation !== null, request.state === "approved", "started without approval, or not started");
  assert.ok(request.state !== "approved" || approvers.length === 2, "started with other than two approvals");
  assert.ok(!isLate || request.state !== "approved", "approved after it had expired");
  assert.ok(fine("reject") + fine("withdraw") <= 1, "it was both rejected and withdrawn");
  assert.ok(!(request.state === "approved" && fine("reject") + fine("withdraw") > 0), "approved and taken back");
  const started = await runtime.db.auditEvent.count({ where: { requestId, action: "promotion.started" } });
  assert.equal(started, request.operation === null ? 0 : 1, "the record tells of another number of starts");
  return request.state;
}
