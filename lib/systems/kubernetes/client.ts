import "server-only";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import * as z from "zod";
import { ask, openApiServer, readJson } from "./api-server.ts";
import { ClusterError, clusterErrorFromFailure, clusterErrorFromStatus } from "./errors.ts";
import type { ClusterPort, ListPage, WatchedKind, WatchMessage } from "./port.ts";
import { findMark, mayAct, restart } from "./writes.ts";

const RESOURCE_PATH: Readonly<Record<WatchedKind, string>> = {
  Deployment: "/apis/apps/v1/deployments",
  StatefulSet: "/apis/apps/v1/statefulsets",
  ReplicaSet: "/apis/apps/v1/replicasets",
  Pod: "/api/v1/pods",
  Event: "/api/v1/events",
  ResourceQuota: "/api/v1/resourcequotas",
  Node: "/api/v1/nodes",
};

const PAGE_SIZE = 500;
const LIST_DEADLINE_MS = 30_000;
/** The API server sends a bookmark about once a minute, so a longer silence means the connection is dead. */
const WATCH_SILENCE_MS = 90_000;

const ListBody = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});
const WatchLine = z.object({ type: z.string(), object: z.unknown() });
const StatusObject = z.object({ code: z.number() });
const Bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** Opens the cluster that a kubeconfig names. Throws when the file or the context is not there; connects to nothing yet. */
export function openCluster(config: { id: string; kubeconfigPath: string; context: string | undefined }): ClusterPort {
  const send = openApiServer(config);
  const get: Get = (path, signal) => ask(send, { method: "GET", path }, signal);
  return {
    id: config.id,
    list: (kind, signal) => list(get, kind, signal),
    watch: (kind, from, signal) => watch(get, kind, from, signal),
    async probe(signal) {
      const response = await get("/readyz", signal);
      response.resume();
    },
    mayAct: (actor, access, signal) => mayAct(send, actor, access, signal),
    findMark: (workload, signal) => findMark(send, workload, signal),
    restart: (actor, workload, mark, signal) => restart(send, actor, { workload, mark }, signal),
  };
}

type Get = (path: string, signal: AbortSignal) => Promise<IncomingMessage>;

async function* list(get: Get, kind: WatchedKind, signal: AbortSignal): AsyncIterable<ListPage> {
  let continueToken: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (continueToken !== undefined) {
      query.set("continue", continueToken);
    }
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(LIST_DEADLINE_MS)]);
    const response = await get(`${RESOURCE_PATH[kind]}?${query}`, deadline);
    const answer = await readJson(response).catch((failure: unknown) => {
      throw clusterErrorFromFailure(failure);
    });
    const body = ListBody.safeParse(answer);
    if (!body.success) {
      throw new ClusterError("unreachable", "the cluster answers with something that is not a list");
    }
    continueToken = body.data.metadata.continue;
    yield { items: body.data.items, resourceVersion: body.data.metadata.resourceVersion };
  } while (continueToken !== undefined && continueToken !== "");
}

async function* watch(
  get: Get,
  kind: WatchedKind,
  from: { resourceVersion: string; timeoutSeconds: number },
  signal: AbortSignal,
): AsyncIterable<WatchMessage> {
  const query = new URLSearchParams({
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: from.resourceVersion,
    timeoutSeconds: String(from.timeoutSeconds),
  });
  const response = await get(`${RESOURCE_PATH[kind]}?${query}`, signal);
  response.setTimeout(WATCH_SILENCE_MS, () => {
    response.destroy(new ClusterError("unreachable", "the watch has gone silent"));
  });
  // Whether readline throws its input's error or just ends differs between versions of Node; a cut is told from an orderly end.
  let failure: unknown;
  response.on("error", (error) => {
    failure = error;
  });
  yield { type: "opened" };
  // Made only now: readline drops the lines that arrive while nobody iterates.
  const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      if (line.length > 0) {
        yield parseLine(line);
      }
    }
  } catch (error) {
    failure = error;
  } finally {
    lines.close();
    response.destroy();
  }
  if (failure !== undefined && !signal.aborted) {
    throw clusterErrorFromFailure(failure);
  }
}

function parseLine(line: string): WatchMessage {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { type: "malformed", text: line.slice(0, 200) };
  }
  const parsed = WatchLine.safeParse(json);
  if (!parsed.success) {
    return { type: "malformed", text: line.slice(0, 200) };
  }
  const { type, object } = parsed.data;
  if (type === "ADDED" || type === "MODIFIED") {
    return { type: "changed", object };
  }
  if (type === "DELETED") {
    return { type: "removed", object };
  }
  if (type === "BOOKMARK") {
    return { type: "bookmark", resourceVersion: Bookmark.parse(object).metadata.resourceVersion };
  }
  const status = StatusObject.safeParse(object);
  throw clusterErrorFromStatus(status.success ? status.data.code : 500);
}
