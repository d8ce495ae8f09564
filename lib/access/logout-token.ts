import "server-only";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import * as z from "zod";
import type { OidcProvider } from "#lib/estate/model.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { ProviderSession, Subject } from "./claims.ts";

const PROVIDER_TIMEOUT_MS = 5000;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** Signed with a key of the provider's own; a secret that both sides know would let either say it. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** As long after its signing as the clocks of both and the way may take. */
const OLDEST_SECONDS = 120;
const SKEW_SECONDS = 5;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
/** OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6: an id_token has a nonce or no such event, so none passes for this. */
const LogoutClaims = z
  .object({
    sub: Subject.optional(),
    sid: ProviderSession.optional(),
    jti: z.string().min(1),
    events: z.object({ [LOGOUT_EVENT]: z.looseObject({}) }),
    nonce: z.never().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined);

/** Whose sessions a provider has ended: all of a person's, or its own session of that name. */
export type ProviderLogout = Readonly<{ subject: string | undefined; providerSession: string | undefined }>;

/**
 * Reads a logout token, having checked it by the keys that the provider publishes. Throws GatehouseError: invalid where it is
 * not to be trusted, unavailable where the provider does not say its keys.
 */
export async function readLogoutToken(
  { issuer, clientId }: Pick<OidcProvider, "issuer" | "clientId">,
  token: string,
): Promise<ProviderLogout> {
  const provider = await discover(issuer);
  const keys = createRemoteJWKSet(new URL(provider.jwks_uri), { timeoutDuration: PROVIDER_TIMEOUT_MS });
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: provider.issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      maxTokenAge: OLDEST_SECONDS,
      clockTolerance: SKEW_SECONDS,
    });
    const { sub, sid } = LogoutClaims.parse(payload);
    return { subject: sub, providerSession: sid };
  } catch (cause) {
    if ((cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout)) || cause instanceof z.ZodError) {
      throw new GatehouseError("invalid", "The logout token cannot be trusted. No session was ended.", { cause });
    }
    throw unavailable(cause);
  }
}

async function discover(issuer: string): Promise<z.infer<typeof Discovery>> {
  try {
    const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MS),
    });
    return Discovery.parse(await response.json());
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): GatehouseError {
  return new GatehouseError("unavailable", "The identity provider does not say its keys. No session was ended.", {
    cause,
  });
}
