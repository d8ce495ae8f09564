import "server-only";
import type { Person } from "#lib/access/model.ts";
import { peopleKnown } from "#lib/access/people.ts";
import { covers, refuseUnless, refuseUnseen, sayDecision } from "#lib/access/policy.ts";
import { requireStepUp } from "#lib/access/step-ups.ts";
import { appendAudit } from "#lib/audit/store.ts";
import { type Estate, findEnvironment } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { newId } from "#lib/platform/ids.ts";
import { policyNow, type Runtime } from "#lib/platform/runtime.ts";
import { type Agreeing, type BreakGlassRule, GOVERNED_ACTIONS } from "#lib/policies/model.ts";
import { breakGlassFor, standingOf, standsForAny } from "#lib/policies/policy.ts";
import { glassDigest } from "./digest.ts";
import type { BreakGlassRow } from "./model.ts";
import { mayBreakGlass, mayCloseGlass, mayReviewGlass } from "./policy.ts";
import type { BreakGlassInput, CloseBreakGlassInput, ReviewBreakGlassInput } from "./schema.ts";
import {
  closeBreakGlass as close,
  findBreakGlass,
  findUnreviewed,
  insertBreakGlass,
  reviewBreakGlass as review,
} from "./store.ts";

/**
 * Lets the person act alone in an environment for as long as its rule says. Whoever would have had to agree is named and told.
 * Throws GatehouseError: not_found, not_allowed (also while the last one is not reviewed), conflict.
 */
export async function breakGlass(
  runtime: Runtime,
  person: Person,
  input: BreakGlassInput,
): Promise<{ breakGlassId: string }> {
  const words = "There is no such environment.";
  if (findEnvironment(runtime.estate, input.environment) === undefined) {
    throw new GatehouseError("not_found", words);
  }
  refuseUnseen(person, input.environment, words);
  const rule = ruleFor(runtime, input.environment);
  const decision = mayBreakGlass(person, input.environment, rule, await findUnreviewed(runtime.db, input.environment));
  refuseUnless(decision);
  if (rule === null) {
    throw new Error("nobody may break a glass without a rule");
  }
  const breakGlassId = newId("bg");
  const told = await skippedBy(runtime, person, input.environment);
  await runtime.db.$transaction(async (tx) => {
    const isFirst = await insertBreakGlass(tx, {
      id: breakGlassId,
      environment: input.environment,
      account: person.account,
      reason: input.reason,
      told,
      lastsMs: rule.lastsMs,
    });
    if (rule.stepUp) {
      await requireStepUp(tx, { account: person.account, digest: glassDigest(input.environment, rule) });
    }
    if (!isFirst) {
      throw new GatehouseError("conflict", "Somebody broke this glass a moment ago. Nothing was done twice.");
    }
    await appendAudit(tx, {
      actor: person.account,
      action: "break-glass.opened",
      target: input.environment,
      outcome: "accepted",
      decision: sayDecision(decision),
      detail: {
        breakGlass: breakGlassId,
        reason: input.reason,
        minutes: Math.round(rule.lastsMs / 60_000),
        told: told.join(", "),
      },
    });
  });
  return { breakGlassId };
}

/**
 * Whose agreement one of the environment's policies asks for, but the person's: by name whoever is known, and the identity
 * provider's groups, whose other members have not signed in yet. No account can be called as a group is here: it has no colon.
 */
async function skippedBy(runtime: Runtime, person: Person, environmentId: string): Promise<string[]> {
  const agreeing = GOVERNED_ACTIONS.flatMap((action) => policyNow(runtime)(action, environmentId)?.agree ?? []);
  const groups = groupsOf(runtime.estate, environmentId, agreeing);
  const known = (await peopleKnown(runtime, groups))
    .filter(({ account }) => account !== person.account)
    .filter((one) => standsForAny(standingOf(one, environmentId), agreeing))
    .map(({ account }) => account);
  return [...new Set(known), ...groups.map((group) => `group:${group}`)];
}

/** The provider's groups whose members stand for those who agree there. */
function groupsOf({ oidc, roleGrants }: Estate, environmentId: string, agreeing: readonly Agreeing[]): string[] {
  if (oidc === undefined) {
    return [];
  }
  const granting = (role: string) =>
    roleGrants.filter(
      (grant) => grant.role === role && grant.environments.some((pattern) => covers(pattern, environmentId)),
    );
  const groups = agreeing.flatMap(({ kind, name }) =>
    kind === "group" ? [name] : granting(name).flatMap((grant) => grant.groups),
  );
  return [...new Set(groups)].sort();
}

/** Ends it before its time. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function closeBreakGlass(runtime: Runtime, person: Person, input: CloseBreakGlassInput): Promise<null> {
  const glass = await existing(runtime, person, input.breakGlassId);
  const decision = mayCloseGlass(person, glass, ruleFor(runtime, glass.environment), runtime.clock());
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    if (!(await close(tx, glass.id, person.account))) {
      throw new GatehouseError("conflict", "It ended a moment ago. Nothing was changed.");
    }
    await appendAudit(tx, {
      actor: person.account,
      action: "break-glass.closed",
      target: glass.environment,
      outcome: "done",
      decision: sayDecision(decision),
      detail: { breakGlass: glass.id },
    });
  });
  return null;
}

/** Writes what somebody else thinks of it, after which it may be used again. Throws GatehouseError: not_found, not_allowed, conflict. */
export async function reviewBreakGlass(runtime: Runtime, person: Person, input: ReviewBreakGlassInput): Promise<null> {
  const glass = await existing(runtime, person, input.breakGlassId);
  const decision = mayReviewGlass(person, glass, ruleFor(runtime, glass.environment), runtime.clock());
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    if (!(await review(tx, glass.id, person.account, input.review))) {
      throw new GatehouseError(
        "conflict",
        "Somebody reviewed it a moment ago, or it still lasts. Nothing was changed.",
      );
    }
    await appendAudit(tx, {
      actor: person.account,
      action: "break-glass.reviewed",
      target: glass.environment,
      outcome: "done",
      decision: sayDecision(decision),
      detail: { breakGlass: glass.id, review: input.review, brokenBy: glass.account },
    });
  });
  return null;
}

function ruleFor(runtime: Runtime, environmentId: string): BreakGlassRule | null {
  return breakGlassFor(runtime.estate.breakGlass, environmentId);
}

async function existing(runtime: Runtime, person: Person, id: string): Promise<BreakGlassRow> {
  const words = "There is no such broken glass.";
  const found = await findBreakGlass(runtime.db, id);
  if (found === undefined) {
    throw new GatehouseError("not_found", words);
  }
  refuseUnseen(person, found.environment, words);
  return found;
}
