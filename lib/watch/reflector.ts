import "server-only";
import * as z from "zod";
import { pause } from "#lib/platform/pause.ts";
import { ClusterError, clusterErrorFromFailure } from "#lib/systems/kubernetes/errors.ts";
import {
  type ClusterPort,
  INSTALLED_KINDS,
  type WatchedKind,
  type WatchMessage,
} from "#lib/systems/kubernetes/port.ts";
import { identify } from "#lib/systems/kubernetes/translate.ts";

/** As much of an object that cannot be read as can be: its uid, or where that is missing too what stands for it. */
export type UnreadableObject = Readonly<{ uid: string; name: string }>;

export type ReflectorHandlers = Readonly<{
  /** The object as it is now. May throw for one that it cannot read. */
  changed(object: unknown, uid: string): void;
  removed(uid: string): void;
  /** All objects have been told: whatever is held of this kind and not among these uids has vanished. */
  listed(uids: ReadonlySet<string>): void;
  /** `changed` has thrown, or an object has no uid; it is left out and the rest goes on. */
  unreadable(object: UnreadableObject, failure: unknown): void;
  /** From here on what is held is current. */
  live(): void;
  /** What is held may be out of date; `failure` is undefined when the server ended the watch in good order. */
  cut(failure: ClusterError | undefined): void;
}>;

export type Reflector = Readonly<{
  /** Resolves when the signal has aborted. Never rejects. */
  ended: Promise<void>;
  /** Gives up a connection on which nothing has been heard since then (`performance.now()`), and opens another. */
  reopenIfSilentSince(timeMs: number): void;
  /** Ends a pause between two tries, for the API server answers again. */
  tryNow(): void;
}>;

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 4000;
/** A watch that ends sooner than this has not worked, whatever it says. */
const STEADY_MS = 2000;
/** A kind that is not installed is looked for again this often. */
const ABSENT_MS = 30_000;

/** After these there is no use in going on from the version that was reached. */
const POSITION_LOST: readonly ClusterError["code"][] = ["expired", "garbled", "rejected", "not_found"];

type Progress = {
  /** How far it has got; undefined until everything has been told once, and after that version is of no use any more. */
  resourceVersion: string | undefined;
  /** Objects told since everything began to be told; undefined when all have been. */
  telling: Set<string> | undefined;
  openedAt: number | undefined;
  heardAt: number;
  failures: number;
};

/**
 * Keeps up with one kind in one cluster: every object once, then its changes for ever. Modelled on client-go's reflector:
 * WatchList (KEP-3157) where the API server has it and else pages of a list, random watch timeouts of 5 to 10 min so that
 * watches do not end together, bookmarks, jittered growing delays, and after 410 everything once anew. Runs until the signal
 * aborts.
 */
export function startReflector(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  signal: AbortSignal,
): Reflector {
  const progress: Progress = {
    resourceVersion: undefined,
    telling: undefined,
    openedAt: undefined,
    heardAt: performance.now(),
    failures: 0,
  };
  let connection = new AbortController();
  let waiting = new AbortController();

  async function run(): Promise<void> {
    while (!signal.aborted) {
      connection = new AbortController();
      const failure = await follow(cluster, kind, handlers, progress, AbortSignal.any([signal, connection.signal]));
      if (signal.aborted) {
        return;
      }
      const cause = failure ?? (connection.signal.aborted ? silent() : undefined);
      handlers.cut(cause);
      await waitBeforeNext(cause);
    }
  }

  async function waitBeforeNext(failure: ClusterError | undefined): Promise<void> {
    const isSteady = progress.openedAt !== undefined && performance.now() - progress.openedAt >= STEADY_MS;
    progress.failures = isSteady ? 0 : progress.failures;
    if (failure === undefined && isSteady) {
      return;
    }
    progress.failures += 1;
    waiting = new AbortController();
    const isAsked = failure?.retryAfterMs !== undefined;
    const until = isAsked ? signal : AbortSignal.any([signal, waiting.signal]);
    await pause(waitMs(failure, progress.failures, Math.random), until);
  }

  return {
    ended: run(),
    reopenIfSilentSince(timeMs) {
      if (progress.heardAt < timeMs) {
        connection.abort();
      }
    },
    tryNow: () => waiting.abort(),
  };
}

function silent(): ClusterError {
  return new ClusterError("unreachable", "the watch has gone silent");
}

