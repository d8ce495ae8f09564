import * as z from "zod";
import { ROLES } from "#lib/access/model.ts";
import { EXCLUDABLE, GOVERNED_ACTIONS, RUN_MODES } from "#lib/policies/model.ts";
import { ActingName } from "#lib/systems/kubernetes/port.ts";

const Name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "expected lower-case letters, digits and hyphens, at most 63 (RFC 1123)",
  );

const Branch = z.string().regex(/^(?!-)(?!.*\.\.)[A-Za-z0-9._/-]{1,200}$/, "expected a Git branch name");

const RelativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9._/-]{1,400}$/, "expected a path inside the repository");

const Cluster = z.strictObject({
  id: Name,
  /** A kubeconfig file, relative to gatehouse.yaml. */
  kubeconfig: z.string().min(1),
  /** A context in that kubeconfig; its current one where this is left out. */
  context: z.string().min(1).optional(),
  /**
   * Lets people change things in this cluster in their own name, with those of their groups that stand here. Where it is left
   * out, Gatehouse changes nothing in the cluster.
   */
  impersonate: z.strictObject({ groups: z.array(ActingName).min(1) }).optional(),
});

const Environment = z.strictObject({
  id: Name,
  tier: z.enum(["live", "sandbox"]),
  cluster: Name,
  namespaces: z.array(Name).min(1),
  branch: Branch,
  /** The folders of the repository that hold this environment's manifests, in the order they are applied. */
  paths: z.array(RelativePath).min(1),
  /** The environment whose release is promoted into this one. */
  after: Name.optional(),
});

const Platform = z.strictObject({
  id: Name,
  name: z.string().min(1).max(80),
  repository: z.strictObject({
    /** Anything `git clone` takes; a path is relative to gatehouse.yaml. */
    url: z.string().min(1),
    /** The folder that has one folder a service. */
    services: RelativePath,
  }),
  /** The annotation in which the platform's deployment leaves the Git revision it applied. */
  revisionAnnotation: z.string().min(1),
  rollout: z
    .strictObject({
      /** How long a rollout may name the same reason for being stuck before the operation ends as failed. */
      stuckAfterSeconds: z.int().min(5).max(3600).default(60),
      /** How long a rollout may take as a whole. */
      deadlineSeconds: z.int().min(30).max(7200).default(900),
    })
    .prefault({}),
  environments: z.array(Environment).min(1),
});

const GroupName = z.string().min(1).max(200);

/** Environments that something holds in: all, all of a platform, or one. */
const EnvironmentPattern = z
  .string()
  .regex(/^(\*|[a-z0-9-]{1,63}\/(\*|[a-z0-9-]{1,63}))$/, "expected *, <platform>/* or <platform>/<environment>");

/** A person of the demo, who signs in without a password. An author of a promoted commit may not approve it, by any of the addresses. */
const Account = z.strictObject({
  account: Name,
  groups: z.array(GroupName).default([]),
  emails: z.array(z.email()).default([]),
});

/** Over plain HTTP anybody on the way could sign in as anybody. */
const Issuer = z
  .url({ error: "expected the provider's issuer, an address", abort: true })
  .refine(isSafeIssuer, "expected https://");

function isSafeIssuer(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}

/** RFC 6749, section 3.3. */
const Scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected an OAuth scope");
const ClaimName = z.string().min(1).max(200);

/** An OpenID Connect provider; the rest is asked of its discovery document. */
const Oidc = z.strictObject({
  issuer: Issuer,
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** What people call it: "Sign in with …". */
  name: z.string().min(1).max(60),
  scopes: z
    .array(Scope)
    .default(["openid", "profile", "email"])
    .refine((scopes) => scopes.includes("openid"), "expected openid among them (OpenID Connect Core 1.0, 3.1.2.1)"),
  accountClaim: ClaimName.default("preferred_username"),
  groupsClaim: ClaimName.default("groups"),
});

/** Members of these groups hold the role in these environments. */
const RoleGrant = z.strictObject({
  role: z.enum(ROLES),
  groups: z.array(GroupName).min(1),
  environments: z.array(EnvironmentPattern).min(1).default(["*"]),
});

const AgreeingEntry = z.union(
  [
    z.strictObject({ role: z.enum(ROLES), count: z.int().min(1).max(9).default(1) }),
    z.strictObject({ group: GroupName, count: z.int().min(1).max(9).default(1) }),
  ],
  "expected { role, count } or { group, count }",
);

const Instant = z.iso.datetime({ offset: true, error: "expected a time such as 2026-12-18T00:00:00Z (RFC 3339)" });

const Pattern = z.string().min(1).max(200).refine(isPattern, "expected a regular expression such as ^OPS-[0-9]+$");

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}

const PolicyEntry = z.strictObject({
  action: z.enum(GOVERNED_ACTIONS),
  environments: z.array(EnvironmentPattern).min(1),
  /** Roles, any of which may ask. */
  ask: z.array(z.enum(ROLES)).min(1),
  /** All of these must agree, every one of them a different person. */
  agree: z.array(AgreeingEntry).max(9).default([]),
  exclude: z.array(z.enum(EXCLUDABLE)).default([...EXCLUDABLE]),
  stepUp: z.boolean().default(true),
  expiresAfterMinutes: z.int().min(1).max(10_080).default(240),
  run: z.enum(RUN_MODES).default("at-once"),
  ticket: Pattern.optional(),
  freezes: z.array(z.strictObject({ name: z.string().min(1).max(120), from: Instant, to: Instant })).default([]),
});

const BreakGlassEntry = z.strictObject({
  environments: z.array(EnvironmentPattern).min(1),
  who: z.array(z.enum(ROLES)).min(1),
  stepUp: z.boolean().default(true),
  lastsMinutes: z.int().min(1).max(1440).default(60),
  review: z.array(z.enum(ROLES)).min(1),
});

const CheckpointPlaceEntry = z.union(
  [z.strictObject({ folder: z.string().min(1) }), z.strictObject({ git: z.string().min(1), branch: Branch })],
  "expected { folder: a path } or { git: a repository, branch: a branch of its own }",
);

const RecordEntry = z.strictObject({
  /** An Ed25519 private key, PKCS #8 as PEM, relative to gatehouse.yaml. */
  key: z.string().min(1),
  checkpoints: z.array(CheckpointPlaceEntry).min(1, "expected at least one place off the database"),
  everySeconds: z.int().min(1).max(86_400).default(60),
  everyRows: z.int().min(1).max(100_000).default(100),
});

/** gatehouse.yaml. Unknown keys are refused, so that a misspelt one is not silently without effect. */
export const EstateFile = z.strictObject({
  version: z.literal(1),
  clusters: z.array(Cluster).min(1),
  platforms: z.array(Platform).min(1),
  access: z
    .strictObject({
      accounts: z.array(Account).default([]),
      oidc: Oidc.optional(),
      grants: z.array(RoleGrant).default([]),
    })
    .prefault({}),
  policies: z.array(PolicyEntry).default([]),
  breakGlass: z.array(BreakGlassEntry).default([]),
  record: RecordEntry.optional(),
});

export type EstateFile = z.infer<typeof EstateFile>;
