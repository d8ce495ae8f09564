import "server-only";
import type { Person } from "#lib/access/model.ts";
import { CONTROLLER_KINDS } from "#lib/clusters/model.ts";
import { type Basis, type EnvironmentRow, type Sight, sightOf } from "#lib/environments/model.ts";
import { envelopeOf, environmentsFor } from "#lib/environments/queries.ts";
import { findPlatform, isComposeHost } from "#lib/estate/model.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { budgetsOf, type ClusterObjects, podsOf } from "#lib/watch/cluster-objects.ts";
import type { Envelope } from "#lib/watch/envelope.ts";
import {
  COMPOSE_POSTURE,
  type Finding,
  isOfPlatform,
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

/** What does not stand as asked, and why not all that is asked can be said, each in a sentence. */
export type Posture = Readonly<{ findings: readonly Finding[]; unknown: readonly string[] }>;

/** What of one workload does not stand as asked. */
export function postureOfWorkload(runtime: SeenEstate, environment: EnvironmentRow, uid: string): Posture {
  const objects = runtime.view.objects(environment.cluster);
  const workload = objects?.Workload.get(uid);
  const { place, sight } = placeOf(runtime, environment, objects);
  const findings =
    objects === undefined || workload === undefined ? [] : workloadFindings(factsOf(objects, workload), place);
  return { findings, unknown: sight.unknown };
}

function postureOf(runtime: SeenEstate, environment: EnvironmentRow): Posture {
  const objects = runtime.view.objects(environment.cluster);
  const { place, sight } = placeOf(runtime, environment, objects);
  const { unknown } = sight;
  const ofPlatform = environment.isPlanned ? [] : platformFindings(platformFacts(runtime, environment), place);
  if (objects === undefined || !sight.isCurrent) {
    return { findings: ofPlatform, unknown };
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

/** What each kind of object tells of how an environment stands. */
const TELLS: Readonly<Record<string, string>> = {
  Deployment: "how its Deployments stand",
  StatefulSet: "how its StatefulSets stand",
  DaemonSet: "how its DaemonSets stand",
  PodDisruptionBudget: "what a drain may take",
  LimitRange: "what its containers get by default",
  Pod: "what stands on which node",
  ReplicaSet: "which pods are a Deployment's",
  Node: "how many nodes take pods",
  NetworkPolicy: "what is closed by default",
  Namespace: "which pod security level it enforces",
};

/** The rules that can be answered here, and how much of what they look at is known. */
function placeOf(
  runtime: SeenEstate,
  environment: EnvironmentRow,
  objects: ClusterObjects | undefined,
): { place: Place; sight: Sight<string> } {
  const platform = findPlatform(runtime.estate, environment.platform);
  const isCompose = isComposeHost(environment.cluster);
  const asked = (platform?.posture ?? []).filter((code) => !isCompose || COMPOSE_POSTURE.includes(code));
  const sight = sightOf(environment, basisOf(environment, asked), runtime.ring.rows().source);
  return {
    place: {
      environment: environment.id,
      cluster: environment.cluster,
      tier: environment.tier,
      // A rule looks at nothing of a Compose host but at the service itself.
      rules: asked.filter((code) => isCompose || isOfPlatform(code) || sight.sees(LOOKED_AT[code] ?? [])),
      labels: platform?.labels ?? { team: undefined, product: undefined, role: "" },
      nodes: [...(objects?.Node.all() ?? [])].filter((node) => node.isReady && !node.isCordoned).length,
    },
    sight,
  };
}

function basisOf({ id, namespaces }: EnvironmentRow, asked: readonly PostureCode[]): Basis<string> {
  const ofCluster = asked.filter((code) => !isOfPlatform(code));
  const kinds = ofCluster.flatMap((code) => [...CONTROLLER_KINDS, ...(LOOKED_AT[code] ?? [])]);
  return {
    tells: Object.fromEntries(Object.entries(TELLS).filter(([kind]) => kinds.includes(kind))),
    namespaces,
    whileSilent: `how ${id} stands is not known`,
  };
}
