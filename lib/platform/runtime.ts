import "server-only";
import type { AccessDoubts } from "#lib/access/doubts.ts";
import type { RecordKeeper } from "#lib/audit/checkpoints.ts";
import type { Estate, Platform } from "#lib/estate/model.ts";
import type { Limiter } from "#lib/limits/limiter.ts";
import type { Recipe } from "#lib/operations/recipe.ts";
import type { GovernedAction, Policy } from "#lib/policies/model.ts";
import { policyFor } from "#lib/policies/policy.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { ClusterPort } from "#lib/systems/kubernetes/port.ts";
import type { EstateView } from "#lib/watch/estate-view.ts";
import type { Ring } from "#lib/watch/ring.ts";
import type { Clock } from "./clock.ts";
import type { Db } from "./db.ts";
import type { Log } from "./log.ts";

/** Everything that a read or an action works with. Made once a process, by wiring; tests make their own. */
export type Runtime = Readonly<{
  /** gatehouse.yaml as it is now: who may do what in it changes while the process runs. */
  estate: Estate;
  accessDoubts: AccessDoubts;
  db: Db;
  clock: Clock;
  log: Log;
  clusters: ReadonlyMap<string, ClusterPort>;
  repositories: ReadonlyMap<string, RepositoryPort>;
  /** All rows but the pods. */
  ring: Ring;
  pods: Ring;
  view: EstateView;
  limiter: Limiter;
  recipes: Readonly<Record<GovernedAction, Recipe>>;
  /** Whether the record is whole, and what it is signed with. */
  record: RecordKeeper;
  /** Aborts when this process is to end: streams are let go, so that browsers move to another replica at once. */
  stopping: AbortSignal;
  /** Looks for operations to run, now. */
  kickOperations(): void;
}>;

/** What a read of what runs looks at. */
export type SeenEstate = Pick<Runtime, "estate" | "ring" | "view" | "clock">;

/** The repository of a platform. Every platform that Gatehouse delivers has one. */
export function repositoryOf(runtime: Pick<Runtime, "repositories">, platform: Platform): RepositoryPort {
  const repository = runtime.repositories.get(platform.id);
  if (repository === undefined) {
    throw new Error(`no repository is open for platform ${platform.id}`);
  }
  return repository;
}

/** Tells the policy of an action in an environment as gatehouse.yaml has it now. */
export function policyNow(
  runtime: Pick<Runtime, "estate">,
): (action: GovernedAction, environmentId: string) => Policy | null {
  return (action, environmentId) => policyFor(runtime.estate.policies, action, environmentId);
}
