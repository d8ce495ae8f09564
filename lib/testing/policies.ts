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
