import "server-only";
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { KEEP_ALIVE, KEEP_ALIVE_MS } from "#lib/platform/keep-alive.ts";
import type { PodUsages } from "#lib/quotas/model.ts";
import { ask, type ClusterAddress, openApiServer, readJson } from "./api-server.ts";
import { ClusterError, clusterErrorFromFailure, clusterErrorFromStatus } from "./errors.ts";
import { linesOf } from "./lines.ts";
import type { ClusterPort, ListPage, WatchedKind, WatchFrom, WatchMessage } from "./port.ts";
import { toPodUsage } from "./translate-usage.ts";
import { findMark, giveUp, mayAct, restart } from "./writes.ts";

/** Where the API server has the objects of each kind. */
export const RESOURCE_PATH: Readonly<Record<WatchedKind, string>> = {
  Namespace: "/api/v1/namespaces",
  Node: "/api/v1/nodes",
  Deployment: "/apis/apps/v1/deployments",
  StatefulSet: "/apis/apps/v1/statefulsets",
  DaemonSet: "/apis/apps/v1/daemonsets",
  ReplicaSet: "/apis/apps/v1/replicasets",
  ControllerRevision: "/apis/apps/v1/controllerrevisions",
  Pod: "/api/v1/pods",
  PersistentVolumeClaim: "/api/v1/persistentvolumeclaims",
  Event: "/api/v1/events",
  ResourceQuota: "/api/v1/resourcequotas",
  LimitRange: "/api/v1/limitranges",
  Service: "/api/v1/services",
  Ingress: "/apis/networking.k8s.io/v1/ingresses",
  HTTPRoute: "/apis/gateway.networking.k8s.io/v1/httproutes",
  NetworkPolicy: "/apis/networking.k8s.io/v1/networkpolicies",
  PodDisruptionBudget: "/apis/policy/v1/poddisruptionbudgets",
  HorizontalPodAutoscaler: "/apis/autoscaling/v2/horizontalpodautoscalers",
  Job: "/apis/batch/v1/jobs",
  CronJob: "/apis/batch/v1/cronjobs",
  ConfigMap: "/api/v1/configmaps",
};

export const USAGE_PATH = "/apis/metrics.k8s.io/v1beta1/pods";

/** What no view needs is not even sent. */
const FIELD_SELECTOR: Readonly<Partial<Record<WatchedKind, string>>> = {
  Event: "type=Warning",
  // Every namespace has one, and it is the cluster's own.
  ConfigMap: "metadata.name!=kube-root-ca.crt",
};

function queryFor(kind: WatchedKind, wanted: Readonly<Record<string, string>>): URLSearchParams {
  const fieldSelector = FIELD_SELECTOR[kind];
  return new URLSearchParams({ ...wanted, ...(fieldSelector !== undefined && { fieldSelector }) });
}

const PAGE_SIZE = 500;
const LIST_DEADLINE_MS = 30_000;
const USAGE_DEADLINE_MS = 15_000;
const WATCH_DEADLINE_MS = 10_000;
/** An API server without WatchList is asked for it again after this time. */
const WITHOUT_WATCH_LIST_MS = 600_000;
/** The API server sends a bookmark about once a minute, so a longer silence means the connection is dead. */
const WATCH_SILENCE_MS = 90_000;
/** https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists */
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

