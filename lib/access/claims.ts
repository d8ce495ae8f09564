import * as z from "zod";

/** Who somebody is according to an identity provider, checked. */
export type Identity = Readonly<{
  /** The provider's issuer, or the demo. */
  provider: string;
  /** What the provider calls this person for ever. */
  subject: string;
  account: string;
  /** Addresses that the provider has verified. */
  emails: readonly string[];
  groups: readonly string[];
}>;

/** Which claims hold the account's name and the groups. */
export type ClaimNames = Readonly<{ issuer: string; accountClaim: string; groupsClaim: string }>;

/** `remark` says what of the claims is not usable although the person may sign in. */
export type ClaimsRead =
  | Readonly<{ ok: true; identity: Identity; remark: string | undefined }>
  | Readonly<{ ok: false; account: string; because: string }>;

const NOBODY = "nobody";
const MOST_GROUPS = 1000;

/**
 * An account's name as it stands on the record. It has no colon, so that nobody can be called `system:…`; capitals are
 * lowered, since a person whom a provider spells in two ways would be two people who could approve each other.
 */
export const AccountName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,63}$/, "expected 1 to 64 letters, digits, or . _ @ + - after the first")
  .refine((name) => name !== NOBODY, "is the word for somebody who is not signed in");

/** OpenID Connect Core 1.0, section 2: at most 255 ASCII characters. */
export const Subject = z.string().regex(/^[\x20-\x7e]{1,255}$/);
/** OpenID Connect Core 1.0, section 5.1 has a boolean; some providers send it as a word. */
const Verified = z.union([z.literal(true), z.literal("true")]);
export const ProviderSession = z.string().min(1).max(255);
const Group = z.string().min(1).max(200);
const Groups = z.union([Group.transform((group) => [group]), z.array(Group).max(MOST_GROUPS)]);
const Claims = z.record(z.string(), z.unknown());

/** Reads who somebody is off the claims of an id_token and of userinfo. */
export function readClaims(claims: unknown, names: ClaimNames): ClaimsRead {
  const held = Claims.safeParse(claims).data ?? {};
  const name = AccountName.safeParse(held[names.accountClaim]);
  const subject = Subject.safeParse(held.sub);
  if (!name.success || !subject.success) {
    return {
      ok: false,
      account: nameForRecord(held[names.accountClaim]),
      because: name.success
        ? "The provider does not say which of its people this is (claim sub)."
        : `The claim ${names.accountClaim} holds no name that can be used here: ${name.error.issues[0]?.message}.`,
    };
  }
  const groups = Groups.safeParse(held[names.groupsClaim]);
  return {
    ok: true,
    remark: groups.success
      ? undefined
      : `the claim ${names.groupsClaim} is neither a list of group names nor one, so no groups are known`,
    identity: {
      provider: names.issuer,
      subject: subject.data,
      account: name.data,
      emails: verifiedAddress(held),
      groups: [...new Set(groups.data ?? [])],
    },
  };
}

/** An address that nobody verified is anybody's: it could make an author of somebody else, or none of oneself. */
function verifiedAddress(claims: Readonly<Record<string, unknown>>): string[] {
  const address = z.email().safeParse(claims.email);
  return address.success && Verified.safeParse(claims.email_verified).success ? [address.data.toLowerCase()] : [];
}

/** What somebody calls themselves, in a form that may stand on the record. */
export function nameForRecord(name: unknown): string {
  const parsed = AccountName.safeParse(name);
  return parsed.success ? parsed.data : "-";
}

/** When the person last proved who they are, in seconds since the epoch; undefined where the provider does not say. */
export function authTimeOf(claims: unknown): number | undefined {
  return z.object({ auth_time: z.int().positive() }).safeParse(claims).data?.auth_time;
}

/** What the provider calls its own session, by which it may end it; undefined where it does not say. */
export function providerSessionOf(claims: unknown): string | undefined {
  return z.object({ sid: ProviderSession }).safeParse(claims).data?.sid;
}
