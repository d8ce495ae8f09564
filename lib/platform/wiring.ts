import "server-only";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { watchAccounts } from "#lib/access/access-watch.ts";
import { createAccessDoubts } from "#lib/access/doubts.ts";
import { keepRecord, openCheckpoints } from "#lib/audit/checkpoints.ts";
import { whyRecordIsOpen } from "#lib/audit/guard.ts";
import { watchEstateFile } from "#lib/estate/file-watch.ts";
import { loadEstate } from "#lib/estate/load.ts";
import { type Estate, isDeliveredPlatform } from "#lib/estate/model.ts";
import { createLimiter } from "#lib/limits/limiter.ts";
import { type Runner, startRunner } from "#lib/operations/runner.ts";
import { promotionRecipe } from "#lib/promotions/operations.ts";
import { keepQuotaHistory } from "#lib/quotas/history.ts";
import { voidOutdated } from "#lib/requests/operations.ts";
import { restartRecipe } from "#lib/restarts/cluster-writes.ts";
import { rollbackRecipe } from "#lib/rollbacks/operations.ts";
import { keepRunHistory } from "#lib/schedules/history.ts";
import { openDockerHost } from "#lib/systems/docker/client.ts";
import { openRepository } from "#lib/systems/git/client.ts";
import { openCluster } from "#lib/systems/kubernetes/client.ts";
import { openBucket } from "#lib/systems/object-store/client.ts";
import { watchBreakGlass } from "#lib/watch/break-glass-watch.ts";
import { watchCluster } from "#lib/watch/cluster-watch.ts";
import { watchComposeHost } from "#lib/watch/compose-watch.ts";
import { createEstateView } from "#lib/watch/estate-view.ts";
import { watchRepository } from "#lib/watch/git-watch.ts";
import { publishRequests, watchRequests } from "#lib/watch/request-watch.ts";
import { createRing } from "#lib/watch/ring.ts";
import { watchUsage } from "#lib/watch/usage-watch.ts";
import { type Clock, systemClock } from "./clock.ts";
import { databaseUrl, openDb } from "./db.ts";
import { env } from "./env.ts";
import { describeFailure } from "./errors.ts";
import { type Log, log } from "./log.ts";
import { type Runtime, repositoryOf } from "./runtime.ts";

const RING_CAPACITY = 4096;

/** Next bundles pages, routes and instrumentation apart, so a module's own variable would be there several times. */
declare global {
  var gatehouseRuntime: Promise<StartedRuntime> | undefined;
}

/** This process's runtime; the first call starts it. */
export async function runtime(): Promise<Runtime> {
  globalThis.gatehouseRuntime ??= startFromEnvironment();
  return (await globalThis.gatehouseRuntime).runtime;
}

async function startFromEnvironment(): Promise<StartedRuntime> {
  const started = await startRuntime({
    estate: loadEstate(env().GATEHOUSE_CONFIG),
    databaseUrl: databaseUrl(),
    dataDirectory: resolve(env().GATEHOUSE_DATA),
    clock: systemClock,
    log: log(),
  });
  const { runtime, takeOver } = started;
  watchEstateFile(runtime, env().GATEHOUSE_CONFIG, takeOver, runtime.stopping).catch((failure: unknown) => {
    log().error({ failure: describeFailure(failure) }, "gatehouse.yaml is not followed any more");
  });
  const stop = () => {
    started.stop().catch((failure: unknown) => {
      log().error({ failure: describeFailure(failure) }, "stopping failed");
    });
  };
  // Next stops answering by itself; what it does not know of are the streams, the watches and the operations.
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  return started;
}

export type StartedRuntime = Readonly<{
  runtime: Runtime;
  /** Works by another gatehouse.yaml from now on, but for its clusters, platforms and signing, which are opened once. */
  takeOver(next: Estate): void;
  stop(): Promise<void>;
}>;

