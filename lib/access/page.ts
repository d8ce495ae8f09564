import "server-only";
import { redirect } from "next/navigation";
import { recordRefusedRead, type SensitiveRead } from "#lib/audit/refusals.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";
import { NO_ROLE_PATH, SIGN_IN_PATH } from "#lib/routes.ts";
import type { Person } from "./model.ts";
import { may } from "./policy.ts";
import { requestSource, signedInPerson } from "./session.ts";

/**
 * Who looks at a page, with this process's runtime; nobody is sent to sign in, and whoever has no role
 * is told so. Every page asks for itself: Next renders a
 * layout once and then only the pages under it, so a layout's check does not guard them.
 */
export async function pageVisitor(): Promise<{ runtime: Runtime; person: Person }> {
  const runtime = await currentRuntime();
  const person = await signedInPerson(runtime);
  if (person === undefined) {
    redirect(SIGN_IN_PATH);
  }
  if (!may(person, "estate.read").allowed) {
    redirect(NO_ROLE_PATH);
  }
  return { runtime, person };
}

/** Puts on record that somebody was denied a page that says much about people. */
export async function recordRefusedPage(
  runtime: Runtime,
  person: Person,
  read: SensitiveRead,
  because: string,
): Promise<void> {
  const who = { actor: person.account, source: await requestSource() };
  await recordRefusedRead(runtime, read, who, { code: "not_allowed", message: because });
}
