import type { Decision, Grant, Person } from "#lib/access/model.ts";
import { covers, rolesIn } from "#lib/access/policy.ts";
import {
  type Agreeing,
  type BreakGlassRule,
  type Freeze,
  type GovernedAction,
  type Policy,
  type PolicyRule,
  RUN_MODES,
} from "./model.ts";

/** The policy of an action in an environment: the strictest of all that stand there; null where none does. */
export function policyFor(rules: readonly PolicyRule[], action: GovernedAction, environmentId: string): Policy | null {
  const standing = rules.filter(
    (rule) => rule.action === action && rule.environments.some((pattern) => covers(pattern, environmentId)),
  );
  return standing.map(({ policy }) => policy).reduce<Policy | null>(strictestOf, null);
}

function strictestOf(one: Policy | null, other: Policy): Policy {
  return one === null ? other : stricter(one, other);
}

/** The policy that holds both: whatever satisfies it satisfies each of them. */
export function stricter(one: Policy, other: Policy): Policy {
  return {
    ask: one.ask.filter((role) => other.ask.includes(role)),
    agree: bothAgree(one.agree, other.agree),
    exclude: [...new Set([...one.exclude, ...other.exclude])],
    stepUp: one.stepUp || other.stepUp,
    expiresAfterMs: Math.min(one.expiresAfterMs, other.expiresAfterMs),
    run: RUN_MODES.indexOf(one.run) > RUN_MODES.indexOf(other.run) ? one.run : other.run,
    tickets: [...new Set([...one.tickets, ...other.tickets])],
    freezes: [...one.freezes, ...other.freezes.filter((freeze) => !one.freezes.some((same) => isSame(same, freeze)))],
  };
}

/** Nobody else needs to agree and nothing is waited for; who it is, why and what exactly is asked for stays as it was. */
export function actingAlone(policy: Policy): Policy {
  return { ...policy, agree: [], freezes: [], run: "at-once" };
}

function bothAgree(one: readonly Agreeing[], other: readonly Agreeing[]): Agreeing[] {
  const counts = new Map<string, Agreeing>();
  for (const agreeing of [...one, ...other]) {
    const key = `${agreeing.kind} ${agreeing.name}`;
    const before = counts.get(key);
    counts.set(key, before !== undefined && before.count > agreeing.count ? before : agreeing);
  }
  return [...counts.values()];
}

function isSame(one: Freeze, other: Freeze): boolean {
  return one.name === other.name && one.from === other.from && one.to === other.to;
}

/** What an approver stood for when they approved. */
export type Standing = Readonly<{ account: string; roles: readonly string[]; groups: readonly string[] }>;

/** Who this person stands for in the environment. */
export function standingOf(person: Person, environmentId: string): Standing {
  return { account: person.account, roles: rolesIn(person, environmentId), groups: person.groups };
}

function standsFor(standing: Standing, agreeing: Agreeing): boolean {
  return (agreeing.kind === "role" ? standing.roles : standing.groups).includes(agreeing.name);
}

/** Whether somebody stands for one of these groups. */
export function standsForAny(standing: Standing, agreeing: readonly Agreeing[]): boolean {
  return agreeing.some((one) => standsFor(standing, one));
}

/**
 * How many of each group are still missing, each approver counted once and where it helps most (a maximum matching of people
 * and places, by augmenting paths: Kuhn 1955). Empty when all have agreed.
 */
export function missingFrom(policy: Pick<Policy, "agree">, approvers: readonly Standing[]): Agreeing[] {
  const places = policy.agree.flatMap((agreeing, group) => Array.from({ length: agreeing.count }, () => group));
  const distinct = [...new Map(approvers.map((one) => [one.account.trim().toLowerCase(), one])).values()];
  const taken = new Map<number, Standing>();
  const seat = (standing: Standing, tried: Set<number>): boolean =>
    places.some((group, place) => {
      const agreeing = policy.agree[group];
      if (agreeing === undefined || tried.has(place) || !standsFor(standing, agreeing)) {
        return false;
      }
      tried.add(place);
      const sitting = taken.get(place);
      if (sitting !== undefined && !seat(sitting, tried)) {
        return false;
      }
      taken.set(place, standing);
      return true;
    });
  for (const standing of distinct) {
    seat(standing, new Set());
  }
  return policy.agree.flatMap((agreeing, group) => {
    const count = places.filter((of, place) => of === group && !taken.has(place)).length;
    return count === 0 ? [] : [{ ...agreeing, count }];
  });
}

