import type { ChangePlan } from "#lib/promotions/model.ts";
import type { BranchCommit } from "#lib/systems/git/port.ts";

/** What a rollback does: `commits` are those that are lost, `reverts` the promotion that is taken back. */
export type RollbackPlan = ChangePlan &
  Readonly<{ kind: "rollback"; reverts: Readonly<{ revision: string; requestId: string }> }>;

/**
 * The newest merge on the branch's own history that is still in effect and that one of `revisions` names.
 * `history` is newest first.
 */
export function lastInEffect(history: readonly BranchCommit[], revisions: ReadonlySet<string>): string | undefined {
  const reverted = new Set<string>();
  for (const commit of history) {
    if (commit.reverts !== undefined) {
      reverted.add(commit.reverts);
    } else if (revisions.has(commit.revision) && !reverted.has(commit.revision)) {
      return commit.revision;
    }
  }
  return undefined;
}
