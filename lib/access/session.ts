import "server-only";
import { headers } from "next/headers";
import type { NextAuthOptions } from "next-auth";
import { getServerSession } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import type { OAuthConfig } from "next-auth/providers/oauth";
import * as z from "zod";
import type { OidcProvider } from "#lib/estate/model.ts";
import { SOURCE_HEADER } from "#lib/limits/source.ts";
import { within } from "#lib/platform/deadline.ts";
import { env } from "#lib/platform/env.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { SIGN_IN_PATH } from "#lib/routes.ts";
import { authTimeOf, providerSessionOf, readClaims } from "./claims.ts";
import type { Person } from "./model.ts";
import { ownPath } from "./origin.ts";
import { DEMO, isDemo, personNow } from "./people.ts";
import { admit, beginSession, recordRefusedSignIn } from "./sign-ins.ts";
import { findBySubject, findSignedIn } from "./store.ts";

/** After this one signs in again, whatever one did meanwhile; a group that was taken away lasts no longer than that. */
const SESSION_SECONDS = 8 * 60 * 60;
const PROVIDER_TIMEOUT_MS = 5000;
const LOOK_UP_MS = 10_000;
const LOOK_UP_LATE = "The database does not say in time who you are. Nothing was changed; try again in a moment.";
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** The id of the OpenID Connect provider at next-auth's routes. */
const OIDC = "oidc";

/** What the cookie holds; who that is and what they may do is looked up at each request. */
const Session = z.object({
  /** The session's, which one may sign out of: it stays the same when its person signs in again. */
  id: z.string(),
  signInId: z.string(),
  account: z.string(),
  sessionVersion: z.int(),
  /** When the person last proved who they are, in seconds since the epoch; null where the provider did not say. */
  authTime: z.number().nullable(),
  signedInAt: z.int(),
});
export type Session = Readonly<z.infer<typeof Session>>;

export type SessionRuntime = Pick<Runtime, "estate" | "db" | "clock" | "log">;

/** next-auth's options, for its own routes and for reading its cookie. */
export function authOptions(runtime: SessionRuntime): NextAuthOptions {
  const { estate, log } = runtime;
  return {
    secret: sessionSecret(),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    pages: { signIn: SIGN_IN_PATH, error: SIGN_IN_PATH },
    providers: [
      ...(isDemo() ? [demoProvider(runtime)] : []),
      ...(estate.oidc === undefined ? [] : [oidcProvider(estate.oidc)]),
    ],
    callbacks: {
      async signIn({ account, profile, user }) {
        const refusal = await admit(runtime, readSignIn(runtime, account?.provider, user.id, profile)).catch(
          (failure: unknown) => {
            // next-auth would put what is thrown here into an address.
            log.error({ failure: describeFailure(failure) }, "a sign-in failed");
            return "Unavailable" as const;
          },
        );
        return refusal === undefined ? true : ownPath(`${SIGN_IN_PATH}?error=${refusal}`, publicUrl()).href;
      },
      async jwt({ token, trigger, account, profile, user }) {
        if (trigger !== "signIn") {
          return token;
        }
        const session = await newSession(runtime, account?.provider, user.id, profile);
        return { ...session, name: session.account };
      },
      session({ session, token }) {
        return { expires: session.expires, user: { name: token.name ?? null }, ...Session.safeParse(token).data };
      },
    },
    logger: {
      error: (code, metadata) => log.warn({ code, failure: describeFailure(failureIn(metadata)) }, "next-auth"),
      warn: (code) => log.debug({ code }, "next-auth"),
      debug: () => undefined,
    },
  };
}

/** next-auth wraps a failure together with what it was at, tokens among it; only the failure is ours to log. */
function failureIn(metadata: unknown): unknown {
  return typeof metadata === "object" && metadata !== null && "error" in metadata ? metadata.error : metadata;
}

function sessionSecret(): string {
  const secret = env().NEXTAUTH_SECRET;
  if (secret === undefined) {
    throw new Error("NEXTAUTH_SECRET is not set. Set it to at least 32 random characters, the same on every replica.");
  }
  return secret;
}

/** The address people open. Throws when it is not set. */
export function publicUrl(): string {
  const url = env().NEXTAUTH_URL;
  if (url === undefined) {
    throw new Error("NEXTAUTH_URL is not set. Set it to the address people open, such as https://gatehouse.example.");
  }
  return url;
}

/** The demo's accounts: a name and no password, so only for someone at this very machine. */
function demoProvider(runtime: SessionRuntime) {
  return CredentialsProvider({
    id: DEMO,
    name: "Demo account",
    credentials: { account: { label: "Account", type: "text" } },
    async authorize(credentials, request) {
      const host: unknown = request.headers?.host;
      const person = runtime.estate.people.find(({ account }) => account === credentials?.account);
      if (person === undefined || typeof host !== "string" || !LOOPBACK.test(host)) {
        await recordRefusedSignIn(runtime, {
          name: credentials?.account,
          because:
            person === undefined
              ? "The demo has no such account."
              : "The demo's accounts work only on this machine's own address.",
        });
        return null;
      }
      return { id: person.account, name: person.account };
    },
  });
}