/** Opens every system of the estate, starts watching, and runs operations. The only place that names real clients. */
export async function startRuntime(
  parts: Readonly<{ estate: Estate; databaseUrl: string; dataDirectory: string; clock: Clock; log: Log }>,
): Promise<StartedRuntime> {
  const { clock } = parts;
  let { estate } = parts;
  const stopping = new AbortController();
  const ring = createRing(RING_CAPACITY);
  const pods = createRing(RING_CAPACITY);
  const view = createEstateView(estate, { ring, pods }, clock);
  const db = openDb(parts.databaseUrl);
  const settings = openCheckpoints(estate, parts.dataDirectory, { openRepository, openBucket });
  const record = keepRecord({ db, clock, log: parts.log }, settings, stopping.signal);
  let runner: Runner | undefined;
  const runtime: Runtime = {
    get estate() {
      return estate;
    },
    accessDoubts: createAccessDoubts(),
    clock,
    log: parts.log,
    ring,
    pods,
    view,
    db,
    limiter: createLimiter(db),
    clusters: new Map(estate.clusters.map((cluster) => [cluster.id, openCluster(cluster)])),
    repositories: new Map(
      estate.platforms.filter(isDeliveredPlatform).map((platform) => [
        platform.id,
        openRepository({
          url: platform.repository.url,
          triggerTrailers: platform.repository.triggerTrailers,
          directory: join(parts.dataDirectory, "git", `${platform.id}.git`),
        }),
      ]),
    ),
    recipes: { promotion: promotionRecipe, rollback: rollbackRecipe, restart: restartRecipe },
    record,
    stopping: stopping.signal,
    kickOperations: () => runner?.kick(),
  };
  const watching = [
    ...watchComposeHosts(runtime, stopping.signal),
    ...watchClusters(runtime, stopping.signal),
    ...watchRepositories(runtime, stopping.signal),
  ];
  watching.push(watchRequests(runtime, parts.databaseUrl, stopping.signal));
  watching.push(watchAccounts(runtime, parts.databaseUrl, stopping.signal));
  watching.push(watchBreakGlass(runtime, parts.databaseUrl, stopping.signal));
  watching.push(keepQuotaHistory(runtime, stopping.signal));
  watching.push(keepRunHistory(runtime, stopping.signal));
  watching.push(warnIfRecordIsOpen(runtime));
  runner = startRunner(runtime, randomUUID());
  return {
    runtime,
    takeOver(next) {
      const { clusters, platforms, record: signing } = estate;
      if (!isDeepStrictEqual([next.clusters, next.platforms, next.record], [clusters, platforms, signing])) {
        parts.log.warn(
          "gatehouse.yaml has other clusters or platforms, or signs the record otherwise; that is taken over at the next start",
        );
      }
      estate = { ...next, clusters, platforms, record: signing };
      view.configured(estate);
      publishRequests(runtime).catch((failure: unknown) => {
        parts.log.warn({ failure: describeFailure(failure) }, "requests are not shown by the new gatehouse.yaml yet");
      });
      runtime.accessDoubts.emit("doubt", undefined);
    },
    async stop() {
      stopping.abort();
      await Promise.all([runner?.stop(), record.stopped, ...watching]);
      view.stop();
      await runtime.db.$disconnect();
    },
  };
}

/** Once, at the start: it is for whoever set the console up, and nothing that it does depends on it. */
async function warnIfRecordIsOpen({ db, log }: Runtime): Promise<void> {
  try {
    const why = await whyRecordIsOpen(db);
    if (why !== undefined) {
      log.warn(why);
    }
  } catch (failure) {
    log.warn({ failure: describeFailure(failure) }, "whether the record is guarded is not known");
  }
}

function watchClusters(runtime: Runtime, signal: AbortSignal): Promise<void>[] {
  const { view, ring, clock, log } = runtime;
  return [...runtime.clusters.values()].flatMap((cluster) => [
    watchCluster({ cluster, view, ring, clock, log }, signal),
    watchUsage({ cluster, view, log }, signal),
  ]);
}

function watchComposeHosts(runtime: Runtime, signal: AbortSignal): Promise<void>[] {
  const { view, ring, clock, log } = runtime;
  return runtime.estate.composeHosts.map((host) =>
    watchComposeHost({ host: openDockerHost(host), view, ring, clock, log }, signal),
  );
}

function watchRepositories(runtime: Runtime, signal: AbortSignal): Promise<void>[] {
  const { view, ring, clock, log } = runtime;
  return runtime.estate.platforms.filter(isDeliveredPlatform).map((platform) => {
    const repository = repositoryOf(runtime, platform);
    const onMoved = () => {
      voidOutdated(runtime, platform.id).catch((failure: unknown) => {
        log.warn(
          { platform: platform.id, failure: describeFailure(failure) },
          "outdated requests cannot be voided yet",
        );
      });
    };
    return watchRepository({ platform, repository, view, ring, clock, log, onMoved }, signal);
  });
}
