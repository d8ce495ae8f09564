import { Bell } from "./bell.ts";
import { retryDelayMs, UndeployableCommit } from "./deployment.ts";

/** A deployment that failed; `retryInMs` is null where only another commit can help. */
export type Failure = { revision: string; error: unknown; retryInMs: number | null };

type Queue = {
  deploy: (revision: string) => Promise<void>;
  report: (failure: Failure) => void;
  signal: AbortSignal;
};

/**
 * Deploys the revisions of one branch one after the other. Of those that come meanwhile only the latest is taken.
 * A failed one is tried again with growing delays until it succeeds or a later one comes.
 */
export class DeployQueue {
  readonly #queue: Queue;
  readonly #bell = new Bell();
  #wanted: string | null = null;

  constructor(queue: Queue) {
    this.#queue = queue;
    queue.signal.addEventListener("abort", () => this.#bell.ring());
  }

  /** Asks for a revision; asking for the same again does nothing. */
  want(revision: string): void {
    if (revision === this.#wanted) {
      return;
    }
    this.#wanted = revision;
    this.#bell.ring();
  }

  /** Works until the signal aborts. */
  async run(): Promise<void> {
    const { deploy, report, signal } = this.#queue;
    let settled: string | null = null;
    let failures = 0;
    while (!signal.aborted) {
      const revision: string | null = this.#wanted;
      if (revision === null || revision === settled) {
        await this.#bell.wait();
        continue;
      }
      try {
        await deploy(revision);
        settled = revision;
        failures = 0;
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if (error instanceof UndeployableCommit) {
          settled = revision;
          report({ revision, error, retryInMs: null });
          continue;
        }
        failures += 1;
        const retryInMs = retryDelayMs(failures, Math.random());
        report({ revision, error, retryInMs });
        await this.#bell.wait(retryInMs);
      }
    }
  }
}
