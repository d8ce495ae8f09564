import "server-only";
import { findEnvironment, type Platform } from "#lib/estate/model.ts";
import type { StepContext, StepEnd } from "#lib/operations/recipe.ts";
import { pause } from "#lib/platform/pause.ts";
import { repositoryOf } from "#lib/platform/runtime.ts";
import type { PlannedWorkload } from "#lib/promotions/model.ts";
import type { SeenWorkload } from "#lib/watch/estate-view.ts";
import { clusterSourceId, isFresh, saySource } from "#lib/watch/freshness.ts";
import { ROLLOUT_KINDS } from "./model.ts";
import { type Progress, progressOf } from "./progress.ts";

/** Rows announce themselves; this only bounds how long a reason that comes with time alone goes unseen. */
const LOOK_AGAIN_MS = 1000;

/** How a rollout is told to have come to its end, and what has been done already if it does not. */
export type Followed = Readonly<{
  stepName: string;
  /** What stands whatever becomes of the rollout, as the start of a sentence: "Merged". */
  effect: string;
  progress: (seen: readonly SeenWorkload[]) => Progress | Promise<Progress>;
}>;

/** Follows the rollout of `revision` to its end: done, or stuck for longer than the platform allows, or past its deadline. */
export function followRollout(
  context: StepContext,
  rollout: Readonly<{ revision: string; workloads: readonly PlannedWorkload[]; stepName: string }>,
): Promise<StepEnd> {
  const { stepName, workloads } = rollout;
  const place = findEnvironment(context.runtime.estate, context.operation.environment);
  const reached = place && reachedRevisions(context, rollout.revision, place.platform);
  return follow(context, {
    stepName,
    effect: "Merged",
    async progress(seen) {
      await reached?.learn(seen.flatMap(({ workload }) => workload.revision ?? []));
      return progressOf(workloads, seen, (revision) => reached?.has(revision) === true);
    },
  });
}

/** Follows what the cluster does to the environment's workloads until it has come to its end, is stuck for too long, or takes too long. */
export async function follow(context: StepContext, followed: Followed): Promise<StepEnd> {
  const { runtime, operation, signal } = context;
  const place = findEnvironment(runtime.estate, operation.environment);
  if (place === undefined) {
    return {
      state: "failed",
      note: `${operation.environment} is no longer in gatehouse.yaml; its rollout cannot be followed`,
    };
  }
  const { platform, environment } = place;
  const need = { kinds: ROLLOUT_KINDS, namespaces: environment.namespaces };
  const begunAt = operation.steps.find((step) => step.name === followed.stepName)?.startedAt ?? runtime.clock();
  let stuckSince: number | undefined;
  while (!signal.aborted) {
    const source = runtime.ring.rows().source.get(clusterSourceId(environment.clusterId));
    const nowMs = runtime.clock().getTime();
    if (source === undefined || !isFresh(source, need)) {
      stuckSince = undefined;
      await context.note(
        `${saySource(source, `cluster ${environment.clusterId}`, need)}; following on when it answers`,
      );
    } else {
      const progress = await followed.progress(runtime.view.workloads(environment.id));
      stuckSince = progress.state === "stuck" ? (stuckSince ?? nowMs) : undefined;
      const spent = { stuckForMs: nowMs - (stuckSince ?? nowMs), ranForMs: nowMs - begunAt.getTime() };
      const end = endOf(progress, spent, platform, followed.effect);
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
  { stuckAfterMs, rolloutDeadlineMs }: Pick<Platform, "stuckAfterMs" | "rolloutDeadlineMs">,
  effect: string,
): StepEnd | undefined {
  if (progress.state === "done") {
    return { state: "done", note: "every replica is new and available" };
  }
  if (progress.state === "stuck" && spent.stuckForMs >= stuckAfterMs) {
    return { state: "failed", note: `${effect}, but the rollout is stuck. ${progress.note}` };
  }
  if (spent.ranForMs >= rolloutDeadlineMs) {
    return {
      state: "failed",
      note: `${effect}, but not rolled out within ${Math.round(rolloutDeadlineMs / 60_000)} min: ${progress.note}`,
    };
  }
  return undefined;
}

function reachedRevisions(context: StepContext, target: string, platform: Platform) {
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
