import "server-only";
import type { Estate, Platform } from "#lib/estate/model.ts";
import { findPlatform } from "#lib/estate/model.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import type { RequestAction } from "#lib/requests/model.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { ClusterPort } from "#lib/systems/kubernetes/port.ts";
import type { EstateView } from "#lib/watch/estate-view.ts";
import type { Ring } from "#lib/watch/ring.ts";
import type { Clock } from "./clock.ts";
import type { Db } from "./db.ts";
import type { Log } from "./log.ts";

/** Everything that a read or an action works with. Made once a process, by wiring; tests make their own. */
export type Runtime = Readonly<{
  estate: Estate;
  db: Db;
  clock: Clock;
  log: Log;
  clusters: ReadonlyMap<string, ClusterPort>;
  repositories: ReadonlyMap<string, RepositoryPort>;
  ring: Ring;
  view: EstateView;
  recipes: Readonly<Record<RequestAction, Recipe>>;
  /** Aborts when this process is to end: streams are let go, so that browsers move to another replica at once. */
  stopping: AbortSignal;
  /** Looks for operations to run, now. */
  kickOperations(): void;
}>;

/** The repository of a platform. Every platform of the estate has one. */
export function repositoryOf(runtime: Pick<Runtime, "repositories">, platform: Platform): RepositoryPort {
  const repository = runtime.repositories.get(platform.id);
  if (repository === undefined) {
    throw new Error(`no repository is open for platform ${platform.id}`);
  }
  return repository;
}

/** How many must approve a promotion of a platform; for one that is no longer in gatehouse.yaml nobody can. */
export function neededApprovals(runtime: Pick<Runtime, "estate">): (platformId: string) => number {
  return (platformId) => findPlatform(runtime.estate, platformId)?.approvals ?? Number.MAX_SAFE_INTEGER;
}