const ListBody = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});
const WatchLine = z.object({ type: z.string(), object: z.unknown() });
const StatusObject = z.object({
  code: z.number(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});
const Bookmark = z.object({
  metadata: z.object({ resourceVersion: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
});

/** Opens a cluster. Throws when the kubeconfig or its context is not there; connects to nothing yet. */
export function openCluster(config: ClusterAddress): ClusterPort {
  const send = openApiServer(config);
  const get: Get = (path, signal) => ask(send, { method: "GET", path }, signal);
  const known = { asksWatchListFrom: 0 };
  return {
    id: config.id,
    list: (kind, signal) => list(get, kind, signal),
    watch: (kind, from, signal) => watch(get, known, kind, from, signal),
    podUsage: (signal) => podUsage(get, signal),
    async probe(signal) {
      const response = await get("/readyz", signal);
      response.resume();
    },
    mayAct: (actor, access, signal) => mayAct(send, actor, access, signal),
    findMark: (workload, signal) => findMark(send, workload, signal),
    restart: (actor, workload, mark, signal) => restart(send, actor, { workload, mark }, signal),
    giveUp: (actor, workload, mark, signal) => giveUp(send, actor, { workload, mark }, signal),
  };
}

type Get = (path: string, signal: AbortSignal) => Promise<IncomingMessage>;

async function* list(get: Get, kind: WatchedKind, signal: AbortSignal): AsyncIterable<ListPage> {
  let continueToken: string | undefined;
  do {
    const query = queryFor(kind, { limit: String(PAGE_SIZE) });
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

async function podUsage(get: Get, signal: AbortSignal): Promise<PodUsages> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(USAGE_DEADLINE_MS)]);
  const response = await get(USAGE_PATH, deadline);
  const answer = await readJson(response).catch((failure: unknown) => {
    throw clusterErrorFromFailure(failure);
  });
  const usage = toPodUsage(answer);
  if (usage === undefined) {
    throw new ClusterError("garbled", "the metrics API answers with something that is no list of pods");
  }
  return usage;
}

/** What an API server has turned out to be able to do. */
type Known = {
  /** By `performance.now()`. */
  asksWatchListFrom: number;
};

async function* watch(
  get: Get,
  known: Known,
  kind: WatchedKind,
  from: WatchFrom,
  signal: AbortSignal,
): AsyncIterable<WatchMessage> {
  const response = await openWatch(get, known, `${RESOURCE_PATH[kind]}?${watchQuery(kind, from)}`, from, signal);
  response.socket.setKeepAlive(KEEP_ALIVE);
  response.setTimeout(WATCH_SILENCE_MS, () => {
    response.destroy(goneSilent(WATCH_SILENCE_MS));
  });
  try {
    yield { type: "opened" };
    for await (const line of linesOf(response)) {
      yield toMessage(line);
    }
  } catch (failure) {
    if (!signal.aborted) {
      const isTimedOut = failure instanceof Error && "code" in failure && failure.code === "ETIMEDOUT";
      throw isTimedOut ? goneSilent(KEEP_ALIVE_MS, failure) : clusterErrorFromFailure(failure);
    }
  } finally {
    response.destroy();
  }
}

function goneSilent(silentForMs: number, cause?: unknown): ClusterError {
  return new ClusterError("unreachable", "the watch has gone silent", { silentForMs, cause });
}

function watchQuery(kind: WatchedKind, { resourceVersion, timeoutSeconds }: WatchFrom): URLSearchParams {
  return queryFor(kind, {
    watch: "1",
    allowWatchBookmarks: "true",
    timeoutSeconds: String(timeoutSeconds),
    ...(resourceVersion === undefined
      ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }
      : { resourceVersion }),
  });
}

/**
 * Remembers for a while that an API server has no WatchList, so that it is not asked for one once a kind and failure; not for
 * ever, because what stands in front of one that has it may have refused the query.
 */
async function openWatch(
  get: Get,
  known: Known,
  path: string,
  { resourceVersion }: WatchFrom,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isWatchList = resourceVersion === undefined;
  if (isWatchList && performance.now() < known.asksWatchListFrom) {
    throw withoutWatchList();
  }
  try {
    return await withinDeadline(signal, WATCH_DEADLINE_MS, (limited) => get(path, limited));
  } catch (failure) {
    // An API server before 1.27, or without the feature, calls the query invalid.
    if (isWatchList && failure instanceof ClusterError && failure.code === "rejected") {
      known.asksWatchListFrom = performance.now() + WITHOUT_WATCH_LIST_MS;
      throw withoutWatchList();
    }
    throw failure;
  }
}

function withoutWatchList(): ClusterError {
  return new ClusterError("unsupported", "the cluster has no watch that begins with every object");
}

/** Aborts `work` when it has not answered in time; once it has, only `signal` still ends what it answered. */
async function withinDeadline<T>(
  signal: AbortSignal,
  deadlineMs: number,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function toMessage(line: string): WatchMessage {
  const event = WatchLine.safeParse(parseLine(line));
  if (!event.success) {
    throw garbled();
  }
  const { type, object } = event.data;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { type: "changed", object };
    case "DELETED":
      return { type: "removed", object };
    case "BOOKMARK":
      return toBookmark(object);
    default:
      throw failureOf(object);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw garbled();
  }
}

function toBookmark(object: unknown): WatchMessage {
  const bookmark = Bookmark.safeParse(object);
  if (!bookmark.success) {
    throw garbled();
  }
  const { resourceVersion, annotations } = bookmark.data.metadata;
  return { type: "bookmark", resourceVersion, isWhole: annotations?.[INITIAL_EVENTS_END] === "true" };
}

function garbled(): ClusterError {
  return new ClusterError("garbled", "the cluster sends something that is no watch event");
}

/** An ERROR event holds a Status object; anything else in its place is an error all the same. */
function failureOf(object: unknown): ClusterError {
  const status = StatusObject.safeParse(object).data;
  return clusterErrorFromStatus(status?.code ?? 500, status?.details?.retryAfterSeconds?.toString());
}
