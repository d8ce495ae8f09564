import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { findPlatform, isComposeHost } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { budgetsOf, type ClusterObjects, podsOf } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import { clusterSourceId, isFresh, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";
import {
  COMPOSE_POSTURE,
  type Finding,
  LOOKED_AT,
  namespaceFindings,
  type Place,
  type PlatformFacts,
  type PostureCode,
  platformFindings,
  workloadFindings,
  worstFirst,
} from "./model.ts";

/** What does not stand as asked, and what cannot be said at all, each in a sentence. */
export type PostureAnswer = Envelope<Finding> & Readonly<{ unknown: readonly string[] }>;

/** What of the environments does not stand as their platforms ask, worst first. */
export function listPosture(runtime: SeenEstate, person: Person, environmentId?: string): PostureAnswer {
  const environments = environmentsFor(runtime, person, environmentId);
  const seen = environments.map((environment) => postureOf(runtime, environment));
  return {
    ...envelopeOf(runtime, environments, worstFirst(seen.flatMap(({ findings }) => findings))),
    unknown: [...new Set(seen.flatMap(({ unknown }) => unknown))],
  };
}

/** What of one workload does not stand as asked. */
export function postureOfWorkload(runtime: SeenEstate, environment: EnvironmentRow, uid: string): Finding[] {
  const objects = runtime.view.objects(environment.cluster);
  const workload = objects?.Workload.get(uid);
  return objects === undefined || workload === undefined
    ? []
    : workloadFindings(factsOf(objects, workload), placeOf(runtime, environment, objects).place);
}

function postureOf(
  runtime: SeenEstate,
  environment: EnvironmentRow,
): { findings: readonly Finding[]; unknown: readonly string[] } {
  const objects = runtime.view.objects(environment.cluster);
  const source = sourceOf(runtime, environment);
  const { place, unknown } = placeOf(runtime, environment, objects);
  const ofPlatform = environment.isPlanned ? [] : platformFindings(platformFacts(runtime, environment), place);
  if (objects === undefined || source === undefined || !isFresh(source)) {
    const why = saySource(source, sourceName(clusterSourceId(environment.cluster)));
    return { findings: ofPlatform, unknown: [`${why}: how ${environment.id} stands is not known.`] };
  }
  const findings = environment.namespaces.flatMap((name) => [
    ...namespaceFindings(
      {
        name,
        namespace: [...objects.Namespace.all()].find((one) => one.name === name),
        policies: objects.NetworkPolicy.by("namespace", name),
      },
      place,
    ),
    ...objects.Workload.by("namespace", name).flatMap((workload) =>
      workloadFindings(factsOf(objects, workload), place),
    ),
  ]);
  return { findings: [...ofPlatform, ...findings], unknown };
}

function platformFacts(runtime: SeenEstate, { platform: id, platformName, branch }: EnvironmentRow): PlatformFacts {
  const platform = findPlatform(runtime.estate, id);
  return {
    name: platformName,
    isDelivered: branch !== null || platform?.pipeline !== undefined,
    thresholds: platform?.thresholds,
  };
}

function factsOf(objects: ClusterObjects, workload: Parameters<typeof podsOf>[1]) {
  return {
    workload,
    pods: podsOf(objects, workload),
    budgets: budgetsOf(objects, workload),
    limitRanges: objects.LimitRange.by("namespace", workload.namespace),
  };
}

/** The rules that can be answered here; for those that cannot, which kind Gatehouse may not read. */
function placeOf(
  runtime: SeenEstate,
  environment: EnvironmentRow,
  objects: ClusterObjects | undefined,
): { place: Place; unknown: string[] } {
  const platform = findPlatform(runtime.estate, environment.platform);
  const asked = platform?.posture ?? [];
  const refused = (sourceOf(runtime, environment)?.kinds ?? [])
    .filter(({ state }) => state === "denied")
    .map(({ kind }) => kind);
  const isRefused = (code: PostureCode) => refused.includes(LOOKED_AT[code] ?? "");
  const canBeAsked = (code: PostureCode) => !isComposeHost(environment.cluster) || COMPOSE_POSTURE.includes(code);
  const kinds = [...new Set(asked.filter(isRefused).map((code) => LOOKED_AT[code]))];
  return {
    place: {
      environment: environment.id,
      cluster: environment.cluster,
      tier: environment.tier,
      rules: asked.filter((code) => !isRefused(code) && canBeAsked(code)),
      labels: platform?.labels ?? { team: undefined, product: undefined, role: "" },
      nodes: [...(objects?.Node.all() ?? [])].filter((node) => node.isReady && !node.isCordoned).length,
    },
    unknown: kinds.map(
      (kind) => `Gatehouse may not read ${kind} of cluster ${environment.cluster}: what depends on it is not known.`,
    ),
  };
}

function sourceOf(runtime: SeenEstate, environment: EnvironmentRow): SourceRow | undefined {
  return runtime.ring.rows().source.get(clusterSourceId(environment.cluster));
}
