import * as z from "zod";
import { ROLES } from "#lib/access/model.ts";
import { EXCLUDABLE, GOVERNED_ACTIONS, RUN_MODES } from "#lib/policies/model.ts";
import { POSTURE_CODES } from "#lib/posture/model.ts";
import { TRIGGER_TRAILERS } from "#lib/systems/git/port.ts";
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

const TrailerName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,60}$/, "expected a trailer's name such as Triggered-by");

const Cluster = z
  .strictObject({
    id: Name,
    /** A kubeconfig file, relative to gatehouse.yaml. */
    kubeconfig: z.string().min(1).optional(),
    /** A context in that kubeconfig; its current one where this is left out. */
    context: z.string().min(1).optional(),
    /** In place of a kubeconfig: the cluster that Gatehouse itself runs in, as the service account of its pod. */
    inCluster: z.literal(true).optional(),
    /**
     * Lets people change things in this cluster in their own name, with those of their groups that stand here. Where it is left
     * out, Gatehouse changes nothing in the cluster.
     */
    impersonate: z.strictObject({ groups: z.array(ActingName).min(1) }).optional(),
  })
  .refine(
    ({ kubeconfig, inCluster }) => (kubeconfig === undefined) !== (inCluster === undefined),
    "expected either a kubeconfig or inCluster: true",
  )
  .refine(({ kubeconfig, context }) => context === undefined || kubeconfig !== undefined, {
    path: ["context"],
    error: "expected a context only beside a kubeconfig",
  });

const Port = z.int().min(1).max(65_535);

/** Pods of a namespace or of one of its services, or (`outside`) any address out of the cluster. */
const PathEnd = z
  .string()
  .regex(/^[a-z0-9-]{1,63}(\/[a-z0-9-]{1,63})?$/, "expected outside, <namespace> or <namespace>/<service>");

const ServicePlace = z.string().regex(/^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/, "expected <namespace>/<service>");

/** Traffic that must not be possible, whatever the NetworkPolicies say. */
const ForbiddenPath = z
  .strictObject({
    from: PathEnd,
    to: PathEnd,
    /** Where it is left out, every port but `exceptPorts`. */
    port: Port.optional(),
    exceptPorts: z.array(Port).min(1).optional(),
    why: z.string().min(1).max(200),
  })
  .refine((path) => path.port === undefined || path.exceptPorts === undefined, {
    path: ["exceptPorts"],
    error: "expected either port or exceptPorts, not both",
  });

/** A service that another one needs, where no environment variable of it says so. */
const Dependency = z.strictObject({ from: ServicePlace, to: ServicePlace, port: Port });

const Environment = z
  .strictObject({
    id: Name,
    tier: z.enum(["live", "sandbox"]),
    /** Where it runs: namespaces of a cluster, or projects of a Compose host. */
    cluster: Name.optional(),
    namespaces: z.array(Name).min(1).optional(),
    composeHost: Name.optional(),
    projects: z.array(Name).min(1).optional(),
    /** Left out, like `paths`, where Gatehouse does not deliver the environment and only watches it. */
    branch: Branch.optional(),
    /** The folders of the repository that hold this environment's manifests, in the order they are applied. */
    paths: z.array(RelativePath).min(1).optional(),
    /** The environment whose release is promoted into this one. */
    after: Name.optional(),
    /** Nothing runs there yet, and nobody need be told so. */
    planned: z.boolean().default(false),
    forbiddenPaths: z.array(ForbiddenPath).default([]),
    dependencies: z.array(Dependency).default([]),
  })
  .refine(
    ({ cluster, namespaces, composeHost, projects }) =>
      (cluster !== undefined && namespaces !== undefined && composeHost === undefined && projects === undefined) ||
      (cluster === undefined && namespaces === undefined && composeHost !== undefined && projects !== undefined),
    "expected cluster and namespaces, or composeHost and projects",
  );

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LabelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    "expected a label's key, such as example.com/team",
  );

/** Money stays text: a YAML number would be rounded in binary. */
const Decimal = z
  .string({ error: 'expected an amount in quotes, such as "0.0316"' })
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'expected an amount such as "0.0316"');

/** What requested capacity costs. */
const Prices = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "expected a currency code such as USD (ISO 4217)"),
  cpuCoreHour: Decimal,
  memoryGiBHour: Decimal,
  storageGiBMonth: Decimal.optional(),
});

const Words = z.string().trim().min(1, "expected a few words").max(200, "expected at most 200 characters");

