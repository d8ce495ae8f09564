import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { NoRole } from "#components/access/no-role.tsx";
import { may } from "#lib/access/policy.ts";
import { signedInPerson } from "#lib/access/session.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";
import { OVERVIEW_PATH, SIGN_IN_PATH } from "#lib/routes.ts";

export const metadata: Metadata = { title: "No role" };
export const dynamic = "force-dynamic";

export default async function NoRolePage(): Promise<ReactNode> {
  const person = await signedInPerson(await currentRuntime());
  if (person === undefined) {
    redirect(SIGN_IN_PATH);
  }
  if (may(person, "estate.read").allowed) {
    redirect(OVERVIEW_PATH);
  }
  return <NoRole account={person.account} groups={person.groups} />;
}
