import "server-only";
import { isDeliveredPlatform } from "#lib/estate/model.ts";
import { clusterSourceId, gitSourceId } from "#lib/watch/freshness.ts";
import { describeFailure } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** What has yet to come before this process can serve: the database, and a first complete look at each source. */
export async function whatIsMissing(runtime: Runtime): Promise<string[]> {
  const missing: string[] = [];
  try {
    await runtime.db.$queryRaw`SELECT 1`;
  } catch (failure) {
    runtime.log.warn({ failure: describeFailure(failure) }, "the database does not answer");
    missing.push("database");
  }
  const sources = runtime.ring.rows().source;
  const ids = [
    ...runtime.estate.clusters.map((cluster) => clusterSourceId(cluster.id)),
    ...runtime.estate.platforms.filter(isDeliveredPlatform).map((platform) => gitSourceId(platform.id)),
  ];
  // Stale was read once: what it last said is shown as such.
  return [...missing, ...ids.filter((id) => !["ok", "stale"].includes(sources.get(id)?.state ?? "unreachable"))];
}
