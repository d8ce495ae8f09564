import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import pino from "pino";
import { createAccessDoubts } from "#lib/access/doubts.ts";
import type { Person, Role } from "#lib/access/model.ts";
import type { Workload } from "#lib/clusters/model.ts";
import { type Environment, type Estate, findEnvironment } from "#lib/estate/model.ts";
import { createLimiter } from "#lib/limits/limiter.ts";
import { stepNames } from "#lib/operations/recipe.ts";
import { insertOperation } from "#lib/operations/store.ts";
import { systemClock } from "#lib/platform/clock.ts";
import type { Db } from "#lib/platform/db.ts";
import { digestOf } from "#lib/platform/digest.ts";
import { newId } from "#lib/platform/ids.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import type { Policy } from "#lib/policies/model.ts";
import { USUAL_POSTURE } from "#lib/posture/model.ts";
import type { PromotionPlan } from "#lib/promotions/model.ts";
import { promotionRecipe, requestPromotion } from "#lib/promotions/operations.ts";
import { deliverable, planPromotion, previewPromotion, promotable } from "#lib/promotions/queries.ts";
import { readManifests } from "#lib/releases/model.ts";
import { approveRequest } from "#lib/requests/operations.ts";
import { approve, insertRequest } from "#lib/requests/store.ts";
import { restartRecipe } from "#lib/restarts/cluster-writes.ts";
import type { RestartPlan } from "#lib/restarts/model.ts";
import type { RollbackPlan } from "#lib/rollbacks/model.ts";
import { rollbackRecipe } from "#lib/rollbacks/operations.ts";
import { planRollback } from "#lib/rollbacks/queries.ts";
import type { Rollout } from "#lib/rollouts/model.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { TRIGGER_TRAILERS } from "#lib/systems/git/port.ts";
import type { EstateView, SeenWorkload } from "#lib/watch/estate-view.ts";
import { clusterSourceId, gitSourceId, type SourceState } from "#lib/watch/freshness.ts";
import { createRing, type Ring } from "#lib/watch/ring.ts";
import { aWorkload } from "./cluster-objects.ts";
import { PROMOTION_POLICY, ROLLBACK_POLICY } from "./policies.ts";

export const LIVE = "gravv/live";
export const REASON = "the settlement reference is needed on Monday";

const person = (account: string, role: Role): Person => ({
  account,
  emails: [`${account}@gravv.example`],
  groups: [],
  grants: [{ role, environments: ["gravv/*"] }],
});

export const PEOPLE = {
  viewer: person("viewer", "viewer"),
  developer: person("developer", "developer"),
  operator: person("operator", "operator"),
  operator2: person("operator-2", "operator"),
  operator3: person("operator-3", "operator"),
  admin: person("admin", "admin"),
} as const;

/** An operator of another platform, who sees nothing of gravv. */
export const STRANGER: Person = {
  account: "stranger",
  emails: [],
  groups: [],
  grants: [{ role: "operator", environments: ["airpay/*"] }],
};

function environment(name: string, branch: string, after: string | undefined): Environment {
  return {
    id: `gravv/${name}`,
    name,
    platformId: "gravv",
    tier: name === "live" ? "live" : "sandbox",
    clusterId: "gravv",
    namespaces: [`gravv-${name}`],
    delivery: { branch, paths: ["services", `environments/${name}`] },
    after,
    isPlanned: false,
    forbiddenPaths: [],
    dependencies: [],
  };
}

