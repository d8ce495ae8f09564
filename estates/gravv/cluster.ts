import { join } from "node:path";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { createNodes, type NodeSpec } from "#cluster/nodes.ts";

const machine = { cpu: "8", memory: "32Gi", pods: 110, roles: ["worker"] };

/** gravv's nodes: two pools, one in each zone. */
export const nodes: readonly NodeSpec[] = [
  { name: "gke-gravv-pool-a-1", zone: "europe-west1-b", ...machine },
  { name: "gke-gravv-pool-a-2", zone: "europe-west1-b", ...machine },
  { name: "gke-gravv-pool-a-3", zone: "europe-west1-b", ...machine },
  { name: "gke-gravv-pool-b-1", zone: "europe-west1-c", ...machine },
  { name: "gke-gravv-pool-b-2", zone: "europe-west1-c", ...machine },
];

const files = ["namespaces.yaml", "people.yaml", "network-policies.yaml", "reconciliation.yaml"];

/** Creates gravv's nodes and all that its deployment workflow takes for granted or has no part in. Safe to repeat. */
export async function prepareCluster(controlPlane: ControlPlane): Promise<void> {
  await createNodes(controlPlane, nodes);
  const manifests = files.flatMap((file) => ["-f", join(import.meta.dirname, file)]);
  await controlPlane.kubectl("apply", "--server-side", "--force-conflicts", ...manifests);
}
