import "server-only";
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from "node:https";
import { isIPv6 } from "node:net";
import { dirname, resolve } from "node:path";
// By their files: the package's index loads every generated model of the API, 84 MB of which nothing is used here.
import {
  type Cluster,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import { FileAuth } from "@kubernetes/client-node/dist/file_auth.js";
import { parse } from "yaml";
import { z } from "zod";
import { configVariable } from "#lib/platform/env.ts";

/** Where an API server is, and how Gatehouse shows who it is there. */
export type Account = Readonly<{
  /** Without a slash at its end. */
  base: string;
  /** Adds who one is to what a call is made with. */
  authenticate(options: RequestOptions): Promise<void>;
}>;

const Kubeconfig = z.object({
  clusters: z.array(z.unknown()),
  users: z.array(z.unknown()).nullish(),
  contexts: z.array(z.unknown()),
  "current-context": z.string().optional(),
});

/**
 * The account of a kubeconfig's context, its current one where none is named. Throws where the file cannot be read or has no
 * cluster for it. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function accountOfFile(id: string, path: string, context: string | undefined): Account {
  const read = Kubeconfig.safeParse(parse(readFileSync(path, "utf8")));
  if (!read.success) {
    throw new Error(`The kubeconfig of cluster ${id} is none: expected clusters, users and contexts.`, {
      cause: read.error,
    });
  }
  const config = read.data;
  const wanted = context ?? config["current-context"];
  const named = newContexts(config.contexts).find(({ name }) => name === wanted);
  const cluster = newClusters(config.clusters).find(({ name }) => name === named?.cluster);
  if (cluster === undefined) {
    throw new Error(
      `The kubeconfig of cluster ${id} names no cluster${context === undefined ? "" : ` for context ${context}`}.`,
    );
  }
  const user = newUsers(config.users ?? []).find(({ name }) => name === named?.user) ?? { name: "nobody" };
  if (cluster.proxyUrl || user.authProvider) {
    return accountByClient(path, named?.name, cluster);
  }
  const folder = dirname(path);
  return accountOf(
    id,
    { ...cluster, ...(cluster.caFile && { caFile: resolve(folder, cluster.caFile) }) },
    {
      ...user,
      ...(user.certFile && { certFile: resolve(folder, user.certFile) }),
      ...(user.keyFile && { keyFile: resolve(folder, user.keyFile) }),
    },
  );
}

const POD_FILES = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The service account of the pod that this process runs in; its token is read anew every minute. `files` is the folder in which
 * the pod's files begin. Throws where it runs in none. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export function accountOfPod(id: string, files: string): Account {
  const host = configVariable("KUBERNETES_SERVICE_HOST");
  if (host === undefined) {
    throw new Error(
      `Cluster ${id} is the one that Gatehouse runs in, and it runs in none (KUBERNETES_SERVICE_HOST is not set). Give it a kubeconfig in gatehouse.yaml.`,
    );
  }
  const port = configVariable("KUBERNETES_SERVICE_PORT") ?? "443";
  const folder = `${files}${POD_FILES}`;
  return accountOf(
    id,
    {
      name: "own",
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      caFile: `${folder}/ca.crt`,
      skipTLSVerify: false,
    },
    { name: "own", authProvider: { name: "tokenFile", config: { tokenFile: `${folder}/token` } } },
  );
}

function accountOf(id: string, cluster: Cluster, user: User): Account {
  const isPlain = cluster.server.startsWith("http:");
  if (isPlain && !cluster.skipTLSVerify) {
    throw new Error(
      `The kubeconfig of cluster ${id} has ${cluster.server}, which is plain http; that takes insecure-skip-tls-verify: true.`,
    );
  }
  const authenticator = [new ExecAuth(), new FileAuth()].find((one) => one.isAuthProvider(user));
  const tls: AgentOptions = {
    ...pem("ca", cluster.caFile, cluster.caData),
    ...pem("cert", user.certFile, user.certData),
    ...pem("key", user.keyFile, user.keyData),
    ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
  };
  const agentFor = isPlain ? agentOfPlain() : agentByCertificate(tls);
  return {
    base: cluster.server,
    async authenticate(options) {
      Object.assign(options, tls, user.username && { auth: `${user.username}:${user.password}` });
      options.headers = {
        ...options.headers,
        ...(user.impersonateUser && { "Impersonate-User": user.impersonateUser }),
      };
      await authenticator?.applyAuthentication(user, options);
      // Last, as for kubectl: a token in the kubeconfig goes before one that its program gives.
      if (user.token) {
        Object.assign(options.headers, { Authorization: `Bearer ${user.token}` });
      }
      options.agent = agentFor(options);
    },
  };
}

function pem(name: "ca" | "cert" | "key", file: string | undefined, data: string | undefined): AgentOptions {
  if (file) {
    return { [name]: readFileSync(file) };
  }
  return data ? { [name]: Buffer.from(data, "base64") } : {};
}

function agentOfPlain(): () => HttpAgent {
  const agent = new HttpAgent();
  return () => agent;
}

/** One agent as long as the certificate is the same: a kubeconfig's own program may give another one at any call. */
function agentByCertificate(tls: AgentOptions): (options: RequestOptions) => HttpsAgent {
  let last: Readonly<{ cert: RequestOptions["cert"]; agent: HttpsAgent }> | undefined;
  return ({ cert, key }) => {
    if (last === undefined || last.cert !== cert) {
      // The one before is not ended: it may carry a watch.
      last = { cert, agent: new HttpsAgent({ ...tls, cert, key }) };
    }
    return last.agent;
  };
}

/** By the whole client, which is loaded for what few kubeconfigs have: a proxy on the way, or an auth provider of old. */
function accountByClient(path: string, context: string | undefined, cluster: Cluster): Account {
  const opening = import("@kubernetes/client-node").then(({ KubeConfig }) => {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(path);
    if (context !== undefined) {
      kubeconfig.setCurrentContext(context);
    }
    return kubeconfig;
  });
  // Whoever authenticates is told of its failure.
  opening.catch(() => undefined);
  return {
    base: cluster.server,
    authenticate: async (options) => (await opening).applyToHTTPSOptions(options),
  };
}
