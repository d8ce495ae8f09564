import * as z from "zod";
import type { PodUsage, PodUsages } from "#lib/quotas/model.ts";
import { ClusterError, clusterErrorFromRefusedWrite } from "./errors.ts";
import {
  type Actor,
  type ClusterPort,
  type Mark,
  type Restarted,
  type SeenVersion,
  WATCHED_KINDS,
  type WatchedKind,
  type WatchFrom,
  type WatchMessage,
  type WorkloadName,
} from "./port.ts";
import { decisionOf, givenUpPatch, restartPatch, toMarked } from "./translate-acting.ts";

type FakeObject = Readonly<{ metadata: Readonly<{ uid: string; name: string }> }>;
const Restartable = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), name: z.string(), namespace: z.string() }),
});
type Logged = Readonly<{ version: number; message: WatchMessage }>;

type KindState = {
  objects: Map<string, unknown>;
  log: Logged[];
  /** Versions up to this one are no longer held. */
  forgotten: number;
  watchers: Set<Watcher>;
  lists: number;
  listFailure: ClusterError | undefined;
};

type Watcher = {
  queue: Logged[];
  end: { failure: ClusterError | undefined } | undefined;
  wake: () => void;
};

/** A cluster in memory that behaves as the port promises, and in which a test says what happens. Unit tests only. */
export type FakeCluster = Readonly<{
  port: ClusterPort;
  put(kind: WatchedKind, object: FakeObject): void;
  remove(kind: WatchedKind, uid: string): void;
  /** Sends something that is no change of an object, such as a bookmark or an object that makes no sense. */
  say(kind: WatchedKind, message: WatchMessage): void;
  /** Forgets all versions so far, as after a compaction: a watch from one of them is answered with `expired`. */
  forget(kind: WatchedKind): void;
  /** From now on the watches that are open hear nothing any more, and do not end either. */
  loseMessages(): void;
  /** Ends the watches of a kind: in good order, or with a failure. */
  endWatches(kind: WatchedKind, failure?: ClusterError): void;
  /** From now on no watch begins with every object, as at an API server without WatchList. */
  refuseWatchLists(): void;
  /** Lets every telling of all objects of a kind fail from now on; with undefined it works again. */
  failLists(kind: WatchedKind, failure: ClusterError | undefined): void;
  /** Lets a user or the members of a group restart workloads in a namespace; nobody may at first. */
  grant(namespace: string, userOrGroup: string): void;
  /** Takes that away again. */
  withdraw(namespace: string, userOrGroup: string): void;
  /** Lets the next restart fail, with its effect done or not. */
  failNextRestart(failure: ClusterError, effect: "done" | "not done"): void;
  /** Installs a metrics API that says what each pod uses, or one that fails; there is none at first. */
  measure(usage: readonly PodUsage[] | ClusterError, unreadable?: PodUsages["unreadable"]): void;
  /** Lets probes fail from now on; with undefined they work again. */
  failProbes(failure: ClusterError | undefined): void;
  /** How often all objects of a kind were asked for, by a list or by a watch that begins with them. */
  lists(kind: WatchedKind): number;
  openWatches(kind: WatchedKind): number;
}>;