const Platform = z.strictObject({
  id: Name,
  name: z.string().min(1).max(80),
  /** Left out where Gatehouse does not deliver the platform and only watches it. */
  repository: z
    .strictObject({
      /** Anything `git clone` takes; a path is relative to gatehouse.yaml. */
      url: z.string().min(1),
      /** The folder that has one folder a service. */
      services: RelativePath,
      /** The trailers of a commit that name who had a bot write it. */
      triggerTrailers: z
        .array(TrailerName)
        .min(1)
        .default([...TRIGGER_TRAILERS]),
    })
    .optional(),
  /** The annotation in which the platform's deployment leaves the Git revision it applied. */
  revisionAnnotation: z.string().min(1).optional(),
  /** What delivers it where Gatehouse does not, in words: "Argo CD, https://argo.example". */
  pipeline: Words.optional(),
  /** Where it stands at which values somebody is told, in words: "Prometheus rules, to PagerDuty and Slack". */
  thresholds: Words.optional(),
  /** What it asks of what runs there, where `usual` stands for all that is asked where nothing is said. */
  posture: z.array(z.enum(["usual", ...POSTURE_CODES])).default(["usual"]),
  /** The labels by which its people tell workloads apart. */
  labels: z
    .strictObject({
      team: LabelKey.optional(),
      product: LabelKey.optional(),
      /** Says of a CronJob or Job what it is for, such as `backup` or `reconciliation`. */
      role: LabelKey.default("gatehouse.dev/role"),
    })
    .prefault({}),
  prices: Prices.optional(),
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

/** A machine whose containers Docker Compose runs, reached by the Docker Engine API. */
const ComposeHost = z.union(
  [
    z.strictObject({
      id: Name,
      /** The socket of the Docker Engine on this machine. */
      socket: z.string().min(1),
    }),
    z.strictObject({
      id: Name,
      url: z.url({ protocol: /^https$/, error: "expected https://" }),
      /** Files in PEM, relative to gatehouse.yaml. */
      tls: z.strictObject({ ca: z.string().min(1), certificate: z.string().min(1), key: z.string().min(1) }),
    }),
  ],
  "expected { id, socket } or { id, url, tls: { ca, certificate, key } }",
);

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
  .refine(isSafeAddress, "expected https://");

function isSafeAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address);
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

/** The name and never the value: an access key itself, which is written with the same letters, is refused. */
const VariableName = z
  .string()
  .regex(
    /^(?!A[A-Z]{2}A[A-Z0-9]{16}$)[A-Z_][A-Z0-9_]{0,99}$/,
    "expected the name of an environment variable, and no secret itself",
  );

const Endpoint = z.string().superRefine((address, context) => {
  const wanted = wantedOfEndpoint(address);
  if (wanted !== undefined) {
    // Goes on, because of a union only the kind that was meant is then told of.
    context.addIssue({ code: "custom", message: wanted, continue: true });
  }
});

/** What an object store's address is not and should be; undefined where it is right. */
function wantedOfEndpoint(address: string): string | undefined {
  if (!URL.canParse(address)) {
    return "expected the store's address, such as https://s3.example.com";
  }
  if (!isSafeAddress(address)) {
    return "expected https://, or http:// on loopback";
  }
  const { origin, href } = new URL(address);
  return href === `${origin}/` ? undefined : "expected an address without a path";
}

/** A bucket of any object store that speaks S3. */
const BucketEntry = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9]$/,
      "expected a bucket's name: lower-case letters, digits, hyphens and dots",
    ),
  region: z.string().regex(/^[a-z0-9-]{1,40}$/, "expected a region such as eu-central-1"),
  /** Where it is left out, that of AWS in the region. */
  endpoint: Endpoint.optional(),
  /** What the checkpoints' keys begin with, before a slash. */
  prefix: z
    .string()
    .regex(
      /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
      "expected a prefix such as gravv/checkpoints",
    )
    .max(200)
    .default("checkpoints"),
  /** Environment variables by their names; where it is left out, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. */
  credentials: z
    .strictObject({
      accessKeyIdFrom: VariableName,
      secretAccessKeyFrom: VariableName,
      sessionTokenFrom: VariableName.optional(),
    })
    .optional(),
});

const CheckpointPlaceEntry = z.union(
  [
    z.strictObject({ folder: z.string().min(1) }),
    z.strictObject({ git: z.string().min(1), branch: Branch }),
    BucketEntry,
  ],
  "expected { folder: a path } or { git: a repository, branch: a branch of its own } or { bucket: a name, region: its region } with endpoint, prefix and credentials as they are needed",
);

const RecordEntry = z.strictObject({
  /** An Ed25519 private key, PKCS #8 as PEM, relative to gatehouse.yaml. */
  key: z.string().min(1),
  /** The public ones of keys that were used before, as PEM, relative to gatehouse.yaml. */
  earlierKeys: z.array(z.string().min(1)).default([]),
  checkpoints: z.array(CheckpointPlaceEntry).min(1, "expected at least one place off the database"),
  everySeconds: z.int().min(1).max(86_400).default(60),
  everyRows: z.int().min(1).max(100_000).default(100),
});

/** gatehouse.yaml. Unknown keys are refused, so that a misspelt one is not silently without effect. */
export const EstateFile = z.strictObject({
  version: z.literal(1),
  clusters: z.array(Cluster).min(1),
  composeHosts: z.array(ComposeHost).default([]),
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