function estateOf(repositoryUrl: string, promotion: Policy, rollback: Policy): Estate {
  return {
    clusters: [
      { id: "gravv", kubeconfigPath: "not read in these tests", context: undefined, impersonatedGroups: undefined },
    ],
    composeHosts: [],
    platforms: [
      {
        id: "gravv",
        name: "Gravv",
        repository: { url: repositoryUrl, servicesPath: "services", triggerTrailers: TRIGGER_TRAILERS },
        revisionAnnotation: "deploy.gravv.example/revision",
        pipeline: undefined,
        thresholds: undefined,
        posture: USUAL_POSTURE,
        labels: { team: "gravv.example/team", product: "gravv.example/product", role: "gatehouse.dev/role" },
        prices: undefined,
        stuckAfterMs: 60_000,
        rolloutDeadlineMs: 900_000,
        environments: [environment("sandbox", "dev", undefined), environment("live", "main", "gravv/sandbox")],
      },
    ],
    people: Object.values(PEOPLE),
    oidc: undefined,
    roleGrants: [],
    policies: [
      { action: "promotion", environments: [LIVE], policy: promotion },
      { action: "rollback", environments: [LIVE], policy: rollback },
    ],
    breakGlass: [],
    record: undefined,
  };
}

const DONE: Rollout = { state: "done", reason: null, desired: 2, updated: 2, ready: 2, available: 2 };

/** A view in which every service runs at the head of its environment's branch, rolled out to the end. */
function rolledOutView(estate: Estate, repositoryUrl: string): EstateView {
  const git = (...args: string[]) => execFileSync("git", ["--git-dir", repositoryUrl, ...args], { encoding: "utf8" });
  const nothing = () => undefined;
  return {
    changed: nothing,
    removed: nothing,
    listed: nothing,
    shown: nothing,
    headMoved: nothing,
    configured: nothing,
    flush: nothing,
    stop: nothing,
    objects: nothing,
    measured: nothing,
    usage: () => ({ state: "unasked" }),
    past: { unread: () => [], recalled: nothing, unkept: () => [], kept: nothing, remembered: nothing },
    workloads(environmentId) {
      const place = findEnvironment(estate, environmentId);
      if (place?.environment.delivery === undefined) {
        return [];
      }
      const revision = git("rev-parse", `refs/heads/${place.environment.delivery.branch}`).trim();
      const files = git("ls-tree", "-r", `${revision}:services`).trim().split("\n");
      const names = new Set(files.map((file) => file.split("\t")[1]?.split("/")[0] ?? ""));
      return [...names].map((name) => {
        const blob = files.find((file) => file.endsWith(`\t${name}/deployment.yaml`))?.split(/\s/)[2];
        const images = blob === undefined ? [] : imagesIn(blob, () => git("cat-file", "blob", blob));
        return seen(place.environment, name, revision, images);
      });
    },
  };
}

/** By the Git object of a manifest, whatever repository it lies in: reading each once takes most of what these tests would take. */
const known = new Map<string, Workload["images"]>();

function imagesIn(blob: string, read: () => string): Workload["images"] {
  const images = known.get(blob) ?? imagesOf(read());
  known.set(blob, images);
  return images;
}

function imagesOf(manifest: string): Workload["images"] {
  const [object] = readManifests(new Map([["services/a/deployment.yaml", manifest]]), "services").values();
  return Object.entries(object?.images ?? {}).map(([container, image]) => ({ container, image }));
}

function seen(place: Environment, name: string, revision: string, images: Workload["images"]): SeenWorkload {
  const workload = aWorkload({
    uid: `${place.id}/${name}`,
    namespace: place.namespaces[0],
    name,
    service: name,
    revision,
    images,
    desired: DONE.desired,
    replicas: DONE.desired,
    updated: DONE.updated,
    ready: DONE.ready,
    available: DONE.available,
  });
  return { workload, rollout: DONE, cluster: place.clusterId, environment: place.id };
}

/** Says of the platform's cluster and repository whether they can be believed. */
export function publishSources(ring: Ring, state: SourceState): void {
  const since = "2026-11-21T12:00:00.000Z";
  ring.publish(
    [clusterSourceId("gravv"), gitSourceId("gravv")].map((id) => ({
      kind: "source",
      id,
      row: { id, state, since, message: null },
    })),
  );
}

