import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { SignIn } from "#components/console/sign-in.tsx";
import { rolesAnywhere } from "#lib/access/policy.ts";
import { signedInPerson } from "#lib/access/session.ts";
import { env } from "#lib/platform/env.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";
import { OVERVIEW_PATH, type PageQuery } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

export default async function SignInPage({ searchParams }: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  const runtime = await currentRuntime();
  const { error } = await searchParams;
  if (error === undefined && (await signedInPerson(runtime)) !== undefined) {
    redirect(OVERVIEW_PATH);
  }
  const { estate } = runtime;
  return (
    <SignIn
      accounts={
        env().GATEHOUSE_DEMO === "1"
          ? estate.people.map((person) => ({ account: person.account, roles: rolesAnywhere(person) }))
          : []
      }
      provider={estate.oidc?.name}
      failed={typeof error === "string" ? error : undefined}
    />
  );
}
