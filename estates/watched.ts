import type { ControlPlane } from "#cluster/control-plane.ts";
import { prepareCluster as prepareAirpay } from "./airpay/cluster.ts";
import { prepareCluster as prepareGx } from "./gx-protocol/cluster.ts";

/** An example platform that others deliver, on a cluster of its own; Gatehouse watches it. */
export type WatchedPlatform = Readonly<{
  id: string;
  cluster: string;
  /** The environment variable by which gatehouse.yaml names its kubeconfig. */
  kubeconfigVariable: string;
  /** Creates its nodes and applies its manifests. Safe to repeat. */
  prepare(controlPlane: ControlPlane): Promise<void>;
}>;

export const watchedPlatforms: readonly WatchedPlatform[] = [
  { id: "gx-protocol", cluster: "gx", kubeconfigVariable: "GX_KUBECONFIG", prepare: prepareGx },
  { id: "airpay", cluster: "airpay", kubeconfigVariable: "AIRPAY_KUBECONFIG", prepare: prepareAirpay },
];
