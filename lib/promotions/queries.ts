import "server-only";
import type { Decision, Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import { sayNotDelivered } from "#lib/environments/model.ts";
import {
  type DeliveredEnvironment,
  type Environment,
  findEnvironment,
  isDelivered,
  isDeliveredPlatform,
} from "#lib/estate/model.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { policyNow, type Runtime, repositoryOf } from "#lib/platform/runtime.ts";
import type { GovernedAction, Policy } from "#lib/policies/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import { type Headroom, headroomFor } from "#lib/quotas/model.ts";
import { ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import type { SeenWorkload } from "#lib/watch/estate-view.ts";
import { clusterSourceId, type SourceRow, whyNotFresh } from "#lib/watch/freshness.ts";
import { sourcesOf } from "#lib/watch/queries.ts";
import { evidenceOf } from "./evidence.ts";
import { type DeliveredPlace, readAhead, readChange, withGit } from "./git-reads.ts";
import type { PromotionPlan } from "./model.ts";

/** What the dialog of a change shows before anyone asks: the exact plan, its digest, and what stands beside it but is not part of it. */
export type ChangePreview<Plan> = Readonly<{
  plan: Plan;
  digest: string;
  /** What must hold for it; null where there is no policy, so that nobody may. */
  policy: Policy | null;
  headroom: readonly Headroom[];
  sources: readonly SourceRow[];
  may: Decision;
}>;

export type PromotionPreview = ChangePreview<PromotionPlan>;

/** Throws GatehouseError: not_found, conflict (nothing to promote, or Git cannot merge it), invalid, unavailable. */
export async function previewPromotion(
  runtime: Runtime,
  person: Person,
  environmentId: string,
): Promise<PromotionPreview> {
  const place = promotable(runtime, person, environmentId);
  return previewOf(runtime, person, "promotion", place, await planPromotion(runtime, place));
}

/** A plan with what its quotas leave for it, what its policy says, and whether the person may ask for it. */
export function previewOf<Plan extends Pick<PromotionPlan, "surge">>(
  runtime: Runtime,
  person: Person,
  action: GovernedAction,
  { environment }: DeliveredPlace,
  plan: Plan,
): ChangePreview<Plan> {
  const policy = policyNow(runtime)(action, environment.id);
  const quotas = runtime.ring.list("quota").filter((row) => row.environment === environment.id);
  return {
    plan,
    digest: digestOf(plan),
    headroom: headroomFor(quotas, plan.surge),
    sources: sourcesOf(runtime, environment),
    policy,
    may: mayAsk(person, action, environment.id, policy),
  };
}

/** An environment that the person may see and that Gatehouse delivers. Throws not_found or invalid. */
export function deliverable(runtime: Pick<Runtime, "estate">, person: Person, environmentId: string): DeliveredPlace {
  const place = findEnvironment(runtime.estate, environmentId);
  if (place === undefined || !may(person, "estate.read", environmentId).allowed) {
    throw new GatehouseError("not_found", "There is no such environment.");
  }
  const { platform, environment } = place;
  if (!isDeliveredPlatform(platform) || !isDelivered(environment)) {
    throw new GatehouseError("invalid", sayNotDelivered(environment.id, platform.name));
  }
  return { platform, environment };
}

export type Place = DeliveredPlace & Readonly<{ before: DeliveredEnvironment }>;

/** An environment into which something can be promoted, and the one before it. Throws not_found or invalid. */
export function promotable(runtime: Pick<Runtime, "estate">, person: Person, environmentId: string): Place {
  const place = deliverable(runtime, person, environmentId);
  const before = place.platform.environments.filter(isDelivered).find((one) => one.id === place.environment.after);
  if (before === undefined) {
    throw new GatehouseError(
      "invalid",
      `Nothing is promoted into ${environmentId}: it comes after no environment that Gatehouse delivers.`,
    );
  }
  return { ...place, before };
}

/** Plans the promotion as of now. */
export function planPromotion(runtime: Runtime, place: Place): Promise<PromotionPlan> {
  const { platform, environment, before } = place;
  const repository = repositoryOf(runtime, platform);
  return withGit(platform, async () => {
    const { branch } = environment.delivery;
    const from = before.delivery.branch;
    const heads = await repository.heads([branch, from]);
    const base = heads[branch];
    const revision = heads[from];
    if (base === undefined || revision === undefined) {
      const missing = base === undefined ? branch : from;
      throw new GatehouseError(
        "conflict",
        `The repository of ${platform.id} has no branch ${missing}; nothing can be promoted.`,
      );
    }
    await repository.fetch();
    const { commits, mergeBase } = await readAhead(repository, base, revision);
    if (commits.length === 0 || mergeBase === undefined) {
      throw new GatehouseError("conflict", `There is nothing to promote: ${environment.id} has all of ${before.id}.`);
    }
    const merged = await repository.merge({ base: mergeBase, ours: base, theirs: revision });
    if (merged.conflicts.length > 0) {
      throw new GatehouseError(
        "conflict",
        `Git cannot merge ${from} into ${branch}: both changed ${merged.conflicts.join(", ")}. Merge ${branch} into ${from} first, then promote.`,
      );
    }
    const change = await readChange(repository, place, { base, tree: merged.tree, commits });
    const source = { environment: before.id, branch: from, revision };
    const evidence = evidenceOf({ services: change.services, from: source }, seenWhere(runtime, before));
    return { ...change, kind: "promotion", from: source, evidence };
  });
}

/** What runs where a release comes from; undefined where that is not seen fresh. */
export function seenWhere(runtime: Pick<Runtime, "ring" | "view">, before: Environment): SeenWorkload[] | undefined {
  return whyNotSeenWhere(runtime, before) === undefined ? runtime.view.workloads(before.id) : undefined;
}

/** Why what runs there is not seen fresh, as the start of a sentence. */
export function whyNotSeenWhere(runtime: Pick<Runtime, "ring">, before: Environment): string | undefined {
  const need = { kinds: ROLLOUT_KINDS, namespaces: before.namespaces };
  return whyNotFresh(runtime.ring.rows().source, clusterSourceId(before.clusterId), need);
}
