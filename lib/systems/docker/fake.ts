import type { ComposeContainer } from "#lib/clusters/model.ts";
import type { DockerError } from "./errors.ts";
import type { DockerPort } from "./port.ts";

/** A Docker Engine in memory that behaves as the port promises, and in which a test says what happens. Unit tests only. */
export type FakeDocker = Readonly<{
  port: DockerPort;
  put(container: ComposeContainer): void;
  remove(id: string): void;
  /** Makes a container one of which the engine cannot say what it should, until it is put there again. */
  garble(id: string): void;
  /** Tells of so many events at once, of which none changes anything. */
  stir(times: number): void;
  /** From now on a stream tells nothing, and nobody that it does not. */
  loseEvents(): void;
  /** How many times everything was listed. */
  lists(): number;
  /** Ends every stream and refuses every call from now on; with undefined it works again. */
  fail(failure: DockerError | undefined): void;
}>;

export function fakeDocker(id = "host"): FakeDocker {
  const containers = new Map<string, ComposeContainer>();
  const listeners = new Set<() => void>();
  const garbled = new Set<string>();
  let failure: DockerError | undefined;
  let lists = 0;

  function tell(): void {
    for (const listener of listeners) {
      listener();
    }
  }

  function assertUp(): void {
    if (failure !== undefined) {
      throw failure;
    }
  }

  return {
    port: {
      id,
      async list() {
        assertUp();
        lists += 1;
        const all = [...containers.values()];
        return {
          containers: all.filter(({ id: one }) => !garbled.has(one)),
          unreadable: all.flatMap((one) =>
            garbled.has(one.id) ? [{ id: one.id, name: `${one.project}/${one.name}` }] : [],
          ),
        };
      },
      async *events(signal) {
        assertUp();
        let wake: () => void = () => undefined;
        let told = 0;
        const listener = () => {
          told += 1;
          wake();
        };
        listeners.add(listener);
        signal.addEventListener("abort", listener);
        try {
          yield "opened";
          for (let seen = 0; !signal.aborted; seen += 1) {
            if (told === seen) {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            }
            assertUp();
            if (!signal.aborted) {
              yield "changed";
            }
          }
        } finally {
          listeners.delete(listener);
          signal.removeEventListener("abort", listener);
        }
      },
      async probe() {
        assertUp();
      },
    },
    put(container) {
      containers.set(container.id, container);
      garbled.delete(container.id);
      tell();
    },
    garble(containerId) {
      garbled.add(containerId);
      tell();
    },
    stir(times) {
      for (let count = 0; count < times; count += 1) {
        tell();
      }
    },
    loseEvents() {
      listeners.clear();
    },
    lists: () => lists,
    remove(containerId) {
      containers.delete(containerId);
      tell();
    },
    fail(next) {
      failure = next;
      tell();
    },
  };
}