/** A runtime on a real database and a real repository, with a cluster that has always done what Git says already. */
export function openWorld(
  parts: Readonly<{
    db: Db;
    repositoryUrl: string;
    directory: string;
    promotion?: Partial<Policy>;
    rollback?: Partial<Policy>;
  }>,
): Runtime {
  const estate = estateOf(
    parts.repositoryUrl,
    { ...PROMOTION_POLICY, ...parts.promotion },
    { ...ROLLBACK_POLICY, ...parts.rollback },
  );
  const ring = createRing(100);
  publishSources(ring, "ok");
  return {
    estate,
    db: parts.db,
    clock: systemClock,
    log: pino({ level: "silent" }),
    clusters: new Map(),
    repositories: new Map([
      [
        "gravv",
        openRepository({ url: parts.repositoryUrl, directory: join(parts.directory, `copy-${randomUUID()}.git`) }),
      ],
    ]),
    ring,
    pods: createRing(100),
    view: rolledOutView(estate, parts.repositoryUrl),
    recipes: { promotion: promotionRecipe, rollback: rollbackRecipe, restart: restartRecipe },
    record: { standing: () => ({ state: "without-checkpoints" }), settings: undefined },
    accessDoubts: createAccessDoubts(),
    limiter: createLimiter(parts.db),
    stopping: new AbortController().signal,
    kickOperations: () => undefined,
  };
}

export const newKey = () => randomUUID();

/** Asks for the promotion that there is to ask for now. */
export async function askForPromotion(
  runtime: Runtime,
  requester: Person = PEOPLE.developer,
): Promise<{ requestId: string; digest: string }> {
  const { digest } = await previewPromotion(runtime, requester, LIVE);
  const input = { environment: LIVE, digest, reason: REASON, idempotencyKey: newKey() };
  const { requestId } = await requestPromotion(runtime, requester, input);
  return { requestId, digest };
}

/** A promotion that is approved and waits to be carried out. */
export async function approvedPromotion(runtime: Runtime): Promise<{ requestId: string; digest: string }> {
  const asked = await askForPromotion(runtime);
  await approveRequest(runtime, PEOPLE.operator, asked);
  return asked;
}

/** Begins an operation that carries out `plan`, as its last approval would. */
export async function begin(
  runtime: Runtime,
  plan: PromotionPlan | RollbackPlan | RestartPlan,
  requestedBy: string,
): Promise<{ requestId: string }> {
  const requestId = newId("req");
  const { platform, environment, kind } = plan;
  await runtime.db.$transaction(async (tx) => {
    await insertRequest(tx, {
      id: requestId,
      action: kind,
      platform,
      environment,
      digest: digestOf(plan),
      plan: JSON.parse(JSON.stringify(plan)),
      requestedBy,
      askedAs: ["operator"],
      steppedUp: false,
      reason: REASON,
      policy: kind === "promotion" ? PROMOTION_POLICY : ROLLBACK_POLICY,
      ticket: null,
      runAt: null,
      breakGlassId: null,
      idempotencyKey: newKey(),
      inputHash: requestId,
    });
    await approve(tx, requestId);
    const steps = stepNames(runtime.recipes[kind]);
    await insertOperation(tx, { id: newId("op"), requestId, environment, steps });
  });
  return { requestId };
}

/** Begins the promotion that there is to make now, without the words that lead to it. */
export async function beginPromotion(runtime: Runtime): Promise<{ requestId: string }> {
  const { developer } = PEOPLE;
  return begin(runtime, await planPromotion(runtime, promotable(runtime, developer, LIVE)), developer.account);
}

/** Begins the rollback of the last promotion, without the words that lead to it. */
export async function beginRollback(runtime: Runtime): Promise<{ requestId: string }> {
  const { operator } = PEOPLE;
  return begin(runtime, await planRollback(runtime, deliverable(runtime, operator, LIVE)), operator.account);
}
