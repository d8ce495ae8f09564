import { createPublicKey } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "./api-server-requests.ts";
import { runCommand } from "./commands.ts";
import {
  type ControlPlaneSettings,
  openSettings,
  saveSettings,
  tokenFile,
  writeSecret,
} from "./control-plane-settings.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { openParts, type Part, type PartOptions, type Parts } from "./parts.ts";
import type { Programs } from "./programs.ts";
import { type StagePace, stagesFor } from "./stages.ts";

export const partNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"] as const;
export type PartName = (typeof partNames)[number];

export type ControlPlaneOptions = {
  /** Lower case letters, digits and dashes. */
  name: string;
  /** Holds its data, keys, kubeconfigs and logs. A second start with the same folder resumes what was there. */
  directory: string;
  programs: Programs;
  stages: StagePace;
  /** Told what is being waited for. */
  onProgress?: (waitingFor: PartName | "accounts") => void;
  /** Appended to a part's own, so they win. */
  flags?: Readonly<Partial<Record<PartName, readonly string[]>>>;
};

export type ControlPlane = {
  name: string;
  directory: string;
  /** https://127.0.0.1:<port> */
  url: string;
  /** Paths: cluster-admin; Gatehouse's least-privilege service account; somebody who may only view. */
  kubeconfigs: { admin: string; gatehouse: string; kubectlUser: string };
  /** Path of the API server's own record, one JSON object a line. */
  auditLog: string;
  /** Runs kubectl as admin. Throws with what kubectl said when it fails. */
  kubectl(...kubectlArguments: string[]): Promise<{ stdout: string }>;
  /** What runs now, named `<part>@<control plane>`. */
  processes(): { name: string; pid: number }[];
  part(name: PartName): Part;
  /** Ends everything in order and waits until it is gone. The data stays. */
  stop(): Promise<void>;
};

const accountsWithinMs = 60_000;
/** Ten years: the demo must not stop working while somebody is on holiday. */
const gatehouseTokenLasts = "87600h";