/**
 * Any OpenID Connect provider, by its discovery document. next-auth's client checks the id_token's signature, issuer,
 * audience, expiry and nonce, and the state and PKCE of the exchange (OpenID Connect Core 1.0, 3.1.3.7; RFC 7636).
 */
function oidcProvider({ issuer, clientId, clientSecret, name, scopes }: OidcProvider): OAuthConfig<unknown> {
  return {
    id: OIDC,
    name,
    type: "oauth",
    wellKnown: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    authorization: { params: { scope: scopes.join(" ") } },
    clientId,
    clientSecret,
    checks: ["pkce", "state", "nonce"],
    idToken: true,
    httpOptions: { timeout: PROVIDER_TIMEOUT_MS },
    userinfo: {
      /** Many providers tell the groups at userinfo alone; what both tell, the signed id_token tells. */
      async request({ client, tokens }) {
        const claims: Record<string, unknown> = typeof tokens.claims === "function" ? tokens.claims() : {};
        const { access_token: accessToken } = tokens;
        if (client.issuer.metadata.userinfo_endpoint === undefined || accessToken === undefined) {
          return claims;
        }
        const userinfo = await client.userinfo(accessToken);
        if (userinfo.sub !== claims.sub) {
          throw new Error("userinfo is about somebody else than the id_token (OpenID Connect Core 1.0, 5.3.2)");
        }
        return { ...userinfo, ...claims };
      },
    },
    profile: (claims) => ({ id: z.object({ sub: z.string() }).parse(claims).sub }),
  };
}

/** Who signs in, whichever way. */
function readSignIn({ estate }: SessionRuntime, provider: string | undefined, userId: string, claims: unknown) {
  if (provider === OIDC && estate.oidc !== undefined) {
    return readClaims(claims, estate.oidc);
  }
  const person = estate.people.find(({ account }) => account === userId);
  if (provider !== DEMO || person === undefined) {
    return { ok: false as const, account: "-", because: "There is no such way to sign in." };
  }
  const { account, emails, groups } = person;
  return {
    ok: true as const,
    remark: undefined,
    identity: { provider: DEMO, subject: account, account, emails, groups },
  };
}

async function newSession(
  runtime: SessionRuntime,
  provider: string | undefined,
  userId: string,
  claims: unknown,
): Promise<Session> {
  const read = readSignIn(runtime, provider, userId, claims);
  const stored = read.ok ? await findBySubject(runtime.db, read.identity) : undefined;
  if (stored === undefined) {
    throw new Error("somebody who was admitted is not on record");
  }
  const now = runtime.clock().getTime() / 1000;
  const { id, signInId } = await beginSession(runtime, {
    account: stored.account,
    providerSession: providerSessionOf(claims) ?? null,
    before: await currentSession(runtime),
    lastsSeconds: SESSION_SECONDS,
  });
  return {
    id,
    signInId,
    account: stored.account,
    sessionVersion: stored.sessionVersion,
    authTime: provider === DEMO ? now : (authTimeOf(claims) ?? null),
    signedInAt: Math.floor(now),
  };
}

/** The session that the request's cookie claims; `personOf` says whether it still holds. */
export async function currentSession(runtime: SessionRuntime): Promise<Session | undefined> {
  return Session.safeParse(await getServerSession(authOptions(runtime))).data;
}

/**
 * Whose session it is; undefined where it has been ended or is over, or the account is not known any more. Throws GatehouseError
 * `timed_out` where the database does not say so in time.
 */
export async function personOf(runtime: SessionRuntime, session: Session): Promise<Person | undefined> {
  return (await peopleOf(runtime, [session])).get(session.signInId);
}

/** Whose sessions they are, by the ids of their sign-ins, as personOf says it of one. */
export async function peopleOf(
  runtime: SessionRuntime,
  sessions: readonly Session[],
): Promise<ReadonlyMap<string, Person>> {
  const oldest = runtime.clock().getTime() / 1000 - SESSION_SECONDS;
  const lasting = sessions.filter(({ signedInAt }) => signedInAt >= oldest);
  const stored = await within(LOOK_UP_MS, LOOK_UP_LATE, findSignedIn(runtime.db, lasting));
  return new Map(
    [...stored].flatMap(([id, account]) => {
      const person = personNow(runtime, account);
      return person === undefined ? [] : [[id, person]];
    }),
  );
}

/** Who is signed in; undefined for nobody. One query, made anew for every action, read and page. */
export async function signedInPerson(runtime: SessionRuntime): Promise<Person | undefined> {
  const session = await currentSession(runtime);
  return session === undefined ? undefined : personOf(runtime, session);
}

/** The Origin header of the request being answered. */
export async function requestOrigin(): Promise<string | null> {
  return (await headers()).get("origin");
}

/** The address that the request being answered comes from; the same word for all where it is not known. */
export async function requestSource(): Promise<string> {
  return (await headers()).get(SOURCE_HEADER) ?? "unknown";
}
