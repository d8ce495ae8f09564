import "server-only";
import { findEnvironment } from "#lib/estate/model.ts";
import type { StepContext, StepEnd } from "#lib/operations/recipe.ts";
import { pause } from "#lib/platform/pause.ts";
import { repositoryOf } from "#lib/platform/runtime.ts";
import type { PlannedWorkload } from "#lib/promotions/model.ts";
import { clusterSourceId, isFresh, saySource } from "#lib/watch/freshness.ts";
import { type Progress, progressOf } from "./progress.ts";

/** Rows announce themselves; this only bounds how long a reason that comes with time alone goes unseen. */
const LOOK_AGAIN_MS = 1000;

/** Follows the rollout of `revision` to its end: done, or stuck for longer than the platform allows, or past its deadline. */
export async function followRollout(
  context: StepContext,
  rollout: Readonly<{ revision: string; workloads: readonly PlannedWorkload[]; stepName: string }>,
): Promise<StepEnd> {
  const { runtime, operation, signal } = context;
  const place = findEnvironment(runtime.estate, operation.environment);
  if (place === undefined) {
    return {
      state: "failed",
      note: `${operation.environment} is no longer in gatehouse.yaml; its rollout cannot be followed`,
    };
  }
  const { platform, environment } = place;
  const reached = reachedRevisions(context, rollout.revision, platform);
  const begunAt = operation.steps.find((step) => step.name === rollout.stepName)?.startedAt ?? runtime.clock();
  let stuckSince: number | undefined;
  while (!signal.aborted) {
    const source = runtime.ring.rows().source.get(clusterSourceId(environment.clusterId));
    const nowMs = runtime.clock().getTime();
    if (source === undefined || !isFresh(source)) {
      stuckSince = undefined;
      await context.note(`${saySource(source, `cluster ${environment.clusterId}`)}; following on when it answers`);
    } else {
      const seen = runtime.view.workloads(environment.id);
      await reached.learn(seen.flatMap(({ workload }) => workload.revision ?? []));
      const progress = progressOf(rollout.workloads, seen, reached.has);
      stuckSince = progress.state === "stuck" ? (stuckSince ?? nowMs) : undefined;
      const limits = { stuckForMs: nowMs - (stuckSince ?? nowMs), ranForMs: nowMs - begunAt.getTime() };
      const end = endOf(progress, limits, {
        stuckAfterMs: platform.stuckAfterMs,
        deadlineMs: platform.rolloutDeadlineMs,
      });
      if (end !== undefined) {
        return end;
      }
      await context.note(progress.state === "done" ? "done" : progress.note);
    }
    await nextChange(context);
  }
  throw new Error("the operation is no longer ours");
}

function endOf(
  progress: Progress,
  spent: { stuckForMs: number; ranForMs: number },
  allowed: { stuckAfterMs: number; deadlineMs: number },
): StepEnd | undefined {
  if (progress.state === "done") {
    return { state: "done", note: "every replica is new and available" };
  }
  if (progress.state === "stuck" && spent.stuckForMs >= allowed.stuckAfterMs) {
    return { state: "failed", note: `Merged, but the rollout is stuck. ${progress.note}` };
  }
  if (spent.ranForMs >= allowed.deadlineMs) {
    return {
      state: "failed",
      note: `Merged, but not rolled out within ${Math.round(allowed.deadlineMs / 60_000)} min: ${progress.note}`,
    };
  }
  return undefined;
}

function reachedRevisions(context: StepContext, target: string, platform: Parameters<typeof repositoryOf>[1]) {
  const repository = repositoryOf(context.runtime, platform);
  const known = new Map<string, boolean>([[target, true]]);
  return {
    has: (revision: string) => known.get(revision) === true,
    async learn(revisions: readonly string[]): Promise<void> {
      const unknown = [...new Set(revisions)].filter((revision) => !known.has(revision));
      if (unknown.length === 0) {
        return;
      }
      await repository.fetch();
      for (const revision of unknown) {
        known.set(revision, await repository.isAncestor(target, revision));
      }
    },
  };
}

async function nextChange(context: StepContext): Promise<void> {
  const changed = new AbortController();
  const unsubscribe = context.runtime.ring.subscribe(() => changed.abort());
  await pause(LOOK_AGAIN_MS, AbortSignal.any([changed.signal, context.signal]));
  unsubscribe();
}
