import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ControlPlane } from "./control-plane.ts";

export type NodeSpec = {
  name: string;
  /** Kubernetes quantities, such as "16" and "64Gi". */
  cpu: string;
  memory: string;
  pods: number;
  zone: string;
  roles?: readonly string[];
  /** Labels beside those that every node has. */
  labels?: Readonly<Record<string, string>>;
  /** The block that its pods get their addresses from; the control plane's own for all nodes where it is left out. */
  podCIDR?: string;
};

/** Makes nodes (or leaves those that exist) and waits until all of them are ready for pods. */
export async function createNodes(controlPlane: ControlPlane, nodes: readonly NodeSpec[]): Promise<void> {
  if (nodes.length === 0) {
    return;
  }
  await applyNodes(controlPlane, nodes);
  await controlPlane.kubectl(
    "wait",
    "--for=condition=Ready",
    "--timeout=60s",
    ...nodes.map((node) => `node/${node.name}`),
  );
}

/** Makes nodes (or leaves those that exist) and waits for none of them. */
export async function applyNodes(controlPlane: ControlPlane, nodes: readonly NodeSpec[]): Promise<void> {
  const manifest = join(controlPlane.directory, "nodes.yaml");
  await writeFile(manifest, nodes.map((node, index) => stringify(nodeObject(node, index))).join("---\n"));
  await controlPlane.kubectl("apply", "--server-side", "--force-conflicts", "-f", manifest);
}

function nodeObject({ name, cpu, memory, pods, zone, roles = [], labels = {}, podCIDR }: NodeSpec, index: number) {
  const resources = { cpu, memory, pods: String(pods), "ephemeral-storage": "100Gi" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": zone.replace(/-?[a-z0-9]$/, ""),
        "topology.kubernetes.io/zone": zone,
        ...labels,
        ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ""])),
      },
    },
    ...(podCIDR === undefined ? {} : { spec: { podCIDR, podCIDRs: [podCIDR] } }),
    status: {
      addresses: [
        { type: "InternalIP", address: `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}` },
        { type: "Hostname", address: name },
      ],
      allocatable: resources,
      capacity: resources,
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "kwok",
        kernelVersion: "",
        kubeProxyVersion: "",
        kubeletVersion: "kwok",
        machineID: "",
        operatingSystem: "linux",
        osImage: "",
        systemUUID: "",
      },
    },
  };
}
