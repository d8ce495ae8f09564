import type { Person, Role } from "#lib/access/model.ts";
import type { BreakGlassRule, PolicyRule } from "#lib/policies/model.ts";

export type Cluster = Readonly<{
  id: string;
  kubeconfigPath: string;
  context: string | undefined;
  /** The groups in whose name people may be impersonated there; undefined where nothing may be changed there at all. */
  impersonatedGroups: readonly string[] | undefined;
}>;

export type Environment = Readonly<{
  /** `<platform>/<environment>` */
  id: string;
  name: string;
  platformId: string;
  tier: "live" | "sandbox";
  clusterId: string;
  namespaces: readonly [string, ...string[]];
  branch: string;
  paths: readonly string[];
  /** The id of the environment whose release is promoted into this one. */
  after: string | undefined;
}>;

export type Platform = Readonly<{
  id: string;
  name: string;
  repositoryUrl: string;
  servicesPath: string;
  revisionAnnotation: string;
  stuckAfterMs: number;
  rolloutDeadlineMs: number;
  environments: readonly Environment[];
}>;

/** Members of any of the groups hold the role in those environments. */
export type RoleGrant = Readonly<{ role: Role; groups: readonly string[]; environments: readonly string[] }>;

/** The OpenID Connect provider that people sign in with. */
export type OidcProvider = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  name: string;
  scopes: readonly string[];
  accountClaim: string;
  groupsClaim: string;
}>;

/** Where checkpoints of the record are written: a folder, or a branch of a Git repository. */
export type CheckpointPlace =
  | Readonly<{ kind: "folder"; path: string }>
  | Readonly<{ kind: "git"; url: string; branch: string }>;

/** How the record is signed. */
export type RecordSettings = Readonly<{
  keyPath: string;
  checkpoints: readonly CheckpointPlace[];
  everyMs: number;
  everyRows: number;
}>;

/** gatehouse.yaml, validated and with its references resolved. */
export type Estate = Readonly<{
  clusters: readonly Cluster[];
  platforms: readonly Platform[];
  /** The accounts of the demo. */
  people: readonly Person[];
  /** Undefined where nobody can sign in but the demo's accounts. */
  oidc: OidcProvider | undefined;
  roleGrants: readonly RoleGrant[];
  policies: readonly PolicyRule[];
  breakGlass: readonly BreakGlassRule[];
  /** Undefined where no checkpoints are written. */
  record: RecordSettings | undefined;
}>;

/** The environment with that id, with its platform; undefined where there is none. */
export function findEnvironment(
  estate: Estate,
  environmentId: string,
): { platform: Platform; environment: Environment } | undefined {
  for (const platform of estate.platforms) {
    const environment = platform.environments.find((one) => one.id === environmentId);
    if (environment !== undefined) {
      return { platform, environment };
    }
  }
  return undefined;
}

/** The platform with that id; undefined where there is none. */
export function findPlatform(estate: Estate, platformId: string): Platform | undefined {
  return estate.platforms.find((one) => one.id === platformId);
}
