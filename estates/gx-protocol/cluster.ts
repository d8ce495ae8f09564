import { join } from "node:path";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { createNodes, type NodeSpec } from "#cluster/nodes.ts";

const machine = { cpu: "16", memory: "64Gi", pods: 110 };
const server = { ...machine, zone: "primary-dc-1", roles: ["control-plane", "etcd", "master"] };

/** gx-protocol's machines under K3s: three that are the control plane and work as well, and one at the second site. */
export const nodes: readonly NodeSpec[] = [
  { name: "srv1089618", ...server },
  { name: "srv1089624", ...server },
  { name: "srv1092158", ...server },
  { name: "srv1117946", ...machine, zone: "secondary-dc-1", roles: ["worker"] },
];

/** Creates gx-protocol's nodes and applies all of it, as its people do. Does not wait for its pods. Safe to repeat. */
export async function prepareCluster(controlPlane: ControlPlane): Promise<void> {
  await createNodes(controlPlane, nodes);
  await controlPlane.kubectl(
    ...["apply", "--server-side", "--force-conflicts", "-k", join(import.meta.dirname, "manifests")],
  );
}
