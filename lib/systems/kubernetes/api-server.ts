import "server-only";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { ClusterError, clusterErrorFromFailure, clusterErrorFromStatus } from "./errors.ts";
import { accountOfFile, accountOfPod } from "./kubeconfig.ts";
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

/** A context of a kubeconfig, its current one where none is named; without a kubeconfig the cluster that Gatehouse itself runs in. */
export type ClusterAddress = Readonly<{ id: string; kubeconfigPath: string | undefined; context: string | undefined }>;

/**
 * The way to an API server. Every cluster has its own credentials, connections and waits, so that none of them mixes with or
 * waits for another's, whatever its users are called. `files` is the folder in which a pod's files begin. Throws when the
 * kubeconfig or its context is not there, or there is no cluster to be in; connects to nothing yet.
 */
export function openApiServer(address: ClusterAddress, files = ""): Send {
  let account: OpenAccount | undefined = openAccount(address, files);
  return async (call, signal) => {
    account ??= reopened(address, files);
    const response = await send(account, call, signal);
    // A token or certificate may have been replaced in the file meanwhile: the next call reads it anew.
    account = response.statusCode === 401 ? undefined : account;
    return response;
  };
}

/** An account that is asked by one call at a time, and given up by a call whose time is over. */
type OpenAccount = Readonly<{
  base: string;
  authenticate(options: RequestOptions, signal: AbortSignal): Promise<void>;
}>;

function openAccount({ id, kubeconfigPath, context }: ClusterAddress, files: string): OpenAccount {
  const account = kubeconfigPath === undefined ? accountOfPod(id, files) : accountOfFile(id, kubeconfigPath, context);
  let last: Promise<void> = Promise.resolve();
  return {
    base: account.base,
    authenticate(options, signal) {
      // One after another, or a kubeconfig's own program would run once for each of the calls that wait for its first answer.
      const mine = last.then(() => account.authenticate(options));
      // Whoever asked for it is told of its failure; the next one only waits for its end.
      last = mine.catch(() => undefined);
      return orAborted(mine, signal);
    },
  };
}

function reopened(address: ClusterAddress, files: string): OpenAccount {
  try {
    return openAccount(address, files);
  } catch (cause) {
    throw withoutCredentials(cause);
  }
}

function withoutCredentials(cause: unknown): ClusterError {
  return new ClusterError("denied", "Gatehouse's own credentials for the cluster cannot be had", { cause });
}

/** Rejects with the signal's reason when it aborts first. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function send(account: OpenAccount, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  // Not fetch: it folds several values of one header into one.
  const url = new URL(account.base + call.path);
  const options: RequestOptions = {
    method: call.method,
    signal,
    headers: { Accept: "application/json", "User-Agent": "gatehouse", ...call.headers },
  };
  await account.authenticate(options, signal).catch((cause: unknown) => {
    throw signal.aborted ? cause : withoutCredentials(cause);
  });
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
