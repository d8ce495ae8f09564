import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { nodes } from "./cluster.ts";
import { type Manifest, manifestFolders, objectsToApply, targets } from "./deployment.ts";
import { filesOfCommit } from "./git.ts";
import { createRepository, type Repository } from "./repository.ts";

const probe = (path: string) =>
  z.looseObject({ httpGet: z.strictObject({ path: z.literal(path), port: z.literal("health") }) });
const amounts = z.strictObject({ cpu: z.string(), memory: z.string() });
const labels = z.record(z.string(), z.string());

/** What every Deployment of gravv must have; parsing one is the check. */
const deploymentSchema = z.looseObject({
  kind: z.literal("Deployment"),
  metadata: z.looseObject({ name: z.string(), labels }),
  spec: z.looseObject({
    replicas: z.int().min(2).max(4),
    progressDeadlineSeconds: z.literal(120),
    revisionHistoryLimit: z.literal(5),
    selector: z.strictObject({ matchLabels: labels }),
    strategy: z.strictObject({
      type: z.literal("RollingUpdate"),
      rollingUpdate: z.strictObject({
        maxSurge: z.union([z.int().positive(), z.string().endsWith("%")]),
        maxUnavailable: z.int().nonnegative(),
      }),
    }),
    template: z.looseObject({
      metadata: z.strictObject({ labels }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        topologySpreadConstraints: z.array(z.looseObject({ whenUnsatisfiable: z.literal("ScheduleAnyway") })).min(1),
        containers: z.tuple([
          z.looseObject({
            image: z.string().regex(/^registry\.example\/gravv\/[a-z]+:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/),
            startupProbe: probe("/healthz"),
            readinessProbe: probe("/readyz"),
            livenessProbe: probe("/livez"),
            resources: z.strictObject({ requests: amounts, limits: amounts }),
          }),
        ]),
      }),
    }),
  }),
});
type Deployment = z.infer<typeof deploymentSchema>;

const quotaSchema = z.looseObject({
  metadata: z.looseObject({ name: z.literal("environment") }),
  spec: z.strictObject({ hard: z.record(z.string(), z.string()) }),
});

const budgetSchema = z.looseObject({
  spec: z.looseObject({
    selector: z.strictObject({ matchLabels: labels }),
    minAvailable: z.int().optional(),
    maxUnavailable: z.int().optional(),
  }),
});

const factors: Record<string, number> = { "": 1, m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30 };

function quantity(text: string): number {
  const [, digits, suffix = ""] = /^(\d+)(\w*)$/.exec(text) ?? [];
  return Number(digits) * (factors[suffix] ?? Number.NaN);
}

function surge({ replicas, strategy }: Deployment["spec"]): number {
  const { maxSurge } = strategy.rollingUpdate;
  return typeof maxSurge === "number" ? maxSurge : Math.ceil((Number.parseInt(maxSurge, 10) / 100) * replicas);
}

/** What the environment asks for while every service rolls out at once. */
function atFullSurge(deployments: readonly Deployment[]): Record<string, number> {
  const total: Record<string, number> = { pods: 0 };
  for (const { spec } of deployments) {
    const pods = spec.replicas + surge(spec);
    const [container] = spec.template.spec.containers;
    total.pods = (total.pods ?? 0) + pods;
    for (const kind of ["requests", "limits"] as const) {
      for (const resource of ["cpu", "memory"] as const) {
        const key = `${kind}.${resource}`;
        total[key] = (total[key] ?? 0) + pods * quantity(container.resources[kind][resource]);
      }
    }
  }
  return total;
}

let scratch = "";
let repository: Repository;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gravv-manifests-"));
  repository = await createRepository({ directory: join(scratch, "gravv.git"), now: new Date("2026-03-02T12:00:00Z") });
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

async function manifestsOf(branch: "main" | "dev", environment: string): Promise<Manifest[]> {
  const revision = repository.heads[branch];
  return objectsToApply(await filesOfCommit(repository.directory, revision, manifestFolders(environment)), revision);
}

function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

