import * as z from "zod";
import { ROLES } from "#lib/access/model.ts";

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
  promotion: z.strictObject({
    approvals: z.int().min(1).max(5),
    /** How long a request may wait for its approvals. */
    expiresAfterMinutes: z.int().min(1).max(10_080).default(240),
  }),
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

const Account = z.strictObject({
  account: Name,
  roles: z.array(z.enum(ROLES)).min(1),
  /** The addresses under which this person commits; an author of a promoted commit may not approve it. */
  emails: z.array(z.email()).default([]),
});

/** gatehouse.yaml. Unknown keys are refused, so that a misspelt one is not silently without effect. */
export const EstateFile = z.strictObject({
  version: z.literal(1),
  clusters: z.array(Cluster).min(1),
  platforms: z.array(Platform).min(1),
  access: z.strictObject({ accounts: z.array(Account).default([]) }).prefault({}),
});

export type EstateFile = z.infer<typeof EstateFile>;
