import type { OperationState } from "#lib/operations/model.ts";
import { type Evidence, type EvidenceState, RAN_BEFORE } from "#lib/promotions/evidence.ts";
import type { ChangePlan } from "#lib/promotions/model.ts";
import type { BranchCommit } from "#lib/systems/git/port.ts";

/** What a rollback does: `commits` are those that are lost, `reverts` the promotion that is taken back. */
export type RollbackPlan = ChangePlan &
  Readonly<{
    kind: "rollback";
    reverts: Readonly<{ revision: string; requestId: string }>;
    evidence: readonly Evidence[];
  }>;

/** Whether the release that comes back ran here before: only as a whole, and only what somebody's operation is known to have brought. */
export function evidenceOfReturn(
  revision: string,
  environmentId: string,
  facts: Readonly<{ isWhole: boolean; broughtBy: Readonly<{ requestId: string; state: OperationState }> | undefined }>,
): Evidence[] {
  const { isWhole, broughtBy } = facts;
  return [
    {
      item: RAN_BEFORE,
      state: isWhole ? RAN[broughtBy?.state ?? "running"] : "failed",
      source: broughtBy?.requestId ?? environmentId,
      subject: revision,
    },
  ];
}

/** What an operation's end says of the release that it brought. */
const RAN: Readonly<Record<OperationState, EvidenceState>> = {
  running: "unknown",
  succeeded: "passed",
  failed: "failed",
};

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
