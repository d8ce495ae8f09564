import "server-only";
import { appendAudit } from "#lib/audit/store.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Person } from "./model.ts";
import { mayEndSessionsOf, refuseUnless } from "./policy.ts";
import type { EndSessionsInput } from "./schema.ts";
import { raiseSessionVersion } from "./store.ts";

/** Ends every session of an account, everywhere and at once. Throws GatehouseError: not_allowed, not_found. */
export async function endSessions(
  runtime: Pick<Runtime, "db">,
  person: Person,
  { account, reason }: EndSessionsInput,
): Promise<null> {
  const decision = mayEndSessionsOf(person, account);
  refuseUnless(decision);
  await runtime.db.$transaction(async (tx) => {
    if (!(await raiseSessionVersion(tx, account))) {
      throw new GatehouseError("not_found", `${account} has never signed in. No session was ended.`);
    }
    await appendAudit(tx, {
      actor: person.account,
      action: "sessions.ended",
      target: account,
      outcome: "done",
      detail: { reason, allowed: decision.because },
    });
  });
  return null;
}
