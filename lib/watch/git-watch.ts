import "server-only";
import { type DeliveredPlatform, isDelivered } from "#lib/estate/model.ts";
import type { Clock } from "#lib/platform/clock.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import { pause } from "#lib/platform/pause.ts";
import { readAhead } from "#lib/promotions/git-reads.ts";
import { migrationsIn, serviceOfPath } from "#lib/releases/model.ts";
import type { Commit, RepositoryPort } from "#lib/systems/git/port.ts";
import type { EnvironmentHead } from "./environment-rows.ts";
import type { EstateView } from "./estate-view.ts";
import { gitSourceId, sourceRowOf } from "./freshness.ts";
import type { Ring } from "./ring.ts";

/** Git has no watch; asking where the branches stand costs one small exchange. A webhook can shorten the wait later. */
const INTERVAL_MS = 1500;

/** Follows the branches of one platform's repository. `onMoved` is told after the view is. Ends when the signal aborts. */
export async function watchRepository(
  parts: Readonly<{
    platform: DeliveredPlatform;
    repository: RepositoryPort;
    view: EstateView;
    ring: Ring;
    clock: Clock;
    log: Log;
    onMoved: (platform: DeliveredPlatform) => void;
  }>,
  signal: AbortSignal,
): Promise<void> {
  const { platform, repository, view, ring, clock, log, onMoved } = parts;
  const id = gitSourceId(platform.id);
  const firstAskedAt = clock().getTime();
  let lastGoodAt: number | undefined;
  let known = "";
  while (!signal.aborted) {
    let message: string | null = null;
    try {
      const heads = await repository.heads(
        platform.environments.filter(isDelivered).map(({ delivery }) => delivery.branch),
      );
      const standing = JSON.stringify(heads);
      if (standing !== known) {
        await repository.fetch();
        await publishHeads(platform, repository, view, heads);
        known = standing;
        onMoved(platform);
      }
      lastGoodAt = clock().getTime();
    } catch (failure) {
      message = "the Git repository cannot be read";
      log.warn({ platform: platform.id, failure: describeFailure(failure) }, message);
    }
    const facts = { firstAskedAt, lastGoodAt, isGoodNow: message === null, isDenied: false, kinds: [], message };
    ring.publish([{ kind: "source", id, row: sourceRowOf(id, facts, ring.rows().source.get(id), clock().getTime()) }]);
    await pause(INTERVAL_MS, signal);
  }
}

async function publishHeads(
  platform: DeliveredPlatform,
  repository: RepositoryPort,
  view: EstateView,
  heads: Readonly<Record<string, string>>,
): Promise<void> {
  const environments = platform.environments.filter(isDelivered);
  for (const environment of environments) {
    const head = heads[environment.delivery.branch] ?? null;
    const before = environments.find((one) => one.id === environment.after);
    const beforeHead = before && heads[before.delivery.branch];
    if (head === null || beforeHead === undefined) {
      view.headMoved(environment.id, { head, behind: null, services: new Map() });
      continue;
    }
    const { commits } = await readAhead(repository, head, beforeHead);
    view.headMoved(environment.id, headOf(head, commits, platform.repository.servicesPath));
  }
}

function headOf(head: string, commits: readonly Commit[], servicesPath: string): EnvironmentHead {
  const services = new Map<string, { commits: number; migrations: number }>();
  for (const commit of commits) {
    const touched = new Set(commit.paths.flatMap((path) => serviceOfPath(path, servicesPath) ?? []));
    for (const service of touched) {
      const held = services.get(service) ?? { commits: 0, migrations: 0 };
      const migrations = migrationsIn(commit.paths, servicesPath).filter((one) => one.service === service).length;
      services.set(service, { commits: held.commits + 1, migrations: held.migrations + migrations });
    }
  }
  return { head, behind: commits.length, services };
}
