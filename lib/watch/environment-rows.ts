import "server-only";
import { glassDigest } from "#lib/break-glass/digest.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { Environment, Estate, Platform } from "#lib/estate/model.ts";
import { breakGlassFor, policyFor } from "#lib/policies/policy.ts";

/** What Git says of an environment, kept beside what the cluster says. */
export type EnvironmentHead = Readonly<{
  head: string | null;
  behind: number | null;
  /** By service: commits of the environment before that are not here. */
  services: ReadonlyMap<string, { commits: number; migrations: number }>;
}>;

/** The row of an environment: what gatehouse.yaml and Git say of it. */
export function environmentRow(
  platform: Platform,
  environment: Environment,
  head: EnvironmentHead | undefined,
  rules: Pick<Estate, "policies" | "breakGlass">,
): EnvironmentRow {
  const glass = breakGlassFor(rules.breakGlass, environment.id);
  return {
    id: environment.id,
    platform: platform.id,
    platformName: platform.name,
    name: environment.name,
    tier: environment.tier,
    cluster: environment.clusterId,
    namespaces: environment.namespaces,
    branch: environment.delivery?.branch ?? null,
    head: head?.head ?? null,
    after: environment.after ?? null,
    isPlanned: environment.isPlanned,
    behind: head?.behind ?? null,
    policies: {
      promotion: policyFor(rules.policies, "promotion", environment.id),
      rollback: policyFor(rules.policies, "rollback", environment.id),
      restart: policyFor(rules.policies, "restart", environment.id),
    },
    breakGlass: glass === null ? null : { ...glass, digest: glassDigest(environment.id, glass) },
  };
}
