import { z } from "zod";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { revisionAnnotation, type Target } from "#estates/gravv/deployment.ts";

const deploymentShape = z.object({
  kind: z.literal("Deployment"),
  metadata: z.object({ name: z.string(), namespace: z.string(), generation: z.number() }),
  spec: z.object({ replicas: z.number() }),
  status: z.object({
    observedGeneration: z.number().default(0),
    updatedReplicas: z.number().default(0),
    availableReplicas: z.number().default(0),
  }),
});

/** What the deployment workflow marks, per namespace, when a deployment is whole. */
const markShape = z.object({
  kind: z.literal("ConfigMap"),
  metadata: z.object({
    name: z.literal("deploy-workflow"),
    namespace: z.string(),
    annotations: z.object({ [revisionAnnotation]: z.string() }),
  }),
});

const listShape = z.object({ items: z.array(z.unknown()) });

/** How many services are wholly there, of those that are wanted; `isReached` when nothing is missing anywhere. */
export type DeploymentProgress = { available: number; wanted: number; isReached: boolean };

/** Reads from the objects of the cluster (a List) how far the deployment of each target has come. */
export function deploymentProgress(list: unknown, targets: readonly Target[]): DeploymentProgress {
  const { items } = listShape.parse(list);
  const deployments = items.flatMap((item) => deploymentShape.safeParse(item).data ?? []);
  const marks = items.flatMap((item) => markShape.safeParse(item).data ?? []);
  const ours = deployments.filter(({ metadata }) => targets.some(({ namespace }) => namespace === metadata.namespace));
  const available = ours.filter(({ metadata, spec, status }) => {
    const isSeen = status.observedGeneration >= metadata.generation;
    return isSeen && status.updatedReplicas >= spec.replicas && status.availableReplicas >= spec.replicas;
  });
  const areMarked = targets.every(({ namespace }) => marks.some(({ metadata }) => metadata.namespace === namespace));
  return {
    available: available.length,
    wanted: ours.length,
    isReached: areMarked && ours.length > 0 && available.length === ours.length,
  };
}

/** Asks the cluster. */
export async function readDeploymentProgress(
  controlPlane: ControlPlane,
  targets: readonly Target[],
): Promise<DeploymentProgress> {
  const { stdout } = await controlPlane.kubectl("get", "deployments,configmaps", "--all-namespaces", "--output=json");
  return deploymentProgress(JSON.parse(stdout), targets);
}
