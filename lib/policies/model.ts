import type { Role } from "#lib/access/model.ts";

export const GOVERNED_ACTIONS = ["promotion", "rollback", "restart"] as const;
/** What changes an environment and so needs a policy there. */
export type GovernedAction = (typeof GOVERNED_ACTIONS)[number];

/** People who count for an approval: holders of a role in the environment, or members of a group of the identity provider. */
export type Agreeing = Readonly<{ kind: "role" | "group"; name: string; count: number }>;

export const EXCLUDABLE = ["requester", "authors", "triggerers"] as const;
export type Excludable = (typeof EXCLUDABLE)[number];

/** From the mildest to the strictest. */
export const RUN_MODES = ["at-once", "scheduled", "by-hand"] as const;
export type RunMode = (typeof RUN_MODES)[number];

/** A time in which nothing is asked for, approved or started. Both ends are UTC, ISO 8601; the end is not part of it. */
export type Freeze = Readonly<{ name: string; from: string; to: string }>;

/**
 * What must hold before an action may change an environment. Whoever approves is counted once, for one of the groups, so that
 * `agree` always means that many different people.
 */
export type Policy = Readonly<{
  /** Roles, any of which may ask. */
  ask: readonly Role[];
  /** All of these must agree; empty where nobody needs to. */
  agree: readonly Agreeing[];
  exclude: readonly Excludable[];
  /** Whoever changes live by their word signs in again, for exactly that. */
  stepUp: boolean;
  /** How long a request may wait for its approvals, and an approved one for its start; milliseconds. */
  expiresAfterMs: number;
  run: RunMode;
  /** Regular expressions, all of which the ticket must match; empty where none is asked for. */
  tickets: readonly string[];
  freezes: readonly Freeze[];
}>;

/** A policy and where it stands: patterns of environments, as in a grant. */
export type PolicyRule = Readonly<{ action: GovernedAction; environments: readonly string[]; policy: Policy }>;

/** How an environment can be changed without the others' word, for a time, when nobody can be reached. */
export type BreakGlassRule = Readonly<{
  environments: readonly string[];
  /** Roles, any of which may break the glass. */
  who: readonly Role[];
  stepUp: boolean;
  lastsMs: number;
  /** Roles, any of which may review it afterwards; never the person who did it. */
  review: readonly Role[];
}>;
