import "server-only";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { ComposeContainer } from "#lib/clusters/model.ts";
import { KEEP_ALIVE } from "#lib/platform/keep-alive.ts";
import { DockerError, dockerErrorFromFailure, dockerErrorFromStatus } from "./errors.ts";
import type { DockerListing, DockerPort } from "./port.ts";
import { COMPOSE_FILTER, toContainer, toIds } from "./translate.ts";

/** The oldest version that both Docker Engine 19.03 and podman serve. https://docs.docker.com/reference/api/engine/ */
const API = "/v1.40";
const DEADLINE_MS = 10_000;
/** A container's events that change nothing that is shown, such as each run of a health check. */
const EVENTS_FILTER = JSON.stringify({
  type: ["container"],
  event: [
    "create",
    "start",
    "restart",
    "pause",
    "unpause",
    "die",
    "oom",
    "kill",
    "stop",
    "destroy",
    "remove",
    "rename",
    "update",
    "health_status",
  ],
});

type Address =
  | Readonly<{ socketPath: string }>
  | Readonly<{ url: string; tls: Readonly<{ ca: string; certificate: string; key: string }> }>;

/** The Docker Engine at a socket or an address. Throws when a file of its TLS is not there; connects to nothing yet. */
export function openDockerHost(host: Address & Readonly<{ id: string }>): DockerPort {
  const get = getterFor(host);
  return {
    id: host.id,
    list: (signal) => list(get, AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])),
    events: (signal) => events(get, signal),
    async probe(signal) {
      (await get("/_ping", signal)).resume();
    },
  };
}

type Get = (path: string, signal: AbortSignal) => Promise<IncomingMessage>;

function getterFor(host: Address): Get {
  if ("socketPath" in host) {
    const { socketPath } = host;
    return (path, signal) => get((done) => httpRequest({ socketPath, path: API + path, signal, agent: false }, done));
  }
  const { ca, certificate, key } = host.tls;
  const tls: RequestOptions & { ca: Buffer; cert: Buffer; key: Buffer } = {
    agent: false,
    ca: readFileSync(ca),
    cert: readFileSync(certificate),
    key: readFileSync(key),
  };
  const base = host.url.replace(/\/$/, "");
  return (path, signal) => get((done) => httpsRequest(`${base}${API}${path}`, { ...tls, signal }, done));
}

async function get(
  open: (done: (response: IncomingMessage) => void) => ReturnType<typeof httpRequest>,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    open(resolve).on("error", reject).end();
  }).catch((failure: unknown) => {
    throw dockerErrorFromFailure(failure);
  });
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) {
    response.resume();
    throw dockerErrorFromStatus(status);
  }
  return response;
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
    }
  } catch (failure) {
    throw dockerErrorFromFailure(failure);
  }
  return parsed((text) => JSON.parse(String(text)), Buffer.concat(chunks));
}

async function list(get: Get, signal: AbortSignal): Promise<DockerListing> {
  const query = new URLSearchParams({ all: "true", filters: COMPOSE_FILTER });
  const listed = parsed(toIds, await readJson(await get(`/containers/json?${query}`, signal)));
  const inspected = await Promise.all(listed.map(async ({ id }) => inspect(get, id, signal)));
  return {
    containers: inspected.flatMap((one) => (one === "unreadable" ? [] : (one ?? []))),
    unreadable: listed.filter((_, index) => inspected[index] === "unreadable"),
  };
}

/** Undefined for one that has gone since it was listed, or that Compose did not make. One that is odd keeps no other from being seen. */
async function inspect(
  get: Get,
  id: string,
  signal: AbortSignal,
): Promise<ComposeContainer | "unreadable" | undefined> {
  try {
    return parsed(toContainer, await readJson(await get(`/containers/${encodeURIComponent(id)}/json`, signal)));
  } catch (failure) {
    switch (failure instanceof DockerError ? failure.code : undefined) {
      case "gone":
        return undefined;
      case "failed":
      case "garbled":
        return "unreadable";
      default:
        throw failure;
    }
  }
}

function parsed<Value>(translate: (answer: unknown) => Value, answer: unknown): Value {
  try {
    return translate(answer);
  } catch (cause) {
    throw new DockerError("garbled", "the Docker Engine answers with something that is not a container", { cause });
  }
}

async function* events(get: Get, signal: AbortSignal): AsyncIterable<"opened" | "changed"> {
  const response = await get(`/events?${new URLSearchParams({ filters: EVENTS_FILTER })}`, signal);
  response.socket.setKeepAlive(KEEP_ALIVE);
  try {
    yield "opened";
    for await (const chunk of response) {
      // What has happened is looked up; an event cut in two by the network says as much as a whole one.
      if (chunk.length > 0) {
        yield "changed";
      }
    }
  } catch (failure) {
    if (!signal.aborted) {
      throw dockerErrorFromFailure(failure);
    }
  } finally {
    response.destroy();
  }
}
