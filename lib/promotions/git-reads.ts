import "server-only";
import type { DeliveredEnvironment, DeliveredPlatform, Platform } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { compareManifests, type Manifest, ManifestError, readManifests } from "#lib/releases/model.ts";
import { GitError } from "#lib/systems/git/errors.ts";
import type { Commit, RepositoryPort } from "#lib/systems/git/port.ts";
import { type ChangePlan, effectiveRevision, planChange } from "./model.ts";

const HISTORY_LIMIT = 500;

/** An environment which a commit to its platform's repository changes. */
export type DeliveredPlace = Readonly<{ platform: DeliveredPlatform; environment: DeliveredEnvironment }>;

/** What the branch at `ahead` has that the branch at `behind` has not in effect, and the base to merge it from. */
export async function readAhead(
  repository: RepositoryPort,
  behind: string,
  ahead: string,
): Promise<{ commits: readonly Commit[]; mergeBase: string | undefined }> {
  const effective = effectiveRevision(await repository.firstParents(behind, HISTORY_LIMIT)) ?? behind;
  const [commits, mergeBase] = await Promise.all([
    repository.commitsBetween(effective, ahead),
    repository.mergeBase(effective, ahead),
  ]);
  return { commits, mergeBase };
}

/** The plan of moving an environment's branch from `base` to `tree`. Throws GatehouseError for manifests that cannot be read. */
export async function readChange(
  repository: RepositoryPort,
  place: DeliveredPlace,
  change: Readonly<{ base: string; tree: string; commits: readonly Commit[] }>,
): Promise<ChangePlan> {
  const { platform, environment } = place;
  const [before, after, changedPaths] = await Promise.all([
    manifestsAt(repository, place, change.base),
    manifestsAt(repository, place, change.tree),
    repository.changedPaths(change.base, change.tree),
  ]);
  return planChange({
    platform: platform.id,
    environment: environment.id,
    branch: environment.delivery.branch,
    base: change.base,
    tree: change.tree,
    servicesPath: platform.repository.servicesPath,
    commits: change.commits,
    changedPaths,
    before,
    after,
    objects: compareManifests(before, after),
  });
}

async function manifestsAt(
  repository: RepositoryPort,
  place: DeliveredPlace,
  treeish: string,
): Promise<ReadonlyMap<string, Manifest>> {
  const files = await repository.filesAt(treeish, place.environment.delivery.paths);
  try {
    return readManifests(files, place.platform.repository.servicesPath);
  } catch (failure) {
    if (failure instanceof ManifestError) {
      throw new GatehouseError("invalid", `A manifest cannot be read, so there is no plan. ${failure.message}`, {
        cause: failure,
      });
    }
    throw failure;
  }
}

/** Runs Git reads; a failure of Git becomes one we can show. */
export async function withGit<T>(platform: Platform, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (failure) {
    if (failure instanceof GitError) {
      const why = failure.code === "denied" ? "does not let Gatehouse in" : "cannot be read";
      throw new GatehouseError(
        "unavailable",
        `The Git repository of ${platform.id} ${why}. Nothing was changed; try again when it answers.`,
        { cause: failure },
      );
    }
    throw failure;
  }
}
