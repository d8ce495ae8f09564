import "server-only";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { ClusterError, clusterErrorFromFailure, clusterErrorFromStatus } from "./errors.ts";
import type { Actor } from "./port.ts";

export type Call = Readonly<{
  method: "GET" | "POST" | "PATCH";
  path: string;
  headers?: OutgoingHttpHeaders;
  /** In whose name; Gatehouse's own where it is left out. */
  actor?: Actor;
  body?: unknown;
}>;

/** Sends one call and answers with whatever comes back, refusals too. Throws what Node throws, so that callers can tell what was cut. */
export type Send = (call: Call, signal: AbortSignal) => Promise<IncomingMessage>;

/** The way to the API server that a kubeconfig names. Throws when the file or the context is not there; connects to nothing yet. */
export function openApiServer(config: { id: string; kubeconfigPath: string; context: string | undefined }): Send {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(config.kubeconfigPath);
  if (config.context !== undefined) {
    kubeConfig.setCurrentContext(config.context);
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new Error(
      `The kubeconfig of cluster ${config.id} names no cluster${config.context ? ` for context ${config.context}` : ""}.`,
    );
  }
  const base = server.replace(/\/$/, "");
  return (call, signal) => send(kubeConfig, base, call, signal);
}

async function send(kubeConfig: KubeConfig, base: string, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  // Not fetch: it folds several values of one header into one, and client-node's agent is made for node:https.
  const url = new URL(base + call.path);
  const options: RequestOptions = {
    method: call.method,
    signal,
    headers: { Accept: "application/json", "User-Agent": "gatehouse", ...call.headers },
  };
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new ClusterError("denied", "Gatehouse's own credentials for the cluster cannot be had", { cause });
  }
  // After the kubeconfig's own headers: its user may have an `as`, and must not replace the person.
  Object.assign(options.headers ?? {}, impersonating(call.actor));
  const begin = url.protocol === "http:" ? httpRequest : httpsRequest;
  return new Promise<IncomingMessage>((resolve, reject) => {
    begin(url, options, resolve)
      .on("error", reject)
      .end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}

/** One header line a group. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
function impersonating(actor: Actor | undefined): OutgoingHttpHeaders {
  if (actor === undefined) {
    return {};
  }
  return { "Impersonate-User": actor.user, ...(actor.groups.length > 0 && { "Impersonate-Group": [...actor.groups] }) };
}

/** Asks what changes nothing, as Gatehouse itself. Throws ClusterError for everything but a success. */
export async function ask(send: Send, call: Omit<Call, "actor">, signal: AbortSignal): Promise<IncomingMessage> {
  const response = await send(call, signal).catch((failure: unknown) => {
    throw clusterErrorFromFailure(failure);
  });
  if (!isSuccess(response)) {
    response.resume();
    throw clusterErrorFromStatus(response.statusCode ?? 0, response.headers["retry-after"]);
  }
  return response;
}

export function isSuccess(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status <= 299;
}

/** The JSON of an answer. Throws what Node throws where it is cut, and SyntaxError where it is no JSON. */
export async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