export function fakeCluster(id = "fake", pageSize = 500): FakeCluster {
  let version = 100;
  let hasWatchList = true;
  let probeFailure: ClusterError | undefined;
  let measured: PodUsages | ClusterError = new ClusterError("not_found", "the cluster has no metrics API");
  let restartFailure: Readonly<{ failure: ClusterError; isDone: boolean }> | undefined;
  const grants = new Set<string>();
  const kinds = new Map<WatchedKind, KindState>(
    WATCHED_KINDS.map((kind) => [
      kind,
      { objects: new Map(), log: [], forgotten: version, watchers: new Set(), lists: 0, listFailure: undefined },
    ]),
  );

  function stateOf(kind: WatchedKind): KindState {
    const state = kinds.get(kind);
    if (state === undefined) {
      throw new Error(`no kind ${kind}`);
    }
    return state;
  }

  function versioned(object: FakeObject): FakeObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, ...{ resourceVersion: String(version) } } };
  }

  function tell(kind: WatchedKind, message: WatchMessage): void {
    const state = stateOf(kind);
    const logged = { version, message };
    state.log.push(logged);
    for (const watcher of state.watchers) {
      watcher.queue.push(logged);
      watcher.wake();
    }
  }

  function beginToTellAll(state: KindState, signal: AbortSignal): void {
    state.lists += 1;
    signal.throwIfAborted();
    if (state.listFailure !== undefined) {
      throw state.listFailure;
    }
  }

  async function* list(kind: WatchedKind, signal: AbortSignal) {
    const state = stateOf(kind);
    beginToTellAll(state, signal);
    const all = [...state.objects.values()];
    const resourceVersion = String(version);
    for (let start = 0; start === 0 || start < all.length; start += pageSize) {
      yield { items: all.slice(start, start + pageSize), resourceVersion };
    }
  }

  /** What a watch has to tell when it opens. */
  function firstMessages(state: KindState, resourceVersion: string | undefined, signal: AbortSignal): Logged[] {
    if (resourceVersion !== undefined) {
      const since = Number(resourceVersion);
      if (since < state.forgotten) {
        throw new ClusterError("expired", "the cluster no longer holds that version");
      }
      return state.log.filter((logged) => logged.version > since);
    }
    if (!hasWatchList) {
      throw new ClusterError("unsupported", "the cluster has no watch that begins with every object");
    }
    beginToTellAll(state, signal);
    const whole: WatchMessage = { type: "bookmark", resourceVersion: String(version), isWhole: true };
    const objects = [...state.objects.values()].map((object): WatchMessage => ({ type: "changed", object }));
    return [...objects, whole].map((message) => ({ version, message }));
  }

  async function* watch(kind: WatchedKind, from: WatchFrom, signal: AbortSignal): AsyncIterable<WatchMessage> {
    const state = stateOf(kind);
    const watcher: Watcher = {
      queue: firstMessages(state, from.resourceVersion, signal),
      end: undefined,
      wake: () => undefined,
    };
    const end = () => {
      watcher.end ??= { failure: undefined };
      watcher.wake();
    };
    const timeout = setTimeout(end, from.timeoutSeconds * 1000);
    signal.addEventListener("abort", end);
    state.watchers.add(watcher);
    try {
      yield { type: "opened" };
      while (!signal.aborted) {
        const next = watcher.queue.shift();
        if (next !== undefined) {
          yield next.message;
        } else if (watcher.end !== undefined) {
          break;
        } else {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
          });
        }
      }
    } finally {
      clearTimeout(timeout);
      signal.removeEventListener("abort", end);
      state.watchers.delete(watcher);
    }
    if (watcher.end?.failure !== undefined && !signal.aborted) {
      throw watcher.end.failure;
    }
  }

  function put(kind: WatchedKind, object: FakeObject): void {
    const stored = versioned(object);
    stateOf(kind).objects.set(object.metadata.uid, stored);
    tell(kind, { type: "changed", object: stored });
  }

  function isGranted(actor: Actor, namespace: string): boolean {
    return [actor.user, ...actor.groups].some((name) => grants.has(`${namespace} ${name}`));
  }

  function find({ kind, namespace, name }: WorkloadName): z.infer<typeof Restartable> {
    const objects = [...stateOf(kind).objects.values()].map((object) => Restartable.parse(object));
    const found = objects.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (found === undefined) {
      throw new ClusterError("not_found", "the cluster does not know this resource");
    }
    return found;
  }

  function assertWritable(actor: Actor, seen: SeenVersion, now: Pick<SeenVersion, "uid" | "resourceVersion">): void {
    const refuse = (status: number) =>
      clusterErrorFromRefusedWrite({ status, message: "", retryAfter: undefined }, actor.user);
    if (!isGranted(actor, seen.namespace)) {
      throw refuse(403);
    }
    if (now.uid !== seen.uid || now.resourceVersion !== seen.resourceVersion) {
      throw refuse(409);
    }
  }

  async function restart(actor: Actor, workload: SeenVersion, mark: Mark, signal: AbortSignal): Promise<Restarted> {
    signal.throwIfAborted();
    const object = find(workload);
    const { uid, resourceVersion, generation, operationId } = toMarked(object);
    if (uid === workload.uid && operationId === mark.operationId) {
      return { isChanged: false, generation };
    }
    assertWritable(actor, workload, { uid, resourceVersion });
    const scripted = restartFailure;
    restartFailure = undefined;
    const restarted = Restartable.parse(merged(object, restartPatch(workload, mark)));
    const metadata = { ...restarted.metadata, generation: generation + 1 };
    if (scripted?.isDone !== false) {
      put(workload.kind, { ...restarted, metadata });
    }
    if (scripted !== undefined) {
      throw scripted.failure;
    }
    return { isChanged: true, generation: metadata.generation };
  }

  return {
    port: {
      id,
      list,
      watch,
      restart,
      async giveUp(actor, workload, mark, signal) {
        signal.throwIfAborted();
        const object = find(workload);
        assertWritable(actor, workload, toMarked(object));
        put(workload.kind, Restartable.parse(merged(object, givenUpPatch(workload, mark))));
      },
      async mayAct(actor, access, signal) {
        signal.throwIfAborted();
        const isRestart = access.verb === "patch" && access.group === "apps";
        const allowed = isRestart && isGranted(actor, access.namespace);
        return decisionOf({ status: { allowed } }, actor, access);
      },
      async findMark(workload, signal) {
        signal.throwIfAborted();
        return toMarked(find(workload));
      },
      async podUsage(signal) {
        signal.throwIfAborted();
        if (measured instanceof ClusterError) {
          throw measured;
        }
        return measured;
      },
      async probe(signal) {
        signal.throwIfAborted();
        if (probeFailure !== undefined) {
          throw probeFailure;
        }
      },
    },
    put,
    remove(kind, uid) {
      const { objects } = stateOf(kind);
      const object = objects.get(uid);
      objects.delete(uid);
      version += 1;
      tell(kind, {
        type: "removed",
        object: { ...Object(object), metadata: { ...Object(object).metadata, resourceVersion: String(version) } },
      });
    },
    say: tell,
    forget(kind) {
      version += 1;
      stateOf(kind).forgotten = version;
      stateOf(kind).log = [];
    },
    loseMessages() {
      for (const { watchers } of kinds.values()) {
        watchers.clear();
      }
    },
    endWatches(kind, failure) {
      const { watchers } = stateOf(kind);
      for (const watcher of [...watchers]) {
        watchers.delete(watcher);
        watcher.end = { failure };
        watcher.wake();
      }
    },
    refuseWatchLists() {
      hasWatchList = false;
    },
    failLists(kind, failure) {
      stateOf(kind).listFailure = failure;
    },
    grant(namespace, userOrGroup) {
      grants.add(`${namespace} ${userOrGroup}`);
    },
    withdraw(namespace, userOrGroup) {
      grants.delete(`${namespace} ${userOrGroup}`);
    },
    failNextRestart(failure, effect) {
      restartFailure = { failure, isDone: effect === "done" };
    },
    measure(usage, unreadable = []) {
      measured = usage instanceof ClusterError ? usage : { pods: usage, unreadable };
    },
    failProbes(failure) {
      probeFailure = failure;
    },
    lists: (kind) => stateOf(kind).lists,
    openWatches: (kind) => stateOf(kind).watchers.size,
  };
}

/** A JSON merge patch applied (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  const change = z.record(z.string(), z.unknown()).safeParse(patch).data;
  if (change === undefined) {
    return patch;
  }
  const now = z.record(z.string(), z.unknown()).safeParse(target).data ?? {};
  const changed = Object.entries(change).map(([key, value]) => [key, merged(now[key], value)] as const);
  return { ...now, ...Object.fromEntries(changed) };
}
