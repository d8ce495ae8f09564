import { flushCompileCache } from "node:module";
import { z } from "zod";
import { runOperation } from "#lib/operations/runner.ts";
import { claimNext } from "#lib/operations/store.ts";
import { type Db, openDb } from "#lib/platform/db.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { ClusterPort } from "#lib/systems/kubernetes/port.ts";
import { Deployed, openRestartWorld } from "./restart-world.ts";
import { openWorld } from "./world.ts";

/**
 * Carries out the one operation that waits, and dies by SIGKILL at the `crashPoint`-th of these moments: before each call to
 * the repository or the cluster and before each transaction, and in the middle of each call that leaves something behind. Ends with exit
 * code 0 when there are fewer. Run with --conditions=react-server.
 */
const Job = z.object({
  databaseUrl: z.string(),
  repositoryUrl: z.string(),
  directory: z.string(),
  crashPoint: z.int(),
  /** What a restart is of; left out where the operation changes Git. */
  deployed: Deployed.optional(),
});

/** Long enough for git to be started, a call to be sent or a transaction to have begun, short enough that none has ended. */
const IN_THE_MIDDLE_MS = 8;
const LEAVES_SOMETHING = new Set<PropertyKey>(["commit", "push", "restart", "$transaction"]);

let moment = 0;

function passMoment(crashPoint: number): void {
  moment += 1;
  if (moment === crashPoint) {
    process.kill(process.pid, "SIGKILL");
  }
}

function passMiddle(crashPoint: number): void {
  moment += 1;
  if (moment === crashPoint) {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), IN_THE_MIDDLE_MS);
  }
}

/** The same object, whose calls to the picked methods pass the moments at which the process may die. */
function mortal<Target extends object>(target: Target, isCounted: (name: PropertyKey) => boolean, at: number): Target {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== "function") {
        return value;
      }
      if (!isCounted(name)) {
        return value.bind(object);
      }
      return (...args: unknown[]) => {
        passMoment(at);
        if (LEAVES_SOMETHING.has(name)) {
          passMiddle(at);
        }
        return Reflect.apply(value, object, args);
      };
    },
  });
}

// Not only where it comes to its end, which few do.
flushCompileCache();
const job = Job.parse(JSON.parse(process.argv[2] ?? ""));
const plainDb = openDb(job.databaseUrl);
const { deployed } = job;
const plain =
  deployed === undefined ? openWorld({ ...job, db: plainDb }) : openRestartWorld({ ...job, deployed, db: plainDb });
const db: Db = mortal(plainDb, (name) => name === "$transaction", job.crashPoint);
const repositories = new Map<string, RepositoryPort>(
  [...plain.repositories].map(([id, port]) => [id, mortal(port, () => true, job.crashPoint)]),
);
const clusters = new Map<string, ClusterPort>(
  [...plain.clusters].map(([id, port]) => [id, mortal(port, () => true, job.crashPoint)]),
);
const operation = await claimNext(plainDb, "child");
if (operation === undefined) {
  throw new Error("there is no operation to carry out");
}
await runOperation({ ...plain, db, repositories, clusters }, operation, new AbortController().signal);
await plainDb.$disconnect();
