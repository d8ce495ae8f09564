import { randomUUID } from "node:crypto";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import * as z from "zod";
import type { Person } from "#lib/access/model.ts";
import { saveSignIn } from "#lib/access/store.ts";
import { type Estate, findEnvironment } from "#lib/estate/model.ts";
import type { Db } from "#lib/platform/db.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { planRestart } from "#lib/restarts/queries.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { aWorkload } from "./cluster-objects.ts";
import { ROLLBACK_POLICY } from "./policies.ts";
import { begin, LIVE, openWorld } from "./world.ts";

const ISSUER = "https://id.gravv.example";
const GROUP = "crash-operators";
const IMAGE = "registry.example/main:1.0";
const RESTARTER: Person = {
  account: "crash-operator",
  emails: [],
  groups: [GROUP],
  grants: [{ role: "operator", environments: [LIVE] }],
};
const DONE = { state: "done", reason: null, desired: 2, updated: 2, ready: 2, available: 2 } as const;

/** A Deployment of a real cluster, and the kubeconfig of Gatehouse's own account there. */
export const Deployed = z
  .object({ kubeconfigPath: z.string(), namespace: z.string(), name: z.string(), uid: z.string() })
  .readonly();
export type Deployed = z.infer<typeof Deployed>;

const roleRef = (kind: "Role" | "ClusterRole", name: string) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});
const GATEHOUSE = [{ kind: "ServiceAccount", name: "gatehouse", namespace: "gatehouse-system" }];

/** Lets the restarter restart in the namespace, and Gatehouse do it there as the restarter. */
function rights(namespace: string): KubernetesObject[] {
  const impersonate = (resource: string, name: string) => ({
    apiGroups: ["authentication.k8s.io"],
    resources: [resource],
    resourceNames: [name],
    verbs: ["impersonate:user-info"],
  });
  const patch = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] };
  const operators = [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: GROUP }];
  const objects = [
    {
      kind: "ClusterRole",
      metadata: { name: namespace },
      rules: [impersonate("users", RESTARTER.account), impersonate("groups", GROUP)],
    },
    {
      kind: "ClusterRoleBinding",
      metadata: { name: namespace },
      roleRef: roleRef("ClusterRole", namespace),
      subjects: GATEHOUSE,
    },
    {
      kind: "RoleBinding",
      metadata: { name: "gatehouse-acting", namespace },
      roleRef: roleRef("ClusterRole", "gatehouse-acting"),
      subjects: GATEHOUSE,
    },
    { kind: "Role", metadata: { name: "operator", namespace }, rules: [patch] },
    {
      kind: "RoleBinding",
      metadata: { name: "operator", namespace },
      roleRef: roleRef("Role", "operator"),
      subjects: operators,
    },
  ];
  return objects.map((object) => ({ apiVersion: "rbac.authorization.k8s.io/v1", ...object }));
}

function adminOf(kubeconfigPath: string): KubernetesObjectApi {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(kubeconfigPath);
  return KubernetesObjectApi.makeApiClient(kubeconfig);
}

const Made = z.object({ metadata: z.object({ uid: z.string() }) });

/** Makes a Deployment without pods in a namespace of its own, and the rights to restart it. */
export async function deploy(kubeconfigs: Readonly<{ admin: string; gatehouse: string }>): Promise<Deployed> {
  const admin = adminOf(kubeconfigs.admin);
  const namespace = `crash-${randomUUID().slice(0, 8)}`;
  const name = "ledger";
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of rights(namespace)) {
    await admin.create(object);
  }
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: IMAGE }] } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  const { metadata } = Made.parse(await admin.create({ ...deployment, ...{ spec } }));
  return { kubeconfigPath: kubeconfigs.gatehouse, namespace, name, uid: metadata.uid };
}

/** Takes away what the restarter may do in the namespace. */
export async function takeRightsAway(adminKubeconfig: string, { namespace }: Deployed): Promise<void> {
  const [role] = rights(namespace).filter(({ kind }) => kind === "Role");
  if (role !== undefined) {
    await adminOf(adminKubeconfig).delete(role);
  }
}

/** Puts the restarter on record, as their first sign-in does. */
export async function signUpRestarter(db: Db): Promise<void> {
  const { account, groups } = RESTARTER;
  const identity = { provider: ISSUER, subject: account, account, emails: [], groups };
  await db.$transaction((tx) => saveSignIn(tx, account, identity));
}

/** A world whose live environment has one real Deployment, which is seen as rolled out to the end whatever its generation. */
export function openRestartWorld(
  parts: Readonly<{ db: Db; repositoryUrl: string; directory: string; deployed: Deployed }>,
): Runtime {
  const { kubeconfigPath, namespace, name, uid } = parts.deployed;
  const world = openWorld(parts);
  const workload = aWorkload({
    uid,
    namespace,
    name,
    images: [{ container: "main", image: IMAGE }],
    generation: Number.MAX_SAFE_INTEGER,
    observedGeneration: Number.MAX_SAFE_INTEGER,
  });
  return {
    ...world,
    estate: estateFor(world.estate),
    clusters: new Map([["gravv", openCluster({ id: "gravv", kubeconfigPath, context: undefined })]]),
    view: {
      ...world.view,
      workloads: () => [{ workload, rollout: DONE, cluster: "gravv", environment: LIVE }],
    },
  };
}

function estateFor(estate: Estate): Estate {
  return {
    ...estate,
    clusters: estate.clusters.map((cluster) => ({ ...cluster, impersonatedGroups: [GROUP] })),
    oidc: {
      issuer: ISSUER,
      clientId: "gatehouse",
      clientSecret: "not used in these tests",
      name: "ID",
      scopes: ["openid"],
      accountClaim: "sub",
      groupsClaim: "groups",
    },
    roleGrants: [{ role: "operator", groups: [GROUP], environments: [LIVE] }],
    policies: [...estate.policies, { action: "restart", environments: [LIVE], policy: ROLLBACK_POLICY }],
  };
}

/** Begins the restart of the Deployment, without the words that lead to it. */
export async function beginRestart(
  runtime: Runtime,
  { namespace, name }: Pick<Deployed, "namespace" | "name">,
): Promise<{ requestId: string }> {
  const place = findEnvironment(runtime.estate, LIVE);
  if (place === undefined) {
    throw new Error(`${LIVE} is not in this world`);
  }
  const workload = { kind: "Deployment", namespace, name } as const;
  return begin(runtime, await planRestart(runtime, RESTARTER, place.environment, workload), RESTARTER.account);
}
