import "server-only";
import { findPlatform } from "#lib/estate/model.ts";
import { FOLLOWING_STEP } from "#lib/operations/model.ts";
import { type Recipe, type StepContext, type StepEnd, whyOtherPlan } from "#lib/operations/recipe.ts";
import type { ClaimedOperation } from "#lib/operations/store.ts";
import { type Runtime, repositoryOf } from "#lib/platform/runtime.ts";
import { followRollout } from "#lib/rollouts/follow.ts";
import { GitError } from "#lib/systems/git/errors.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { StoredChangePlan } from "./schema.ts";

const COMMITTER = { name: "Gatehouse", email: "gatehouse@localhost" };
/** The mark that an operation leaves on the branch, by which a later look finds what it has done. */
const MARK = "Operation-Id";

type BranchHead = Readonly<{ branch: string; revision: string }>;

export type BranchChange = Readonly<{
  platform: string;
  branch: string;
  subject: string;
  tree: string;
  parents: readonly [string, ...string[]];
  trailers: readonly string[];
  outcome: (revision: string) => string;
}>;

/** What tells one recipe that commits to a branch from another. */
export type BranchRecipe<Plan extends StoredChangePlan> = Readonly<{
  parse: (stored: unknown) => Plan;
  /** The name of the step that pushes. */
  effect: string;
  /** Where the branches must still stand for the plan to hold. */
  heads: (plan: Plan) => readonly BranchHead[];
  change: (plan: Plan) => BranchChange;
  /** Why it cannot be said now whether what passed of its evidence still does, as the start of a sentence. */
  whyUnsure?: (runtime: Runtime, plan: Plan) => string | undefined;
  /** What of its evidence had passed and does not any more, in a sentence. */
  whyLost?: (runtime: Runtime, plan: Plan) => string | undefined;
}>;

/** The recipe of a change to an environment's branch: check that all stands as planned, push one commit, follow the rollout. */
export function branchRecipe<Plan extends StoredChangePlan>(recipe: BranchRecipe<Plan>): Recipe {
  const whyNotCurrent = async (runtime: Runtime, stored: unknown) => {
    const plan = recipe.parse(stored);
    return (await whyHeadMoved(runtime, plan.platform, recipe.heads(plan))) ?? recipe.whyLost?.(runtime, plan);
  };
  return {
    whyNotCurrent,
    whyUnsure: (runtime, stored) => recipe.whyUnsure?.(runtime, recipe.parse(stored)),
    steps: [
      { name: "Check", run: (context) => checkBranch(context, recipe.parse(context.operation.plan), whyNotCurrent) },
      { name: recipe.effect, run: (context) => pushOnce(context, recipe.change(recipe.parse(context.operation.plan))) },
      {
        name: FOLLOWING_STEP,
        run: (context) =>
          followRollout(context, {
            revision: context.result.revision ?? "",
            workloads: recipe.parse(context.operation.plan).workloads,
            stepName: FOLLOWING_STEP,
          }),
      },
    ],
  };
}

/** Already done, still as approved, or void. Changes nothing. */
async function checkBranch(
  context: StepContext,
  plan: StoredChangePlan,
  whyNotCurrent: Recipe["whyNotCurrent"],
): Promise<StepEnd> {
  const other = whyOtherPlan(context.operation);
  if (other !== undefined) {
    return other;
  }
  const repository = openFor(context.runtime, plan.platform);
  if ((await lookFor(repository, plan.branch, context.operation)) !== undefined) {
    return { state: "done", note: "already done" };
  }
  const moved = await whyNotCurrent(context.runtime, context.operation.plan);
  if (moved !== undefined) {
    return { state: "failed", note: `${moved} The approval is void; nothing was changed.`, voids: true };
  }
  return { state: "done", note: "everything stands where it was approved" };
}

