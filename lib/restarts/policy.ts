import type { Person } from "#lib/access/model.ts";
import type { Policy } from "#lib/policies/model.ts";
import { mayAsk } from "#lib/policies/policy.ts";
import { type ActorMade, actorFor } from "#lib/systems/kubernetes/port.ts";
import type { RestartPlan } from "./model.ts";

/** Whoever asked, as they are known now. */
type Asker = Readonly<{ person: Person; sessionVersion: number }>;

/** What gatehouse.yaml says of a restart now. `policy` is null where there is none. */
type Rules = Readonly<{ policy: Pick<Policy, "ask"> | null; impersonatedGroups: readonly string[] | undefined }>;

/**
 * In whose name an approved restart is done, or why it is no longer done, in a sentence. Hours may pass between asking and doing:
 * sessions that were ended, a role or a group that was taken away, and a group that came since each void it, since others have
 * agreed that exactly this person does it as exactly this.
 */
export function actorNow(
  plan: Pick<RestartPlan, "actor" | "environment">,
  asker: Asker | undefined,
  { policy, impersonatedGroups }: Rules,
): ActorMade {
  const { user, groups, sessionVersion } = plan.actor;
  if (asker === undefined) {
    return { ok: false, because: `${user}, who asked, can no longer sign in.` };
  }
  if (asker.sessionVersion !== sessionVersion) {
    return { ok: false, because: `All sessions of ${user}, who asked, were ended after this was planned.` };
  }
  if (!mayAsk(asker.person, "restart", plan.environment, policy).allowed) {
    return { ok: false, because: `${user}, who asked, may no longer restart anything in ${plan.environment}.` };
  }
  const made = actorFor(asker.person, impersonatedGroups);
  if (!made.ok) {
    return { ok: false, because: `${user}, who asked, cannot act in the cluster: ${made.because}.` };
  }
  return isSame(made.actor.groups, groups)
    ? made
    : { ok: false, because: `The groups of ${user}, who asked, have changed after this was planned.` };
}

/** In whose name an approved restart may have been sent, whatever they may do by now. */
export function actorThen({ actor }: Pick<RestartPlan, "actor">, { impersonatedGroups }: Rules): ActorMade {
  return actorFor({ account: actor.user, groups: actor.groups }, impersonatedGroups);
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((group) => others.includes(group));
}
