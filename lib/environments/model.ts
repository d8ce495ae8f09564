import { isComposeHost } from "#lib/estate/model.ts";
import type { BreakGlassRule, GovernedAction, Policy } from "#lib/policies/model.ts";
import { ROLLOUT_KINDS } from "#lib/rollouts/model.ts";
import {
  clusterSourceId,
  gitSourceId,
  type Need,
  type SourceRow,
  unseenKinds,
  whyNotFresh,
} from "#lib/watch/freshness.ts";

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
  /** Null where Gatehouse does not deliver it and only watches it. */
  branch: string | null;
  /** Where the branch stands; null while it is not known. */
  head: string | null;
  /** The environment whose release is promoted into this one. */
  after: string | null;
  /** Nothing is meant to run there yet. */
  isPlanned: boolean;
  /** Commits of `after` that are not here; null where there is no `after`, or it is not known. */
  behind: number | null;
  /** What must hold for each action here; null where there is no policy, so that nobody may. */
  policies: Readonly<Record<GovernedAction, Policy | null>>;
  /** How one may act alone here, and the digest for which one signs in again to do so; null where one may not. */
  breakGlass: (BreakGlassRule & Readonly<{ digest: string }>) | null;
}>;

/** Moves whenever what is worked out from an environment's objects, and read beside the stream, has to be read again. */
export type ShapeRow = Readonly<{
  environment: string;
  /** In ms since the epoch, by the console's own clock. */
  movedAt: number;
}>;

/** The ids of the sources that an environment is seen through. */
export function sourceIdsOf({ cluster, platform, branch }: Pick<EnvironmentRow, "cluster" | "platform" | "branch">) {
  return branch === null ? [clusterSourceId(cluster)] : [clusterSourceId(cluster), gitSourceId(platform)];
}

/** Why nothing can be promoted into an environment or rolled back there; undefined where Gatehouse delivers it. */
export function whyNotDelivered(
  environment: Pick<EnvironmentRow, "id" | "platformName" | "branch">,
): string | undefined {
  return environment.branch === null ? sayNotDelivered(environment.id, environment.platformName) : undefined;
}

export function sayNotDelivered(environmentId: string, platformName: string): string {
  return `Gatehouse does not deliver ${platformName} yet: it watches ${environmentId}, and promotes or rolls back nothing there.`;
}

/** Which of the sources that an environment is seen through does not answer, in a sentence; undefined when all do. */
export function whyUnseen(
  environment: Pick<EnvironmentRow, "cluster" | "platform" | "namespaces" | "branch">,
  sources: ReadonlyMap<string, SourceRow>,
): string | undefined {
  const need = { kinds: ROLLOUT_KINDS, namespaces: environment.namespaces };
  const [why] = sourceIdsOf(environment).flatMap((id) => whyNotFresh(sources, id, need) ?? []);
  return why === undefined ? undefined : `${why}. Gatehouse does not act on what it cannot see.`;
}

/** Whether the objects of these kinds in an environment are known as they are now. */
export function areKindsSeen(
  environment: Pick<EnvironmentRow, "cluster" | "namespaces">,
  kinds: readonly string[],
  sources: ReadonlyMap<string, SourceRow>,
): boolean {
  return whyKindsUnseen(environment, kinds, sources) === undefined;
}

/** Why the objects of these kinds in an environment are not known as they are now, as the start of a sentence; undefined where they are. */
export function whyKindsUnseen(
  { cluster, namespaces }: Pick<EnvironmentRow, "cluster" | "namespaces">,
  kinds: readonly string[],
  sources: ReadonlyMap<string, SourceRow>,
): string | undefined {
  return whyNotFresh(sources, clusterSourceId(cluster), { kinds, namespaces });
}

/** What an answer is drawn from. */
export type Basis<Kind extends string> = Readonly<{
  /** By kind of object what it tells, as in "<what it tells> is not known". */
  tells: Readonly<Record<Kind, string>>;
  namespaces: Need["namespaces"];
  /** What is so while the cluster does not answer, as in "Cluster a has not answered since 12:00 UTC: <this>". */
  whileSilent: string;
}>;

/** How much of what an answer is drawn from is known. Nothing may be said to be fine by what is not. */
export type Sight<Kind extends string> = Readonly<{
  /** Whether the cluster answers, so that what is known is as it is now and not as it was. */
  isCurrent: boolean;
  /** Whether all objects of these kinds were there when the cluster answered last, so that what is not among them is not there. */
  sees(kinds: readonly Kind[]): boolean;
  /** What is not known and why, each in a sentence. */
  unknown: readonly string[];
}>;

/** The one rule by which an answer tells what it cannot say: kinds that a cluster refuses or that cannot be read, and its silence. */
export function sightOf<Kind extends string>(
  { cluster }: Pick<EnvironmentRow, "cluster">,
  { tells, namespaces, whileSilent }: Basis<Kind>,
  sources: ReadonlyMap<string, SourceRow>,
): Sight<Kind> {
  const id = clusterSourceId(cluster);
  const source = sources.get(id);
  const silent = whyNotFresh(sources, id);
  const hasAnswered = source?.state === "ok" || source?.state === "stale";
  const told = new Map(Object.entries<string>(tells));
  // All that is seen of a Compose host is made of its containers.
  const isCompose = isComposeHost(cluster);
  const need = { kinds: isCompose ? ["Pod"] : [...told.keys()], namespaces };
  const unseen = source === undefined ? [] : unseenKinds(source, need);
  return {
    isCurrent: silent === undefined,
    sees: (kinds) => hasAnswered && !kinds.some((kind) => unseen.some((one) => isCompose || one.kind === kind)),
    unknown: [
      ...(silent === undefined ? [] : [`${silent}: ${whileSilent}.`]),
      ...unseen.map(({ kind, why }) => `${why}: ${isCompose ? "what else runs there" : told.get(kind)} is not known.`),
    ],
  };
}
