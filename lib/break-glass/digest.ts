import "server-only";
import { digestOf } from "#lib/platform/digest.ts";
import type { BreakGlassRule } from "#lib/policies/model.ts";

/** SHA-256 of what breaking a glass lets somebody do: where, and by which rule. A fresh sign-in for it is made for exactly this. */
export function glassDigest(environmentId: string, rule: BreakGlassRule): string {
  return digestOf({ action: "break-glass", environment: environmentId, rule });
}
