import "server-only";
import { GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import { pause } from "#lib/platform/pause.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { announce, voidApproved } from "#lib/requests/store.ts";
import { SETTLE_STEP } from "./model.ts";
import type { Step, StepEnd } from "./recipe.ts";
import {
  type ClaimedOperation,
  claimNext,
  holdFence,
  LEASE_SECONDS,
  LeaseLostError,
  markStepEnded,
  markStepRunning,
  noteStep,
  releaseLease,
  renewLease,
  settle,
  stepsOnRecord,
} from "./store.ts";

const SWEEP_MS = 500;
const RENEW_MS = (LEASE_SECONDS * 1000) / 4;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

export type Runner = Readonly<{ kick(): void; stop(): Promise<void> }>;

/** Runs operations for as long as the process lives: those it is told of at once, those that another process left within seconds. */
export function startRunner(runtime: Runtime, owner: string): Runner {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let wake = new AbortController();

  async function sweep(): Promise<void> {
    while (!stopping.signal.aborted) {
      const rest = wake.signal;
      try {
        await claimAll();
      } catch (failure) {
        runtime.log.warn({ failure: describeFailure(failure) }, "operations cannot be claimed");
      }
      await pause(SWEEP_MS, AbortSignal.any([rest, stopping.signal]));
    }
  }

  async function claimAll(): Promise<void> {
    for (;;) {
      const operation = stopping.signal.aborted ? undefined : await claimNext(runtime.db, owner);
      if (operation === undefined) {
        return;
      }
      const work = runOperation(runtime, operation, stopping.signal).finally(() => underWay.delete(work));
      underWay.add(work);
    }
  }

  const sweeping = sweep();
  return {
    kick() {
      wake.abort();
      wake = new AbortController();
    },
    async stop() {
      stopping.abort();
      await sweeping;
      await Promise.all(underWay);
    },
  };
}

/** Carries one claimed operation on to its end, or until it is no longer ours or the signal aborts. Never throws. */
export async function runOperation(
  runtime: Runtime,
  operation: ClaimedOperation,
  stopping: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    renewLease(runtime.db, operation).catch((failure: unknown) => {
      runtime.log.warn({ operation: operation.id, failure: describeFailure(failure) }, "the lease is not renewed");
      if (failure instanceof LeaseLostError) {
        lost.abort();
      }
    });
  }, RENEW_MS);
  const signal = AbortSignal.any([lost.signal, stopping]);
  try {
    await runSteps(runtime, operation, signal);
    if (stopping.aborted) {
      await releaseLease(runtime.db, operation);
    }
  } catch (failure) {
    // The lease runs out by itself, and whoever claims the operation next looks before it acts.
    runtime.log.warn({ operation: operation.id, failure: describeFailure(failure) }, "the operation is left as it is");
  } finally {
    clearInterval(heartbeat);
  }
}

async function runSteps(runtime: Runtime, operation: ClaimedOperation, signal: AbortSignal): Promise<void> {
  const recipe = runtime.recipes[operation.action];
  let result = operation.result;
  for (const { position, name, isDone } of operation.steps) {
    if (isDone || name === SETTLE_STEP) {
      continue;
    }
    const step = recipe.steps.find((one) => one.name === name);
    if (step === undefined) {
      throw new Error(`this version has no step "${name}"`);
    }
    const end = await runStep(runtime, operation, step, position, result, signal);
    if (end === undefined) {
      return;
    }
    if (end.state === "failed") {
      await settleFailed(runtime, operation, position, end);
      return;
    }
    result = { ...result, ...end.result };
  }
  await settleSucceeded(runtime, operation, result);
}

