import { ClusterError } from "./errors.ts";
import { type ClusterPort, WATCHED_KINDS, type WatchedKind, type WatchMessage } from "./port.ts";

type FakeObject = Readonly<{ metadata: Readonly<{ uid: string; name: string }> }>;
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
  /** Sends something that is no change of an object, such as a malformed line. */
  say(kind: WatchedKind, message: WatchMessage): void;
  /** Forgets all versions so far, as after a compaction: a watch from one of them is answered with `expired`. */
  forget(kind: WatchedKind): void;
  /** Ends the watches of a kind: in good order, or with a failure. */
  endWatches(kind: WatchedKind, failure?: ClusterError): void;
  /** Lets lists of a kind fail from now on; with undefined they work again. */
  failLists(kind: WatchedKind, failure: ClusterError | undefined): void;
  /** Lets probes fail from now on; with undefined they work again. */
  failProbes(failure: ClusterError | undefined): void;
  lists(kind: WatchedKind): number;
  openWatches(kind: WatchedKind): number;
}>;

export function fakeCluster(id = "fake", pageSize = 500): FakeCluster {
  let version = 100;
  let probeFailure: ClusterError | undefined;
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

  async function* list(kind: WatchedKind, signal: AbortSignal) {
    const state = stateOf(kind);
    state.lists += 1;
    signal.throwIfAborted();
    if (state.listFailure !== undefined) {
      throw state.listFailure;
    }
    const all = [...state.objects.values()];
    const resourceVersion = String(version);
    for (let start = 0; start === 0 || start < all.length; start += pageSize) {
      yield { items: all.slice(start, start + pageSize), resourceVersion };
    }
  }

  async function* watch(
    kind: WatchedKind,
    from: Readonly<{ resourceVersion: string; timeoutSeconds: number }>,
    signal: AbortSignal,
  ): AsyncIterable<WatchMessage> {
    const state = stateOf(kind);
    const since = Number(from.resourceVersion);
    if (since < state.forgotten) {
      throw new ClusterError("expired", "the cluster no longer holds that version");
    }
    const watcher: Watcher = {
      queue: state.log.filter((logged) => logged.version > since),
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

  return {
    port: {
      id,
      list,
      watch,
      async probe(signal) {
        signal.throwIfAborted();
        if (probeFailure !== undefined) {
          throw probeFailure;
        }
      },
    },
    put(kind, object) {
      const stored = versioned(object);
      stateOf(kind).objects.set(object.metadata.uid, stored);
      tell(kind, { type: "changed", object: stored });
    },
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
    endWatches(kind, failure) {
      const { watchers } = stateOf(kind);
      for (const watcher of [...watchers]) {
        watchers.delete(watcher);
        watcher.end = { failure };
        watcher.wake();
      }
    },
    failLists(kind, failure) {
      stateOf(kind).listFailure = failure;
    },
    failProbes(failure) {
      probeFailure = failure;
    },
    lists: (kind) => stateOf(kind).lists,
    openWatches: (kind) => stateOf(kind).watchers.size,
  };
}
