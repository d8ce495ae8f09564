import { GatehouseError } from "#lib/platform/errors.ts";
import { type Decision, GRANTED_BY, type Grant, type Permission, type Person, type Reach, type Role } from "./model.ts";

const SPOKEN: Readonly<Record<Permission, string>> = {
  "estate.read": "see the estate",
  "record.read": "read the record",
  "sessions.end": "end somebody's sessions",
  "operation.take-over": "take over an operation",
};

/** Whether a grant's pattern (an environment's id, `<platform>/*` or `*`) covers the environment. */
export function covers(pattern: string, environmentId: string): boolean {
  if (pattern === "*") {
    return true;
  }
  return pattern.endsWith("/*") ? environmentId.startsWith(pattern.slice(0, -1)) : pattern === environmentId;
}

/** What of a stored column an environment's id or `<platform>/*` covers, as `covers` says it of one. */
export function coveredBy(pattern: string): string | { startsWith: string } {
  return pattern.endsWith("/*") ? { startsWith: pattern.slice(0, -1) } : pattern;
}

/** What members of these groups are granted. */
export function grantsFor(
  roleGrants: readonly (Grant & Readonly<{ groups: readonly string[] }>)[],
  groups: readonly string[],
): Grant[] {
  return roleGrants
    .filter((grant) => grant.groups.some((group) => groups.includes(group)))
    .map(({ role, environments }) => ({ role, environments }));
}

/** The roles that the person holds in the environment. */
export function rolesIn(person: Person, environmentId: string): Role[] {
  const held = person.grants.filter(({ environments }) => environments.some((one) => covers(one, environmentId)));
  return [...new Set(held.map(({ role }) => role))];
}

/** The roles that the person holds anywhere. */
export function rolesAnywhere(person: Pick<Person, "grants">): Role[] {
  return [...new Set(person.grants.map(({ role }) => role))];
}

/** Where the person's roles give the permission; an empty list where they do nowhere. */
export function reachOf(person: Pick<Person, "grants">, permission: Permission): Reach {
  const granting = person.grants.filter(({ role }) => GRANTED_BY[permission].includes(role));
  const patterns = [...new Set(granting.flatMap(({ environments }) => environments))];
  return patterns.includes("*") ? "everywhere" : patterns.sort();
}

/** Whether the person's roles in that environment, or anywhere where none is named, give the permission, and why. */
export function may(person: Person, permission: Permission, environmentId?: string): Decision {
  const roles = environmentId === undefined ? rolesAnywhere(person) : rolesIn(person, environmentId);
  const granting = GRANTED_BY[permission];
  const role = roles.find((held) => granting.includes(held));
  const where = environmentId === undefined ? "" : ` in ${environmentId}`;
  if (role !== undefined) {
    return { allowed: true, because: `you are ${role}${where}` };
  }
  return {
    allowed: false,
    because: `Only ${granting.join(" or ")} may ${SPOKEN[permission]}${where}; you are ${roles.join(", ") || "without a role"}${where}. An admin can give you the role.`,
  };
}

/** A decision as it stands on the record: "allowed because you are operator in gravv/live". */
export function sayDecision({ allowed, because }: Decision): string {
  const why = because.replace(/^You may: /, "").replace(/\.$/, "");
  return `${allowed ? "allowed" : "denied"} because ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
}

/** Throws GatehouseError `not_allowed`, with the decision's reason, unless it allows. */
export function refuseUnless(decision: Decision): void {
  if (!decision.allowed) {
    throw new GatehouseError("not_allowed", decision.because);
  }
}

/** Throws GatehouseError `not_found`, as for what does not exist, where the person may not even see the environment. */
export function refuseUnseen(person: Person, environmentId: string, words: string): void {
  if (!may(person, "estate.read", environmentId).allowed) {
    throw new GatehouseError("not_found", words);
  }
}

/** Whether the person may end all sessions of an account; one's own, always. */
export function mayEndSessionsOf(person: Person, account: string): Decision {
  return person.account === account ? { allowed: true, because: "they are your own" } : may(person, "sessions.end");
}
