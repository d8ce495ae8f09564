import { generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { freePorts } from "./ports.ts";

const portNames = ["etcd", "etcdPeer", "apiserver"] as const;
/** Who holds a token of the token file; the API server knows nobody else but service accounts. */
export const tokenUsers = {
  admin: { user: "admin", groups: ["system:masters"] },
  kubectlUser: { user: "kubectl-user", groups: ["kubectl-users"] },
  controllerManager: { user: "system:kube-controller-manager", groups: ["system:masters"] },
  scheduler: { user: "system:kube-scheduler", groups: [] },
  kwok: { user: "system:kwok", groups: ["system:masters"] },
} as const;

const settingsShape = z.object({
  ports: z.record(z.enum(portNames), z.number().int()),
  tokens: z.object({
    admin: z.string(),
    kubectlUser: z.string(),
    controllerManager: z.string(),
    scheduler: z.string(),
    kwok: z.string(),
  }),
  /** Made by the API server itself, so it exists only after a first start. */
  gatehouseToken: z.string().nullable(),
  serviceAccountKey: z.string(),
});

/** What a control plane keeps from one start to the next, so that kubeconfigs given out stay valid. All of it is secret. */
export type ControlPlaneSettings = z.infer<typeof settingsShape>;

const certificateLeftMs = 30 * 24 * 3_600_000;

/** Reads what is kept in `directory`, or makes it. Ports are kept where they are still free. */
export async function openSettings(directory: string): Promise<ControlPlaneSettings> {
  const kept = await readSettings(directory);
  const settings: ControlPlaneSettings = {
    ...(kept ?? freshSecrets()),
    ports: await freePorts(portNames, kept?.ports ?? {}),
  };
  await saveSettings(directory, settings);
  await forgetOldCertificate(directory);
  return settings;
}

export async function saveSettings(directory: string, settings: ControlPlaneSettings): Promise<void> {
  await writeSecret(join(directory, "settings.json"), JSON.stringify(settings, null, 2));
}

/** Written so that nobody but its owner ever reads it. */
export async function writeSecret(path: string, content: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, content, { mode: 0o600 });
}

/** The lines of `--token-auth-file`: token, user, uid and groups. */
export function tokenFile({ tokens }: ControlPlaneSettings): string {
  const line = (token: string, { user, groups }: { user: string; groups: readonly string[] }) =>
    `${token},${user},${user},"${groups.join(",")}"\n`;
  return [
    line(tokens.admin, tokenUsers.admin),
    line(tokens.kubectlUser, tokenUsers.kubectlUser),
    line(tokens.controllerManager, tokenUsers.controllerManager),
    line(tokens.scheduler, tokenUsers.scheduler),
    line(tokens.kwok, tokenUsers.kwok),
  ].join("");
}

async function readSettings(directory: string): Promise<ControlPlaneSettings | undefined> {
  const path = join(directory, "settings.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  if (text === undefined) {
    return undefined;
  }
  try {
    return settingsShape.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `${path} cannot be read as the settings of a control plane, so it was not started. Remove its folder to start from nothing.`,
      { cause: error },
    );
  }
}

function freshSecrets(): Omit<ControlPlaneSettings, "ports"> {
  const token = () => randomBytes(32).toString("hex");
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return {
    tokens: {
      admin: token(),
      kubectlUser: token(),
      controllerManager: token(),
      scheduler: token(),
      kwok: token(),
    },
    gatehouseToken: null,
    serviceAccountKey: privateKey,
  };
}

/** The API server makes a certificate for one year where there is none; it never renews it by itself. */
async function forgetOldCertificate(directory: string): Promise<void> {
  const certificates = join(directory, "certificates");
  const pem = await readFile(join(certificates, "apiserver.crt"), "utf8").catch(() => undefined);
  if (pem !== undefined && new X509Certificate(pem).validToDate.getTime() - Date.now() < certificateLeftMs) {
    await rm(certificates, { recursive: true });
  }
}
