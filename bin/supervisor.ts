/** Something that was started and may die. */
export type Supervised = {
  name: string;
  /** null while it does not run. */
  readonly pid: number | null;
  start(): Promise<void>;
  /** How long it stays dead before it is started again, so that an outage can be seen. */
  restartAfterMs: number;
};

export type Supervisor = {
  /** Stops looking; resolves when a restart under way has ended. */
  stop(): Promise<void>;
};

const lookEveryMs = 200;

/**
 * Starts again what dies by itself, each after its own time, and keeps trying. `say` is told of each death and restart,
 * `onChange` whenever a process id is another one.
 */
export function supervise(
  parts: readonly Supervised[],
  { say, onChange }: { say: (line: string) => void; onChange: () => void },
): Supervisor {
  const diedAt = new Map<Supervised, number>();
  const restarts = new Map<Supervised, Promise<void>>();
  let pids = parts.map(({ pid }) => pid).join();
  const restart = async (part: Supervised) => {
    try {
      await part.start();
      say(`${part.name} runs again, as process ${part.pid}.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`${part.name} could not be started again, trying once more in ${seconds(part)}: ${reason}`);
      diedAt.set(part, performance.now());
    } finally {
      restarts.delete(part);
    }
  };
  const look = () => {
    for (const part of parts.filter((each) => !restarts.has(each))) {
      if (part.pid !== null) {
        diedAt.delete(part);
        continue;
      }
      const since = diedAt.get(part);
      if (since === undefined) {
        say(`${part.name} has ended by itself; it is started again in ${seconds(part)}.`);
        diedAt.set(part, performance.now());
      } else if (performance.now() - since >= part.restartAfterMs) {
        restarts.set(part, restart(part));
      }
    }
    const now = parts.map(({ pid }) => pid).join();
    if (now !== pids) {
      pids = now;
      onChange();
    }
  };
  const looking = setInterval(look, lookEveryMs);
  return {
    async stop() {
      clearInterval(looking);
      await Promise.all(restarts.values());
    },
  };
}

function seconds({ restartAfterMs }: Supervised): string {
  return `${restartAfterMs / 1_000} s`;
}
