import type { Decision, Person } from "#lib/access/model.ts";
import { rolesIn } from "#lib/access/policy.ts";
import type { BreakGlassRule } from "#lib/policies/model.ts";
import { type BreakGlassRow, isBroken } from "./model.ts";

/**
 * Whether the person may break the glass of an environment, and why. `rule` is null where gatehouse.yaml does not let anyone,
 * `unreviewed` is the last breaking there that nobody has reviewed yet.
 */
export function mayBreakGlass(
  person: Person,
  environmentId: string,
  rule: BreakGlassRule | null,
  unreviewed: BreakGlassRow | undefined,
): Decision {
  if (rule === null) {
    return { allowed: false, because: `gatehouse.yaml does not let the glass of ${environmentId} be broken.` };
  }
  const role = rolesIn(person, environmentId).find((held) => rule.who.includes(held));
  if (role === undefined) {
    return { allowed: false, because: `Only ${rule.who.join(" or ")} may break the glass of ${environmentId}.` };
  }
  if (unreviewed !== undefined) {
    return {
      allowed: false,
      because: `${unreviewed.account} broke it last, and nobody has reviewed that yet. ${rule.review.join(" or ")} can review it, other than ${unreviewed.account}.`,
    };
  }
  return { allowed: true, because: `you are ${role} in ${environmentId}` };
}

/** Whether the person may end it before its time: whoever broke it, and whoever may review it. */
export function mayCloseGlass(person: Person, glass: BreakGlassRow, rule: BreakGlassRule | null, now: Date): Decision {
  if (!isBroken(glass, now)) {
    return { allowed: false, because: "It has ended already." };
  }
  if (person.account === glass.account) {
    return { allowed: true, because: "you broke it" };
  }
  return mayReview(person, glass, rule);
}

/** Whether the person may review it: after it has ended, and never the one who broke it. */
export function mayReviewGlass(person: Person, glass: BreakGlassRow, rule: BreakGlassRule | null, now: Date): Decision {
  if (glass.reviewedAt !== null) {
    return { allowed: false, because: `${glass.reviewedBy} has reviewed it.` };
  }
  if (isBroken(glass, now)) {
    return { allowed: false, because: "It can be reviewed when it has ended." };
  }
  return mayReview(person, glass, rule);
}

function mayReview(person: Person, glass: BreakGlassRow, rule: BreakGlassRule | null): Decision {
  if (person.account === glass.account) {
    return { allowed: false, because: "You broke it; somebody else must review it." };
  }
  const role = rolesIn(person, glass.environment).find((held) => rule?.review.includes(held));
  return role === undefined
    ? { allowed: false, because: `Only ${rule?.review.join(" or ") ?? "nobody"} may review it.` }
    : { allowed: true, because: `you are ${role} in ${glass.environment}` };
}

/** Whether the person's agreement was not waited for, by name or as one of a group, so that they are to be told. */
export function wasNotAsked({ account, groups }: Person, { told }: Pick<BreakGlassRow, "told">): boolean {
  return told.includes(account) || groups.some((group) => told.includes(`group:${group}`));
}
