import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { SignIn } from "#components/console/sign-in.tsx";
import { rolesAnywhere } from "#lib/access/policy.ts";
import { signedInPerson } from "#lib/access/session.ts";
import { env } from "#lib/platform/env.ts";
import { runtime as currentRuntime } from "#lib/platform/wiring.ts";
import { OVERVIEW_PATH } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

type SignInPageProps = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>;

export default async function SignInPage({ searchParams }: SignInPageProps): Promise<ReactNode> {
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