/** One connection, from its opening to its end. */
async function follow(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  progress: Progress,
  signal: AbortSignal,
): Promise<ClusterError | undefined> {
  progress.openedAt = undefined;
  progress.telling = undefined;
  try {
    await watch(cluster, kind, handlers, progress, signal).catch(async (failure: unknown) => {
      if (!(failure instanceof ClusterError) || failure.code !== "unsupported") {
        throw failure;
      }
      progress.resourceVersion = await list(cluster, kind, handlers, progress, signal);
      await watch(cluster, kind, handlers, progress, signal);
    });
    return undefined;
  } catch (error) {
    const failure = clusterErrorFromFailure(error);
    if (POSITION_LOST.includes(failure.code)) {
      progress.resourceVersion = undefined;
    }
    return failure.code === "not_found" && !INSTALLED_KINDS.includes(kind) ? hasEveryCluster(kind, failure) : failure;
  }
}

/** A 404 for a kind that every API server has is no word of that kind: whatever stands in between has lost its way. */
function hasEveryCluster(kind: WatchedKind, cause: ClusterError): ClusterError {
  return new ClusterError("unreachable", `the cluster says that it has no ${kind}, which every cluster has`, { cause });
}

async function watch(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const timeoutSeconds = 300 + Math.floor(Math.random() * 300);
  const from = { resourceVersion: progress.resourceVersion, timeoutSeconds };
  for await (const message of cluster.watch(kind, from, signal)) {
    progress.heardAt = performance.now();
    take(message, handlers, progress);
  }
}

async function list(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const telling = new Set<string>();
  let resourceVersion = "";
  for await (const page of cluster.list(kind, signal)) {
    progress.heardAt = performance.now();
    for (const object of page.items) {
      tell(object, handlers, telling);
    }
    resourceVersion = page.resourceVersion;
  }
  handlers.listed(telling);
  return resourceVersion;
}

function take(message: WatchMessage, handlers: ReflectorHandlers, progress: Progress): void {
  switch (message.type) {
    case "opened":
      progress.openedAt = performance.now();
      if (progress.resourceVersion === undefined) {
        progress.telling = new Set();
      } else {
        handlers.live();
      }
      return;
    case "bookmark":
      takeBookmark(message, handlers, progress);
      return;
    case "changed":
      advance(progress, tell(message.object, handlers, progress.telling));
      return;
    case "removed":
      takeRemoved(message.object, handlers, progress);
  }
}

function takeBookmark(
  { resourceVersion, isWhole }: Extract<WatchMessage, { type: "bookmark" }>,
  handlers: ReflectorHandlers,
  progress: Progress,
): void {
  if (progress.telling === undefined) {
    progress.resourceVersion = resourceVersion;
    return;
  }
  if (isWhole) {
    handlers.listed(progress.telling);
    progress.telling = undefined;
    progress.resourceVersion = resourceVersion;
    handlers.live();
  }
}

function takeRemoved(object: unknown, handlers: ReflectorHandlers, progress: Progress): void {
  try {
    const { uid, resourceVersion } = identify(object);
    progress.telling?.delete(uid);
    handlers.removed(uid);
    advance(progress, resourceVersion);
  } catch (failure) {
    handlers.unreadable(whatCanBeRead(object), failure);
  }
}

/** Until everything has been told, objects come in any order, and none of their versions is one to go on from. */
function advance(progress: Progress, resourceVersion: string | undefined): void {
  if (progress.telling === undefined && resourceVersion !== undefined) {
    progress.resourceVersion = resourceVersion;
  }
}

/**
 * Hands an object over and answers its version. One that cannot be read must not end the watch, for it would come again after
 * every restart; and it is there all the same.
 */
function tell(object: unknown, handlers: ReflectorHandlers, telling: Set<string> | undefined): string | undefined {
  let resourceVersion: string | undefined;
  try {
    const identity = identify(object);
    resourceVersion = identity.resourceVersion;
    telling?.add(identity.uid);
    handlers.changed(object, identity.uid);
  } catch (failure) {
    const readable = whatCanBeRead(object);
    telling?.add(readable.uid);
    handlers.unreadable(readable, failure);
  }
  return resourceVersion;
}

const Readable = z.object({ metadata: z.unknown() });
const ReadableMetadata = z.object({
  uid: z.string().optional().catch(undefined),
  namespace: z.string().catch(""),
  name: z.string().catch("without a name"),
});

function whatCanBeRead(object: unknown): UnreadableObject {
  const { uid, namespace, name } = ReadableMetadata.parse(Object(Readable.safeParse(object).data?.metadata));
  const fullName = namespace === "" ? name : `${namespace}/${name}`;
  return { uid: uid ?? fullName, name: fullName };
}

/** The pause before try number `failures` + 1, with jitter so that many do not come back at once. */
export function waitMs(failure: ClusterError | undefined, failures: number, random: () => number): number {
  if (failure?.retryAfterMs !== undefined) {
    return failure.retryAfterMs * (1 + random() / 10);
  }
  const longest =
    failure?.code === "not_found" ? ABSENT_MS : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  return longest / 2 + (longest / 2) * random();
}
