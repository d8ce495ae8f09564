import "server-only";
import { appendAudit } from "#lib/audit/store.ts";
import type { Tx } from "#lib/platform/db.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Person } from "./model.ts";
import { sayDecision } from "./policy.ts";
import type { BeginStepUpInput } from "./schema.ts";
import { insertStepUp, markConfirmed, markSpent } from "./store.ts";

/** Long enough for a password and a second factor. */
const BEGAN_WITHIN_SECONDS = 10 * 60;
const FRESH_FOR_SECONDS = 5 * 60;
/** How far the provider's clock may be from the database's. */
const SKEW_SECONDS = 5;

/** Begins a step-up of the person for one digest. It counts for nothing until a fresh sign-in has confirmed it. */
export async function beginStepUp(
  runtime: Runtime,
  person: Person,
  input: BeginStepUpInput,
): Promise<{ stepUpId: string }> {
  return { stepUpId: await runtime.db.$transaction((tx) => insertStepUp(tx, person.account, input.digest)) };
}

/**
 * Confirms a step-up by the sign-in `signInId` of the session at hand. `authTime` is when its person proved who they are, in
 * seconds since the epoch; false where the provider did not say, or where it does not do.
 */
export async function confirmStepUp(
  runtime: Pick<Runtime, "db">,
  session: Readonly<{ account: string; signInId: string; authTime: number | null }>,
  stepUpId: string,
): Promise<boolean> {
  const { account, signInId, authTime } = session;
  if (authTime === null) {
    return false;
  }
  return runtime.db.$transaction(async (tx) => {
    const digest = await markConfirmed(tx, {
      id: stepUpId,
      account,
      signInId,
      authTime,
      skewSeconds: SKEW_SECONDS,
      beganWithinSeconds: BEGAN_WITHIN_SECONDS,
    });
    if (digest === undefined) {
      return false;
    }
    await appendAudit(tx, {
      actor: account,
      action: "session.stepped-up",
      target: account,
      outcome: "done",
      decision: sayDecision({ allowed: true, because: "the provider vouches for a sign-in made for exactly this" }),
      detail: { digest },
    });
    return true;
  });
}

/**
 * Uses up the fresh sign-in that the person made for this digest: once, and at most 5 minutes after it, by the database's
 * clock. Undefined where there is none; the action is then refused with `step_up`. When it was made otherwise.
 */
export function spendStepUp(tx: Tx, stepUp: Readonly<{ account: string; digest: string }>): Promise<Date | undefined> {
  return markSpent(tx, { ...stepUp, freshForSeconds: FRESH_FOR_SECONDS });
}

/** Uses up such a sign-in. Throws GatehouseError `step_up`, naming the digest in its fields, where there is none. */
export async function requireStepUp(tx: Tx, stepUp: Readonly<{ account: string; digest: string }>): Promise<void> {
  if ((await spendStepUp(tx, stepUp)) === undefined) {
    throw new GatehouseError("step_up", "Sign in again for exactly this; nothing has been changed yet.", {
      fields: { digest: stepUp.digest },
    });
  }
}
