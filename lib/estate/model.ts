import type { Person, Role } from "#lib/access/model.ts";
import type { BreakGlassRule, PolicyRule } from "#lib/policies/model.ts";
import type { PostureCode } from "#lib/posture/model.ts";

export type Cluster = Readonly<{
  id: string;
  /** Undefined for the cluster that Gatehouse itself runs in. */
  kubeconfigPath: string | undefined;
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
  /** A cluster's id, or `docker:<host>` for a Compose host. */
  clusterId: string;
  /** Of a Compose host: its projects. */
  namespaces: readonly [string, ...string[]];
  /** Undefined where Gatehouse does not deliver it and only watches it. */
  delivery: Delivery | undefined;
  /** The id of the environment whose release is promoted into this one. */
  after: string | undefined;
  /** Nothing is meant to run there yet. */
  isPlanned: boolean;
  forbiddenPaths: readonly ForbiddenPath[];
  dependencies: readonly Dependency[];
}>;

/** An environment is what lies in these folders of its platform's repository, on this branch. */
export type Delivery = Readonly<{ branch: string; paths: readonly string[] }>;

/** Pods of a namespace; of one service there, where that is given. */
export type Place = Readonly<{ namespace: string; service: string | undefined }>;

/** `outside`: any address out of the cluster. */
export type PathEnd = Place | "outside";

/** Traffic that must not be possible, with the people's own reason. */
export type ForbiddenPath = Readonly<{
  from: PathEnd;
  to: PathEnd;
  /** Undefined: every port but `exceptPorts`. */
  port: number | undefined;
  exceptPorts: readonly number[];
  why: string;
}>;

/** A service that another one needs, as gatehouse.yaml declares it. */
export type Dependency = Readonly<{
  from: Readonly<{ namespace: string; service: string }>;
  to: Readonly<{ namespace: string; service: string }>;
  port: number;
}>;

/** What requested capacity costs. Amounts are decimals as text, such as "0.0316"; the currency is a code of ISO 4217. */
export type Prices = Readonly<{
  currency: string;
  cpuCoreHour: string;
  memoryGiBHour: string;
  /** Undefined where storage has no price. */
  storageGiBMonth: string | undefined;
}>;

/** The keys of the labels by which a platform's people tell workloads apart; undefined where they use none. */
export type PlatformLabels = Readonly<{
  team: string | undefined;
  product: string | undefined;
  /** Says of a CronJob or Job what it is for, such as `backup` or `reconciliation`. */
  role: string;
}>;

export type Platform = Readonly<{
  id: string;
  name: string;
  /** Undefined where Gatehouse does not deliver the platform and only watches it. */
  repository: Readonly<{ url: string; servicesPath: string; triggerTrailers: readonly string[] }> | undefined;
  revisionAnnotation: string | undefined;
  /** What delivers it where Gatehouse does not. */
  pipeline: string | undefined;
  /** Where it stands at which values somebody is told. */
  thresholds: string | undefined;
  /** What it asks of what runs there. */
  posture: readonly PostureCode[];
  labels: PlatformLabels;
  /** Undefined where nothing has a price. */
  prices: Prices | undefined;
  stuckAfterMs: number;
  rolloutDeadlineMs: number;
  environments: readonly Environment[];
}>;

/** A platform and one of its environments which a commit changes. */
export type DeliveredPlatform = Platform & Readonly<{ repository: NonNullable<Platform["repository"]> }>;
export type DeliveredEnvironment = Environment & Readonly<{ delivery: Delivery }>;

/** What stands for a Compose host where other environments have a cluster; its projects stand for namespaces. */
export function composeHostClusterId(hostId: string): string {
  return `${COMPOSE_HOST}${hostId}`;
}

/** Whether what an environment has as its cluster stands for a Compose host. */
export function isComposeHost(clusterId: string): boolean {
  return clusterId.startsWith(COMPOSE_HOST);
}

const COMPOSE_HOST = "docker:";

/** A machine whose containers Docker Compose runs: the Docker Engine's socket here, or its address and who may ask there. */
export type ComposeHost =
  | Readonly<{ id: string; socketPath: string }>
  | Readonly<{
      id: string;
      url: string;
      /** Paths of PEM files. */
      tls: Readonly<{ ca: string; certificate: string; key: string }>;
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

/** Where checkpoints of the record are written: a folder, a branch of a Git repository, or a bucket of an object store. */
export type CheckpointPlace =
  | Readonly<{ kind: "folder"; path: string }>
  | Readonly<{ kind: "git"; url: string; branch: string }>
  | Readonly<{
      kind: "bucket";
      endpoint: string;
      bucket: string;
      region: string;
      /** The checkpoints lie under it and a slash. */
      prefix: string;
      /** The environment variables that hold them; that of the session may be unset. */
      credentials: Readonly<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }>;
    }>;

/** How the record is signed. */
export type RecordSettings = Readonly<{
  keyPath: string;
  /** Where the public keys lie of those it was signed with before. */
  earlierKeyPaths: readonly string[];
  checkpoints: readonly CheckpointPlace[];
  everyMs: number;
  everyRows: number;
}>;

/** gatehouse.yaml, validated and with its references resolved. */
export type Estate = Readonly<{
  clusters: readonly Cluster[];
  composeHosts: readonly ComposeHost[];
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

export function isDeliveredPlatform(platform: Platform): platform is DeliveredPlatform {
  return platform.repository !== undefined;
}

export function isDelivered(environment: Environment): environment is DeliveredEnvironment {
  return environment.delivery !== undefined;
}
