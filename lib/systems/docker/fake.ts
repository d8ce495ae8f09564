import type { ComposeContainer } from "#lib/clusters/model.ts";
import type { DockerError } from "./errors.ts";
import type { DockerPort } from "./port.ts";

/** A Docker Engine in memory that behaves as the port promises, and in which a test says what happens. Unit tests only. */
export type FakeDocker = Readonly<{
  port: DockerPort;
  put(container: ComposeContainer): void;
  remove(id: string): void;
  /** Ends every stream and refuses every call from now on; with undefined it works again. */
  fail(failure: DockerError | undefined): void;
}>;

export function fakeDocker(id = "host"): FakeDocker {
  const containers = new Map<string, ComposeContainer>();
  const listeners = new Set<() => void>();
  let failure: DockerError | undefined;

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
        return [...containers.values()];
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
      tell();
    },
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