/** Whether another word of this person's would bring the approvals any further, and why. */
export function wouldCount(
  policy: Pick<Policy, "agree">,
  approvers: readonly Standing[],
  standing: Standing,
  environmentId: string,
): Decision {
  const missing = missingFrom(policy, approvers);
  const wouldMiss = missingFrom(policy, [...approvers, standing]);
  const groups = policy.agree.filter((agreeing) => standsFor(standing, agreeing)).map(groupName);
  if (total(wouldMiss) < total(missing)) {
    return { allowed: true, because: `you are in ${joined(groups, "and")}` };
  }
  return {
    allowed: false,
    because:
      groups.length === 0
        ? `Only ${joined(policy.agree.map(groupName), "or") || "nobody"} may approve in ${environmentId}; you are ${standing.roles.join(", ") || "without a role"} there.`
        : `${capital(joined(groups, "and"))} have agreed already; still missing: ${joined(missing.map(groupName), "and")}.`,
  };
}

function total(agreeing: readonly Agreeing[]): number {
  return agreeing.reduce((sum, { count }) => sum + count, 0);
}

/** How the group of an approval is named in a sentence: `operators`, `the group payments-leads`. */
export function groupName({ kind, name }: Pick<Agreeing, "kind" | "name">): string {
  return kind === "group" ? `the group ${name}` : (ROLE_GROUPS[name] ?? name);
}

const ROLE_GROUPS: Readonly<Record<string, string>> = {
  viewer: "viewers",
  developer: "developers",
  operator: "operators",
  auditor: "auditors",
  admin: "admins",
};

/** Whether the person may ask for the action, and why. `policy` is null where gatehouse.yaml has none for it. */
export function mayAsk(
  person: Person,
  action: GovernedAction,
  environmentId: string,
  policy: Pick<Policy, "ask"> | null,
): Decision {
  if (policy === null) {
    return {
      allowed: false,
      because: `gatehouse.yaml has no policy for a ${action} in ${environmentId}, so nobody may. An admin can write one.`,
    };
  }
  const roles = rolesIn(person, environmentId);
  const role = roles.find((held) => policy.ask.includes(held));
  if (role !== undefined) {
    return { allowed: true, because: `you are ${role} in ${environmentId}` };
  }
  return {
    allowed: false,
    because: `Only ${policy.ask.join(" or ") || "nobody"} may ${ASKED[action]} in ${environmentId}; you are ${roles.join(", ") || "without a role"} there. An admin can give you the role.`,
  };
}

const ASKED: Readonly<Record<GovernedAction, string>> = {
  promotion: "ask for a promotion",
  rollback: "roll back",
  restart: "restart a workload",
};

/** The freeze that holds at that time; undefined where none does. */
export function freezeAt(policy: Pick<Policy, "freezes">, at: Date): Freeze | undefined {
  return policy.freezes.find(({ from, to }) => Date.parse(from) <= at.getTime() && at.getTime() < Date.parse(to));
}

/** Why the ticket does not do; undefined when it does. */
export function whyTicketFails(policy: Pick<Policy, "tickets">, ticket: string | undefined): string | undefined {
  if (policy.tickets.length === 0) {
    return undefined;
  }
  if (ticket === undefined) {
    return "The policy asks for a ticket; name the one that this belongs to.";
  }
  const failed = policy.tickets.find((pattern) => !new RegExp(pattern, "u").test(ticket));
  return failed === undefined ? undefined : `The ticket must look like ${failed}.`;
}

/** The break-glass rule of an environment; null where the glass cannot be broken. The first that stands there holds. */
export function breakGlassFor(rules: readonly BreakGlassRule[], environmentId: string): BreakGlassRule | null {
  return rules.find(({ environments }) => environments.some((pattern) => covers(pattern, environmentId))) ?? null;
}

const LISTS = {
  and: new Intl.ListFormat("en-GB"),
  or: new Intl.ListFormat("en-GB", { type: "disjunction" }),
} as const;

