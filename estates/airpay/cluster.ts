import { join } from "node:path";
import type { ControlPlane } from "#cluster/control-plane.ts";
import { createNodes, type NodeSpec } from "#cluster/nodes.ts";

const machine = { cpu: "8", memory: "32Gi", pods: 110, roles: ["worker"] };
const production = { ...machine, labels: { "airpay.example/pool": "production" } };
const staging = { ...machine, labels: { "airpay.example/pool": "staging" } };

/** airpay's node pools, as GKE makes them: production in three zones, staging in two. */
export const nodes: readonly NodeSpec[] = [
  { name: "gke-airpay-production-a-1", podCIDR: "10.244.1.0/24", zone: "us-central1-a", ...production },
  { name: "gke-airpay-production-b-1", podCIDR: "10.244.2.0/24", zone: "us-central1-b", ...production },
  { name: "gke-airpay-production-c-1", podCIDR: "10.244.3.0/24", zone: "us-central1-c", ...production },
  { name: "gke-airpay-production-c-2", podCIDR: "10.244.4.0/24", zone: "us-central1-c", ...production },
  { name: "gke-airpay-staging-a-1", podCIDR: "10.244.5.0/24", zone: "us-central1-a", ...staging },
  { name: "gke-airpay-staging-b-1", podCIDR: "10.244.6.0/24", zone: "us-central1-b", ...staging },
];

/** Creates airpay's nodes, installs the Gateway API and applies all of airpay. Does not wait for its pods. Safe to repeat. */
export async function prepareCluster(controlPlane: ControlPlane): Promise<void> {
  const apply = ["apply", "--server-side", "--force-conflicts"];
  const gatewayApi = join(import.meta.dirname, "gateway-api.yaml");
  await Promise.all([createNodes(controlPlane, nodes), controlPlane.kubectl(...apply, "-f", gatewayApi)]);
  await controlPlane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", gatewayApi);
  await controlPlane.kubectl(...apply, "-k", join(import.meta.dirname, "manifests"));
}
