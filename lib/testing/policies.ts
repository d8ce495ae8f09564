import type { Policy } from "#lib/policies/model.ts";

/** One operator who neither asked nor wrote it must agree to a promotion; it starts at once. */
export const PROMOTION_POLICY: Policy = {
  ask: ["developer", "operator"],
  agree: [{ kind: "role", name: "operator", count: 1 }],
  exclude: ["requester", "authors"],
  stepUp: false,
  expiresAfterMs: 240 * 60_000,
  run: "at-once",
  tickets: [],
  freezes: [],
};

/** An operator rolls back alone. */
export const ROLLBACK_POLICY: Policy = { ...PROMOTION_POLICY, ask: ["operator"], agree: [] };

/** Operators break the glass of live for an hour, and review one another. */
export const GLASS_RULE = {
  environments: ["gravv/live"],
  who: ["operator"],
  stepUp: false,
  lastsMs: 3_600_000,
  review: ["operator"],
} as const;

/** An identity provider as gatehouse.yaml names one. */
export const OIDC = {
  issuer: "https://id.example",
  clientId: "gatehouse",
  clientSecret: "secret",
  name: "ID",
  scopes: ["openid"],
  accountClaim: "preferred_username",
  groupsClaim: "groups",
} as const;