/**
 * Starts a real Kubernetes control plane (etcd, API server, controller manager, scheduler) and kwok, which plays the nodes, all
 * on loopback, and resolves when the API server is ready and service accounts are being made. Throws naming the part that did
 * not start, with the end of its log; nothing is left running then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(options.name)) {
    throw new Error(`"${options.name}" cannot name a control plane: use lower case letters, digits and dashes.`);
  }
  const layout = layoutOf(resolve(options.directory));
  await mkdir(layout.kubeconfigs, { recursive: true });
  await chmod(layout.directory, 0o700);
  const parts = await openParts(layout.directory);
  try {
    return await startParts(options, layout, parts);
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

type Layout = ReturnType<typeof layoutOf>;

function layoutOf(directory: string) {
  const kubeconfigs = join(directory, "kubeconfigs");
  return {
    directory,
    kubeconfigs,
    auditLog: join(directory, "logs", "audit.log"),
    certificates: join(directory, "certificates"),
    data: join(directory, "etcd"),
    stages: join(directory, "stages.yaml"),
    tokens: join(directory, "tokens.csv"),
    privateKey: join(directory, "service-account.key"),
    publicKey: join(directory, "service-account.pub"),
    kubeconfigOf: (user: string) => join(kubeconfigs, `${user}.yaml`),
  };
}

async function startParts(options: ControlPlaneOptions, layout: Layout, parts: Parts): Promise<ControlPlane> {
  const settings = await openSettings(layout.directory);
  await writeInputs(options, layout, settings);
  const url = `https://127.0.0.1:${settings.ports.apiserver}`;
  const certificateAuthority = () => readFile(join(layout.certificates, "apiserver.crt"), "utf8");
  const byName = addParts(options, layout, settings, url, parts);

  options.onProgress?.("etcd");
  await byName.etcd.start();
  options.onProgress?.("kube-apiserver");
  await byName["kube-apiserver"].start();

  const authority = await certificateAuthority();
  const { admin: token } = settings.tokens;
  const ask = (path: string, method: "GET" | "DELETE" = "GET") =>
    statusOf(`${url}${path}`, { certificateAuthority: authority, token, method });
  const writeKubeconfig = (user: string, userToken: string) =>
    writeSecret(
      layout.kubeconfigOf(user),
      kubeconfig({ name: options.name, user, url, certificateAuthority: authority, token: userToken }),
    );
  await writeKubeconfig("admin", token);
  await writeKubeconfig("kubectl-user", settings.tokens.kubectlUser);
  await writeKubeconfig("kube-controller-manager", settings.tokens.controllerManager);
  await writeKubeconfig("kube-scheduler", settings.tokens.scheduler);
  await writeKubeconfig("kwok", settings.tokens.kwok);

  // Only a controller that is alive makes this one again; the others may be from an earlier start.
  await ask("/api/v1/namespaces/kube-public/serviceaccounts/default", "DELETE");
  await Promise.all([byName["kube-controller-manager"].start(), byName["kube-scheduler"].start(), byName.kwok.start()]);
  options.onProgress?.("accounts");
  const kubectl = (...kubectlArguments: string[]) => runKubectl(options, layout, kubectlArguments);
  await kubectl("apply", "--server-side", "--force-conflicts", ...manifests.flatMap((file) => ["-f", file]));
  const gatehouseToken = await gatehouseTokenOf(settings, kubectl, (existing) =>
    statusOf(`${url}/version`, { certificateAuthority: authority, token: existing }),
  );
  await saveSettings(layout.directory, { ...settings, gatehouseToken });
  await writeKubeconfig("gatehouse", gatehouseToken);
  await waitForAccounts(ask, layout);

  return {
    name: options.name,
    directory: layout.directory,
    url,
    kubeconfigs: {
      admin: layout.kubeconfigOf("admin"),
      gatehouse: layout.kubeconfigOf("gatehouse"),
      kubectlUser: layout.kubeconfigOf("kubectl-user"),
    },
    auditLog: layout.auditLog,
    kubectl,
    processes: () =>
      parts.all().flatMap(({ name, pid }) => (pid === null ? [] : [{ name: `${name}@${options.name}`, pid }])),
    part: (name) => byName[name],
    stop: () => parts.stop(),
  };
}

const manifests = ["gatehouse-rbac.yaml", "defaults.yaml"].map((file) => join(import.meta.dirname, file));

async function writeInputs(
  { stages }: ControlPlaneOptions,
  layout: Layout,
  settings: ControlPlaneSettings,
): Promise<void> {
  const publicKey = createPublicKey(settings.serviceAccountKey).export({ type: "spki", format: "pem" });
  await writeSecret(layout.privateKey, settings.serviceAccountKey);
  await writeFile(layout.publicKey, publicKey);
  await writeSecret(layout.tokens, tokenFile(settings));
  await writeFile(layout.stages, await stagesFor(stages));
}

function addParts(
  { programs, flags = {} }: ControlPlaneOptions,
  layout: Layout,
  settings: ControlPlaneSettings,
  url: string,
  parts: Parts,
): Readonly<Record<PartName, Part>> {
  const { ports, tokens } = settings;
  const etcdUrl = `http://127.0.0.1:${ports.etcd}`;
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  const add = (name: PartName, partArguments: readonly string[], isReady?: PartOptions["isReady"]) =>
    parts.add({
      name,
      program: programs[name],
      arguments: [...partArguments, ...(flags[name] ?? [])],
      environment: { HOME: layout.directory },
      advice: `Its whole log is ${join(layout.directory, "logs", `${name}.log`)}. Remove ${layout.directory} to start from nothing.`,
      ...(isReady === undefined ? {} : { isReady }),
    });
  return {
    etcd: add(
      "etcd",
      [
        `--data-dir=${layout.data}`,
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=default=${peerUrl}`,
        // A demo's data survives the death of a process, which is all it must; only a power cut could hurt it.
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
      async () => (await statusOf(`${etcdUrl}/health`)) === 200,
    ),
    "kube-apiserver": add(
      "kube-apiserver",
      [
        `--etcd-servers=${etcdUrl}`,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        // A loopback address may not be published as an endpoint, and nothing here looks for it there.
        "--endpoint-reconciler-type=none",
        `--secure-port=${ports.apiserver}`,
        `--cert-dir=${layout.certificates}`,
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--service-account-key-file=${layout.publicKey}`,
        `--service-account-signing-key-file=${layout.privateKey}`,
        `--token-auth-file=${layout.tokens}`,
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--max-requests-inflight=1000",
        "--max-mutating-requests-inflight=500",
        "--profiling=false",
        `--audit-policy-file=${join(import.meta.dirname, "audit-policy.yaml")}`,
        `--audit-log-path=${layout.auditLog}`,
        "--audit-log-maxsize=100",
        "--audit-log-maxbackup=2",
      ],
      async () => {
        const authority = await readFile(join(layout.certificates, "apiserver.crt"), "utf8").catch(() => undefined);
        return (
          authority !== undefined &&
          (await statusOf(`${url}/readyz`, { certificateAuthority: authority, token: tokens.admin })) === 200
        );
      },
    ),
    "kube-controller-manager": add("kube-controller-manager", [
      `--kubeconfig=${layout.kubeconfigOf("kube-controller-manager")}`,
      "--leader-elect=false",
      "--secure-port=0",
      `--service-account-private-key-file=${layout.privateKey}`,
      `--root-ca-file=${join(layout.certificates, "apiserver.crt")}`,
      "--enable-hostpath-provisioner=true",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--profiling=false",
    ]),
    "kube-scheduler": add("kube-scheduler", [
      `--kubeconfig=${layout.kubeconfigOf("kube-scheduler")}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--profiling=false",
    ]),
    kwok: add("kwok", [
      `--kubeconfig=${layout.kubeconfigOf("kwok")}`,
      `--config=${layout.stages}`,
      "--manage-all-nodes=true",
      "--node-ip=127.0.0.1",
      "--cidr=10.244.0.0/16",
      // Without a lease that is renewed, the controller manager takes a node for dead.
      "--node-lease-duration-seconds=40",
      "-v=WARN",
    ]),
  };
}

async function runKubectl(
  { programs }: ControlPlaneOptions,
  layout: Layout,
  kubectlArguments: readonly string[],
): Promise<{ stdout: string }> {
  const result = await runCommand(
    programs.kubectl,
    [`--kubeconfig=${layout.kubeconfigOf("admin")}`, ...kubectlArguments],
    { environment: { HOME: layout.directory } },
  );
  if (result.exitCode !== 0) {
    throw new Error(
      `kubectl ${kubectlArguments[0] ?? ""} failed: ${result.problems.trim() || `exit code ${result.exitCode}`}`,
    );
  }
  return { stdout: result.output };
}

async function gatehouseTokenOf(
  { gatehouseToken }: ControlPlaneSettings,
  kubectl: ControlPlane["kubectl"],
  statusWith: (token: string) => Promise<number>,
): Promise<string> {
  // It names the account's uid, so it is void once somebody has deleted the account.
  if (gatehouseToken !== null && (await statusWith(gatehouseToken)) === 200) {
    return gatehouseToken;
  }
  const made = await kubectl(
    "create",
    "token",
    "gatehouse",
    "--namespace=gatehouse-system",
    `--duration=${gatehouseTokenLasts}`,
  );
  return made.stdout.trim();
}

async function waitForAccounts(ask: (path: string) => Promise<number>, layout: Layout): Promise<void> {
  const giveUpAt = performance.now() + accountsWithinMs;
  for (const namespace of ["default", "kube-public", "gatehouse-system"]) {
    while ((await ask(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) !== 200) {
      if (performance.now() > giveUpAt) {
        throw new Error(
          `kube-controller-manager runs but makes no service accounts, so no pod could be created. Its log is ${join(layout.directory, "logs", "kube-controller-manager.log")}.`,
        );
      }
      await sleep(25);
    }
  }
}
