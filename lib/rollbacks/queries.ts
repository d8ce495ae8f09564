import "server-only";
import type { Person } from "#lib/access/model.ts";
import { listOperations } from "#lib/operations/store.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { type Runtime, repositoryOf } from "#lib/platform/runtime.ts";
import { type DeliveredPlace, readChange, withGit } from "#lib/promotions/git-reads.ts";
import { effectiveRevision } from "#lib/promotions/model.ts";
import { type ChangePreview, deliverable, previewOf } from "#lib/promotions/queries.ts";
import { evidenceOfReturn, lastInEffect, type RollbackPlan } from "./model.ts";

const HISTORY_LIMIT = 500;
const OPERATIONS_LIMIT = 200;

/** What comes back, what is lost, and what stands beside it. */
export type RollbackPreview = ChangePreview<RollbackPlan>;

/** Throws GatehouseError: not_found, conflict (nothing to roll back, or later commits stand in the way), unavailable. */
export async function previewRollback(
  runtime: Runtime,
  person: Person,
  environmentId: string,
): Promise<RollbackPreview> {
  const place = deliverable(runtime, person, environmentId);
  return previewOf(runtime, person, "rollback", place, await planRollback(runtime, place));
}

/** Plans taking back the last promotion that is still in effect. */
export async function planRollback(runtime: Runtime, place: DeliveredPlace): Promise<RollbackPlan> {
  const { platform, environment } = place;
  const { branch } = environment.delivery;
  const repository = repositoryOf(runtime, platform);
  const operations = await listOperations(runtime.db, environment.id, OPERATIONS_LIMIT);
  const promotions = operations.flatMap((one) =>
    one.action === "promotion" && one.revision !== undefined
      ? [{ revision: one.revision, requestId: one.requestId }]
      : [],
  );
  return withGit(platform, async () => {
    const base = (await repository.heads([branch]))[branch];
    if (base === undefined) {
      throw new GatehouseError("conflict", `The repository of ${platform.id} has no branch ${branch}.`);
    }
    await repository.fetch();
    const history = await repository.firstParents(base, HISTORY_LIMIT);
    const last = lastInEffect(history, new Set(promotions.map((one) => one.revision)));
    const position = history.findIndex((commit) => commit.revision === last);
    const reverts = promotions.find((one) => one.revision === last);
    const [parent, promoted] = history[position]?.parents ?? [];
    if (reverts === undefined || parent === undefined || promoted === undefined) {
      throw new GatehouseError(
        "conflict",
        `There is nothing to roll back: no promotion into ${environment.id} is in effect.`,
      );
    }
    const reverted = await repository.merge({ base: reverts.revision, ours: base, theirs: parent });
    if (reverted.conflicts.length > 0) {
      throw new GatehouseError(
        "conflict",
        `Later commits on ${branch} changed the same lines of ${reverted.conflicts.join(", ")}, so the promotion cannot be taken back by itself. Nothing was changed; revert it by hand in Git.`,
      );
    }
    // A promotion made again after a rollback brought commits that Git holds merged since the first time.
    const before = effectiveRevision(history.slice(position + 1)) ?? parent;
    const commits = await repository.commitsBetween(before, promoted);
    const change = await readChange(repository, place, { base, tree: reverted.tree, commits });
    const changedSince = await repository.changedPaths(parent, reverted.tree);
    const evidence = evidenceOfReturn(parent, environment.id, {
      isWhole: !changedSince.some((path) => environment.delivery.paths.some((folder) => path.startsWith(`${folder}/`))),
      broughtBy: operations.find((one) => one.revision === parent),
    });
    return { ...change, kind: "rollback", reverts, evidence };
  });
}