/** Names with commas, and a word before the last. */
function joined(words: readonly string[], last: "and" | "or"): string {
  return LISTS[last].format(words);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The policy in plain sentences, for `gatehouse check`, for the page and for the examiner. */
export function explain(action: GovernedAction, policy: Policy): string[] {
  const { ask, agree, exclude, run, tickets, freezes } = policy;
  const minutes = Math.round(policy.expiresAfterMs / 60_000);
  return [
    ask.length === 0 ? `Nobody may ${ASKED[action]}.` : `${capital(joined(ask, "or"))} may ${ASKED[action]}.`,
    agree.length === 0
      ? "Nobody else needs to agree."
      : `${capital(joined(agree.map(countName), "and"))} must agree to exactly what was planned${agree.length > 1 || total(agree) > 1 ? ", all of them different people" : ""}.`,
    ...(agree.length > 0 && exclude.length > 0
      ? [
          `Not counted: ${joined(
            exclude.map((one) => EXCLUDED[one]),
            "and",
          )}.`,
        ]
      : []),
    ...(policy.stepUp ? ["Whoever's word changes the environment signs in again for it."] : []),
    ...(agree.length > 0 || run !== "at-once" ? [`What is not done within ${minutesWords(minutes)} is void.`] : []),
    RUN_WORDS[run],
    ...tickets.map((pattern) => `A ticket like ${pattern} must be named.`),
    ...freezes.map(({ name, from, to }) => `Frozen from ${from} to ${to}: ${name}.`),
  ];
}

/** A break-glass rule in plain sentences. */
export function explainBreakGlass({ who, stepUp, lastsMs, review }: BreakGlassRule): string[] {
  return [
    `${capital(joined(who, "or"))} may act alone for ${minutesWords(Math.round(lastsMs / 60_000))}, with a reason${stepUp ? " and after signing in again" : ""}.`,
    `Until somebody else who is ${joined(review, "or")} has reviewed it, it cannot be used again.`,
  ];
}

const EXCLUDED = {
  requester: "whoever asks",
  authors: "whoever wrote one of the commits",
  triggerers: "whoever had a bot write one of them",
} as const;
const RUN_WORDS = {
  "at-once": "It starts at once when all have agreed.",
  scheduled: "It starts at the time that was asked for, when all have agreed.",
  "by-hand": "When all have agreed, somebody who may ask starts it by hand.",
} as const;

function countName(agreeing: Agreeing): string {
  return `${agreeing.count} of ${groupName(agreeing)}`;
}

function minutesWords(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

export type Contradiction = Readonly<{
  code: "nobody_asks" | "never_agreed" | "only_member" | "freeze";
  message: string;
}>;

/** Who can hold what in an environment, as far as gatehouse.yaml says it. */
export type Known = Readonly<{
  /** Everyone whom the file names. */
  people: readonly Person[];
  /** What any group of the file is granted. */
  grants: readonly Grant[];
  /** False where an identity provider knows more people, who may be in any group. */
  areAllKnown: boolean;
}>;

/** What can never work in a policy: what no membership could mend, and where all people are known what theirs do not. */
export function contradictionsIn(policy: Policy, environmentId: string, known: Known): Contradiction[] {
  return [...contradictoryFreezes(policy), ...contradictoryPeople(policy, environmentId, known)];
}

function contradictoryFreezes(policy: Policy): Contradiction[] {
  return policy.freezes
    .filter(({ from, to }) => Date.parse(from) >= Date.parse(to))
    .map(({ name, from, to }) => ({
      code: "freeze",
      message: `The freeze "${name}" ends (${to}) before it begins (${from}).`,
    }));
}

function contradictoryPeople(policy: Policy, environmentId: string, known: Known): Contradiction[] {
  if (policy.ask.length === 0) {
    return [{ code: "nobody_asks", message: "No role may ask, so it can never be used." }];
  }
  return known.areAllKnown
    ? contradictoryMembers(policy, environmentId, known.people)
    : contradictoryGrants(policy, environmentId, known.grants);
}

/** Whoever an identity provider knows, a role that no grant gives there is held by none of them. */
function contradictoryGrants(policy: Policy, environmentId: string, grants: readonly Grant[]): Contradiction[] {
  const isGranted = (role: string) =>
    grants.some((grant) => grant.role === role && grant.environments.some((pattern) => covers(pattern, environmentId)));
  if (!policy.ask.some(isGranted)) {
    return [
      {
        code: "nobody_asks",
        message: `No grant gives ${joined(policy.ask, "or")} in ${environmentId}, so nobody can ask.`,
      },
    ];
  }
  const ungranted = policy.agree.filter(({ kind, name }) => kind === "role" && !isGranted(name));
  return ungranted.map((agreeing) => ({
    code: "never_agreed",
    message: `Nobody could ever approve it: no grant gives the role ${agreeing.name} in ${environmentId}, and ${countName(agreeing)} must agree.`,
  }));
}

function contradictoryMembers(policy: Policy, environmentId: string, people: readonly Person[]): Contradiction[] {
  const askers = people.filter((person) => rolesIn(person, environmentId).some((role) => policy.ask.includes(role)));
  if (askers.length === 0) {
    return [
      {
        code: "nobody_asks",
        message: `Nobody holds ${joined(policy.ask, "or")} in ${environmentId}, so nobody can ask.`,
      },
    ];
  }
  const everyone = people.map((person) => standingOf(person, environmentId));
  const withoutAgreement = askers.filter((asker) => {
    const others = policy.exclude.includes("requester")
      ? everyone.filter(({ account }) => account !== asker.account)
      : everyone;
    return missingFrom(policy, others).length > 0;
  });
  if (withoutAgreement.length === askers.length) {
    const missing = joined(missingFrom(policy, everyone).map(countName), "and");
    return [
      {
        code: "never_agreed",
        message: `Nobody could ever approve it: ${missing === "" ? "whoever asks is needed to agree" : `${missing} ${missing.includes(" and ") ? "are" : "is"} missing`} in ${environmentId}.`,
      },
    ];
  }
  return withoutAgreement.map(({ account }) => ({
    code: "only_member",
    message: `What ${account} asks for can never be approved: without ${account} too few are left to agree.`,
  }));
}
