import "server-only";
import { headers } from "next/headers";
import type { NextAuthOptions } from "next-auth";
import { getServerSession } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import * as z from "zod";
import type { Estate } from "#lib/estate/model.ts";
import { env } from "#lib/platform/env.ts";
import type { Person } from "./model.ts";

const SESSION_SECONDS = 8 * 60 * 60;
const DemoCredentials = z.object({ account: z.string().min(1).max(63) });
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * next-auth's options. The session holds the account's name alone; what it may do is looked up anew at each request, so a
 * role that is taken away is gone at once. OIDC providers join the list here.
 */
export function authOptions(estate: Estate): NextAuthOptions {
  return {
    secret: sessionSecret(),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    pages: { signIn: "/signin" },
    providers: env().GATEHOUSE_DEMO === "1" ? [demoProvider(estate)] : [],
    callbacks: {
      jwt({ token, user }) {
        return user === undefined ? token : { ...token, name: user.id };
      },
      session({ session, token }) {
        return { ...session, user: { name: token.name ?? null } };
      },
    },
  };
}

function sessionSecret(): string {
  const secret = env().NEXTAUTH_SECRET;
  if (secret === undefined) {
    throw new Error("NEXTAUTH_SECRET is not set. Set it to at least 32 random characters, the same on every replica.");
  }
  return secret;
}

/** The demo's accounts: a name and no password, so only for someone at this very machine. */
function demoProvider(estate: Estate) {
  return CredentialsProvider({
    id: "demo",
    name: "Demo account",
    credentials: { account: { label: "Account", type: "text" } },
    authorize(credentials, request) {
      const parsed = DemoCredentials.safeParse(credentials);
      const host: unknown = request.headers?.host;
      if (!parsed.success || typeof host !== "string" || !LOOPBACK.test(host)) {
        return null;
      }
      const person = findPerson(estate, parsed.data.account);
      return person === undefined ? null : { id: person.account, name: person.account };
    },
  });
}

/** The person with that account; undefined where gatehouse.yaml names none. */
export function findPerson(estate: Estate, account: string): Person | undefined {
  return estate.people.find((person) => person.account === account);
}

/** Who is signed in; undefined for nobody, and for an account that is no longer in gatehouse.yaml. */
export async function signedInPerson(estate: Estate): Promise<Person | undefined> {
  const session = await getServerSession(authOptions(estate));
  const account = session?.user?.name;
  return typeof account === "string" ? findPerson(estate, account) : undefined;
}

/** The Origin header of the request being answered. */
export async function requestOrigin(): Promise<string | null> {
  return (await headers()).get("origin");
}
