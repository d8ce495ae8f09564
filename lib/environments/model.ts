import type { BreakGlassRule, GovernedAction, Policy } from "#lib/policies/model.ts";
import { clusterSourceId, gitSourceId, isFresh, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";

/** One stage of a platform: what it is bound to, and how far it lies behind the stage before it. */
export type EnvironmentRow = Readonly<{
  /** `<platform>/<environment>` */
  id: string;
  platform: string;
  platformName: string;
  name: string;
  tier: "live" | "sandbox";
  cluster: string;
  namespaces: readonly string[];
  branch: string;
  /** Where the branch stands; null while it is not known. */
  head: string | null;
  /** The environment whose release is promoted into this one. */
  after: string | null;
  /** Commits of `after` that are not here; null where there is no `after`, or it is not known. */
  behind: number | null;
  /** What must hold for each action here; null where there is no policy, so that nobody may. */
  policies: Readonly<Record<GovernedAction, Policy | null>>;
  /** How one may act alone here; null where one may not. */
  breakGlass: BreakGlassRule | null;
}>;

/** Which of the sources that an environment is seen through does not answer, in a sentence; undefined when all do. */
export function whyUnseen(
  environment: Pick<EnvironmentRow, "cluster" | "platform">,
  sources: ReadonlyMap<string, SourceRow>,
): string | undefined {
  const unseen = [clusterSourceId(environment.cluster), gitSourceId(environment.platform)].find((id) => {
    const source = sources.get(id);
    return source === undefined || !isFresh(source);
  });
  return unseen === undefined
    ? undefined
    : `${saySource(sources.get(unseen), sourceName(unseen))}. Gatehouse does not act on what it cannot see.`;
}