/** Makes the operation's commit and pushes it, never forced. Done once, however often it is run. */
async function pushOnce(context: StepContext, change: BranchChange): Promise<StepEnd> {
  const repository = openFor(context.runtime, change.platform);
  const before = await lookFor(repository, change.branch, context.operation);
  if (before !== undefined) {
    return pushed(before, change);
  }
  const revision = await commitOperation(repository, context.operation, change);
  await context.stillOurs();
  try {
    await repository.push(revision, change.branch);
  } catch (failure) {
    return pushFailed(repository, context, change, failure);
  }
  return pushed(revision, change);
}

/** A push that was refused for certain ends the operation; any other failure is looked up by running the step again. */
async function pushFailed(
  repository: RepositoryPort,
  { operation, isRepeated }: Pick<StepContext, "operation" | "isRepeated">,
  change: BranchChange,
  failure: unknown,
): Promise<StepEnd> {
  if (failure instanceof GitError && failure.code === "moved") {
    const done = await lookFor(repository, change.branch, operation);
    return done === undefined
      ? {
          state: "failed",
          note: `${change.branch} moved before the commit could be pushed. The approval is void; nothing was changed.`,
          voids: true,
        }
      : pushed(done, change);
  }
  if (failure instanceof GitError && failure.code === "denied") {
    return {
      state: "failed",
      note: `The Git host refuses Gatehouse's push. ${whatIsLeft(isRepeated)}; check what Gatehouse may push to ${change.branch}.`,
    };
  }
  throw failure;
}

/** The host would take an attempt that was held up on its way as soon as it lets Gatehouse push again, if the branch has not moved. */
function whatIsLeft(isRepeated: boolean): string {
  return isRepeated ? "Whether an earlier attempt still arrives is not certain" : "Nothing was changed";
}

function pushed(revision: string, change: BranchChange): StepEnd {
  return {
    state: "done",
    note: `${change.branch} is at ${revision.slice(0, 8)}`,
    result: { revision, outcome: change.outcome(revision) },
  };
}

async function lookFor(
  repository: RepositoryPort,
  branch: string,
  operation: ClaimedOperation,
): Promise<string | undefined> {
  await repository.fetch();
  return repository.findByTrailer(branch, MARK, operation.id);
}

function openFor(runtime: Runtime, platformId: string): RepositoryPort {
  const platform = findPlatform(runtime.estate, platformId);
  if (platform === undefined) {
    throw new Error(`${platformId} is no longer in gatehouse.yaml`);
  }
  return repositoryOf(runtime, platform);
}

/** Makes the commit of an operation, the same one however often it is called: its date is the operation's start. */
function commitOperation(
  repository: RepositoryPort,
  operation: ClaimedOperation,
  change: BranchChange,
): Promise<string> {
  // The reason is somebody's text: on one indented line it can neither end the message nor pass for a trailer.
  const reason = operation.reason.replaceAll(/\s+/g, " ").trim();
  const trailers = [
    ...change.trailers,
    `${MARK}: ${operation.id}`,
    `Request-Id: ${operation.requestId}`,
    `Requested-by: ${operation.requestedBy}`,
    ...operation.approvedBy.map((account) => `Approved-by: ${account}`),
  ];
  return repository.commit({
    tree: change.tree,
    parents: change.parents,
    message: `${change.subject}\n\n    ${reason}\n\n${trailers.join("\n")}\n`,
    author: COMMITTER,
    at: operation.startedAt,
  });
}

/** Which branch no longer stands where a plan found it, in a sentence; undefined when all do. */
async function whyHeadMoved(
  runtime: Runtime,
  platformId: string,
  expected: readonly BranchHead[],
): Promise<string | undefined> {
  const platform = findPlatform(runtime.estate, platformId);
  if (platform === undefined) {
    return `${platformId} is no longer in gatehouse.yaml.`;
  }
  const heads = await repositoryOf(runtime, platform).heads(expected.map((one) => one.branch));
  for (const { branch, revision } of expected) {
    const now = heads[branch];
    if (now !== revision) {
      const where = now === undefined ? "is gone" : `moved from ${revision.slice(0, 8)} to ${now.slice(0, 8)}`;
      return `${branch} ${where} after this was planned.`;
    }
  }
  return undefined;
}
