import "server-only";
import { pause } from "#lib/platform/pause.ts";
import { type ClusterError, clusterErrorFromFailure } from "#lib/systems/kubernetes/errors.ts";
import type { ClusterPort, WatchedKind, WatchMessage } from "#lib/systems/kubernetes/port.ts";
import { identify } from "#lib/systems/kubernetes/translate.ts";

export type ReflectorHandlers = Readonly<{
  /** The object as it is now. May throw for one that it cannot read. */
  changed(object: unknown): void;
  removed(uid: string): void;
  /** A list is complete: whatever is held of this kind and not among these uids has vanished. */
  listed(uids: ReadonlySet<string>): void;
  /** A line or an object that cannot be read; it is left out and the rest goes on. */
  unreadable(failure: unknown): void;
  /** From here on what is held is current. */
  live(): void;
  /** What is held may be out of date; `failure` is undefined when the server ended the watch in good order. */
  cut(failure: ClusterError | undefined): void;
}>;

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 4000;
/** A watch that ends sooner than this has not worked, whatever it says. */
const SHORTEST_WATCH_MS = 1000;

/** How far the reflector has got; undefined before the first list and after the server has forgotten that version. */
type Position = { resourceVersion: string | undefined; failures: number };

/**
 * Keeps up with one kind in one cluster: list once, then watch for ever. Modelled on client-go's reflector: random watch
 * timeouts of 5 to 10 min so that watches do not end together, bookmarks, jittered growing delays, and after 410 one list
 * anew. Runs until the signal aborts; never throws.
 */
export async function reflect(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  signal: AbortSignal,
): Promise<void> {
  const position: Position = { resourceVersion: undefined, failures: 0 };
  while (!signal.aborted) {
    const startedAt = performance.now();
    const failure = await listAndWatch(cluster, kind, handlers, position, signal);
    if (signal.aborted) {
      return;
    }
    handlers.cut(failure);
    if (failure !== undefined || performance.now() - startedAt < SHORTEST_WATCH_MS) {
      position.failures += 1;
      await pause(failure?.retryAfterMs ?? delayMs(position.failures, Math.random), signal);
    }
  }
}

async function listAndWatch(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  position: Position,
  signal: AbortSignal,
): Promise<ClusterError | undefined> {
  try {
    const from = position.resourceVersion ?? (await list(cluster, kind, handlers, signal));
    position.resourceVersion = from;
    const timeoutSeconds = 300 + Math.floor(Math.random() * 300);
    for await (const message of cluster.watch(kind, { resourceVersion: from, timeoutSeconds }, signal)) {
      take(message, handlers, position);
    }
    return undefined;
  } catch (error) {
    const failure = clusterErrorFromFailure(error);
    if (failure.code === "expired") {
      position.resourceVersion = undefined;
    }
    return failure;
  }
}

async function list(
  cluster: ClusterPort,
  kind: WatchedKind,
  handlers: ReflectorHandlers,
  signal: AbortSignal,
): Promise<string> {
  const uids = new Set<string>();
  let resourceVersion = "";
  for await (const page of cluster.list(kind, signal)) {
    for (const object of page.items) {
      guarded(handlers, () => {
        uids.add(identify(object).uid);
        handlers.changed(object);
      });
    }
    resourceVersion = page.resourceVersion;
  }
  handlers.listed(uids);
  return resourceVersion;
}

function take(message: WatchMessage, handlers: ReflectorHandlers, position: Position): void {
  switch (message.type) {
    case "opened":
      position.failures = 0;
      handlers.live();
      return;
    case "bookmark":
      position.resourceVersion = message.resourceVersion;
      return;
    case "malformed":
      handlers.unreadable(new Error("a line of the watch is not an event"));
      return;
    case "changed":
    case "removed":
      guarded(handlers, () => {
        const { uid, resourceVersion } = identify(message.object);
        position.resourceVersion = resourceVersion;
        if (message.type === "removed") {
          handlers.removed(uid);
        } else {
          handlers.changed(message.object);
        }
      });
  }
}

/** One object that cannot be read must not end the watch: it would come again after every restart. */
function guarded(handlers: ReflectorHandlers, work: () => void): void {
  try {
    work();
  } catch (failure) {
    handlers.unreadable(failure);
  }
}

/** The pause before try number `failures` + 1: doubling, with full jitter in its upper half. */
export function delayMs(failures: number, random: () => number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  return longest / 2 + (longest / 2) * random();
}
