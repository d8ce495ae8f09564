import "server-only";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { GATEHOUSE_ACTOR } from "#lib/audit/model.ts";
import { appendAudit, listAudit } from "#lib/audit/store.ts";
import { configVariable } from "#lib/platform/env.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import { pause } from "#lib/platform/pause.ts";
import type { Runtime } from "#lib/platform/runtime.ts";
import { CONFIGURATION_SOURCE } from "#lib/watch/freshness.ts";
import { EstateFileError, parseEstate, readEstateFile } from "./load.ts";
import type { Estate } from "./model.ts";

/** A change is taken over when two looks have found the same: no look may find a file that is half written. */
const LOOK_MS = 200;

type Look = Readonly<{ digest: string; estate: () => Estate }>;

/**
 * Follows gatehouse.yaml by its content, since a bind mount passes no events on and a ConfigMap is changed by swapping a
 * symbolic link. What is right is taken over and put on record; while it is wrong the former holds, and the list of sources
 * says which line it is. Ends when the signal aborts.
 */
export async function watchEstateFile(
  runtime: Pick<Runtime, "db" | "log" | "ring" | "clock">,
  path: string,
  takeOver: (estate: Estate) => void,
  signal: AbortSignal,
): Promise<void> {
  const { log, ring, clock } = runtime;
  let seen: string | undefined;
  let done: string | undefined;
  let lastGoodAt = clock();
  while (!signal.aborted) {
    const look = lookAt(path);
    if (look.digest === done) {
      lastGoodAt = ring.rows().source.has(CONFIGURATION_SOURCE) ? lastGoodAt : clock();
    } else if (look.digest === seen) {
      try {
        takeOver(look.estate());
        ring.publish([{ kind: "source", id: CONFIGURATION_SOURCE, row: null }]);
        await record(runtime, look.digest);
        done = look.digest;
      } catch (failure) {
        if (failure instanceof EstateFileError) {
          log.error({ problems: failure.problems }, "gatehouse.yaml is wrong; what it said before holds");
          publishProblem(runtime, failure, path, lastGoodAt);
          done = look.digest;
        } else {
          log.warn({ failure: describeFailure(failure) }, "a change of gatehouse.yaml is not on record yet");
        }
      }
    }
    seen = look.digest;
    await pause(LOOK_MS, signal);
  }
}

function lookAt(path: string): Look {
  try {
    const text = readEstateFile(path);
    const digest = createHash("sha256").update(text).digest("hex");
    return { digest, estate: () => parseEstate(text, path, configVariable) };
  } catch (failure) {
    const fail = () => {
      throw failure;
    };
    return { digest: "unreadable", estate: fail };
  }
}

function publishProblem(
  { ring }: Pick<Runtime, "ring">,
  { problems }: EstateFileError,
  path: string,
  lastGoodAt: Date,
): void {
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
  // Where the file lies on the server is nobody's business in a browser.
  const first = (problems[0] ?? "").replace(path, basename(path)).slice(0, 300);
  ring.publish([
    {
      kind: "source",
      id: CONFIGURATION_SOURCE,
      row: { id: CONFIGURATION_SOURCE, state: "stale", since: lastGoodAt.toISOString(), message: `${first}${more}` },
    },
  ]);
}

/** Once for each content, however many replicas read it and however often they start. */
async function record({ db }: Pick<Runtime, "db">, digest: string): Promise<void> {
  const [last] = await listAudit(db, { actor: GATEHOUSE_ACTOR, target: CONFIGURATION_SOURCE, limit: 1 });
  if (last?.detail.digest === digest) {
    return;
  }
  await db.$transaction((tx) =>
    appendAudit(tx, {
      actor: GATEHOUSE_ACTOR,
      action: "configuration.changed",
      target: CONFIGURATION_SOURCE,
      outcome: "done",
      decision: "follows from gatehouse.yaml, which whoever keeps it has changed",
      detail: { digest },
    }),
  );
}