async function runStep(
  runtime: Runtime,
  operation: ClaimedOperation,
  step: Step,
  position: number,
  result: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StepEnd | undefined> {
  await runtime.db.$transaction(async (tx) => {
    await holdFence(tx, operation);
    await markStepRunning(tx, operation.id, position);
    await announce(tx, operation.requestId);
  });
  const end = await untilKnown(runtime, operation, step, position, result, signal);
  if (end?.state === "done") {
    await runtime.db.$transaction(async (tx) => {
      await holdFence(tx, operation);
      await markStepEnded(tx, operation.id, position, { state: "done", note: end.note, result: end.result ?? {} });
      await announce(tx, operation.requestId);
    });
  }
  return end;
}

/** Runs the step until it says how it ended; an error says nothing, so the step looks again, later and later. */
async function untilKnown(
  runtime: Runtime,
  operation: ClaimedOperation,
  step: Step,
  position: number,
  result: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StepEnd | undefined> {
  const wasBegun = operation.steps.some((one) => one.position === position && one.startedAt !== null);
  const stillOurs = () => renewLease(runtime.db, operation);
  let lastNote = "";
  async function note(text: string): Promise<void> {
    if (text === lastNote) {
      return;
    }
    lastNote = text;
    await runtime.db.$transaction(async (tx) => {
      await holdFence(tx, operation);
      await noteStep(tx, operation.id, position, text);
      await announce(tx, operation.requestId);
    });
  }
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const isRepeated = failures > 0 || wasBegun;
      return await step.run({ runtime, operation, result, note, isRepeated, stillOurs, signal });
    } catch (failure) {
      if (failure instanceof LeaseLostError || signal.aborted) {
        return undefined;
      }
      runtime.log.warn(
        { operation: operation.id, step: step.name, failure: describeFailure(failure) },
        "the step is run again",
      );
      await note("its outcome is not known yet; looking again");
    }
    await pause(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), signal);
  }
  return undefined;
}

async function settleSucceeded(
  runtime: Runtime,
  operation: ClaimedOperation,
  result: Readonly<Record<string, string>>,
): Promise<void> {
  const outcome = result.outcome ?? "done";
  await runtime.db.$transaction(async (tx) => {
    await holdFence(tx, operation);
    await endSettleStep(tx, operation, "on record");
    await settle(tx, operation.id, { state: "succeeded", outcome });
    await appendAudit(tx, {
      actor: GATEHOUSE_ACTOR,
      action: `${operation.action}.succeeded`,
      target: operation.environment,
      outcome: "done",
      requestId: operation.requestId,
      decision: "follows from its start: every step is done",
      detail: {
        operation: operation.id,
        digest: operation.digest,
        revision: result.revision ?? null,
        outcome,
        steps: await stepsOnRecord(tx, operation.id),
      },
    });
    await announce(tx, operation.requestId);
  });
}

async function settleFailed(
  runtime: Runtime,
  operation: ClaimedOperation,
  position: number,
  end: Extract<StepEnd, { state: "failed" }>,
): Promise<void> {
  const isVoid = end.voids === true;
  await runtime.db.$transaction(async (tx) => {
    await holdFence(tx, operation);
    await markStepEnded(tx, operation.id, position, { state: "failed", note: end.note, result: {} });
    await endSettleStep(tx, operation, "on record as failed");
    await settle(tx, operation.id, { state: "failed", outcome: end.note });
    if (isVoid) {
      await voidApproved(tx, operation.requestId, end.note);
    }
    await appendAudit(tx, {
      actor: GATEHOUSE_ACTOR,
      action: `${operation.action}.${isVoid ? "voided" : "failed"}`,
      target: operation.environment,
      outcome: isVoid ? "void" : "failed",
      requestId: operation.requestId,
      decision: `follows from its start: the step ${operation.steps.find((step) => step.position === position)?.name ?? position} ended it`,
      detail: {
        operation: operation.id,
        digest: operation.digest,
        outcome: end.note,
        steps: await stepsOnRecord(tx, operation.id),
      },
    });
    await announce(tx, operation.requestId);
  });
}

async function endSettleStep(
  tx: Parameters<typeof markStepEnded>[0],
  operation: ClaimedOperation,
  note: string,
): Promise<void> {
  const settleStep = operation.steps.find((step) => step.name === SETTLE_STEP);
  if (settleStep !== undefined) {
    await markStepEnded(tx, operation.id, settleStep.position, { state: "done", note, result: {} });
  }
}