// Both branches in both environments: what is on dev today runs live tomorrow.
const combinations = targets.flatMap(({ environment }) =>
  (["dev", "main"] as const).map((branch) => ({ branch, environment })),
);

describe.each(combinations)("$branch in $environment", ({ branch, environment }) => {
  let manifests: Manifest[] = [];
  let deployments: Deployment[] = [];

  beforeAll(async () => {
    manifests = await manifestsOf(branch, environment);
    deployments = ofKind(manifests, "Deployment").map((manifest) => deploymentSchema.parse(manifest));
  });

  test("has the eight services with 22 pods", () => {
    const names = deployments.map(({ metadata }) => metadata.name);
    expect(names).toEqual(["deposits", "gateway", "identity", "ledger", "offramp", "onramp", "sweeps", "webhooks"]);
    expect(deployments.reduce((sum, { spec }) => sum + spec.replicas, 0)).toBe(22);
  });

  test("gives every Deployment a Service, a PodDisruptionBudget and a ServiceAccount that select or name it", () => {
    for (const { metadata, spec } of deployments) {
      const named = manifests.filter((manifest) => manifest.metadata.name === metadata.name);
      expect(named.map(({ kind }) => kind).sort(), metadata.name).toEqual([
        "Deployment",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
      ]);
      const budget = budgetSchema.parse(named.find(({ kind }) => kind === "PodDisruptionBudget"));
      expect(budget.spec.selector).toEqual(spec.selector);
      const { minAvailable = 0, maxUnavailable = 1 } = budget.spec;
      expect(minAvailable, "a budget that allows no eviction blocks every drain").toBeLessThan(spec.replicas);
      expect(maxUnavailable).toBeGreaterThan(0);
      expect(spec.template.spec.serviceAccountName).toBe(metadata.name);
    }
  });

  test("labels pods with name, platform, version, team and product, and selects them without the version", () => {
    for (const { metadata, spec } of deployments) {
      const [container] = spec.template.spec.containers;
      const version = /:(.+)@/.exec(container.image)?.[1];
      expect(metadata.labels).toEqual({
        "app.kubernetes.io/name": metadata.name,
        "app.kubernetes.io/part-of": "gravv",
        "app.kubernetes.io/version": version,
        "gravv.example/team": expect.stringMatching(/./),
        "gravv.example/product": expect.stringMatching(/./),
      });
      expect(spec.template.metadata.labels).toEqual(metadata.labels);
      expect(spec.selector.matchLabels).toEqual({
        "app.kubernetes.io/name": metadata.name,
        "app.kubernetes.io/part-of": "gravv",
      });
    }
  });

  test("names each image by the digest that belongs to its version", () => {
    for (const { spec } of deployments) {
      const [, name = "", digest] =
        /^registry\.example\/(.+)@sha256:(.+)$/.exec(spec.template.spec.containers[0].image) ?? [];
      expect(digest, name).toBe(createHash("sha256").update(name).digest("hex"));
    }
  });

  test("has a quota with room for a full surge of everything and at most a quarter more", () => {
    const [quota] = ofKind(manifests, "ResourceQuota").map((manifest) => quotaSchema.parse(manifest));
    for (const [resource, needed] of Object.entries(atFullSurge(deployments))) {
      const hard = quantity(quota?.spec.hard[resource] ?? "");
      expect(hard, resource).toBeGreaterThanOrEqual(needed);
      expect(hard, resource).toBeLessThanOrEqual(needed * 1.25);
    }
  });
});

test("both environments at full surge fit on the nodes while one of them is away", async () => {
  const [sandbox, live] = await Promise.all([manifestsOf("dev", "sandbox"), manifestsOf("main", "live")]);
  const all = ofKind([...sandbox, ...live], "Deployment").map((manifest) => deploymentSchema.parse(manifest));
  const needed = atFullSurge(all);
  const left = nodes.slice(1);

  expect(left.reduce((sum, { cpu }) => sum + quantity(cpu), 0)).toBeGreaterThan(needed["requests.cpu"] ?? 0);
  expect(left.reduce((sum, { memory }) => sum + quantity(memory), 0)).toBeGreaterThan(needed["requests.memory"] ?? 0);
});
