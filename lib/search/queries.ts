import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Pod } from "#lib/clusters/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { isOpen, titleOf } from "#lib/requests/model.ts";
import type { RolloutState } from "#lib/rollouts/model.ts";
import { quotasPath, requestPath, rolloutsPath, topologyPath } from "#lib/routes.ts";
import { answerableFor } from "#lib/watch/cluster-objects.ts";
import { bestOf, type Candidate, type HitKind, type SearchAnswer, SHORTEST_QUERY, wordsOf } from "./model.ts";

const BADNESS: Readonly<Record<RolloutState, number>> = { stuck: 3, unknown: 2, progressing: 1, paused: 1, done: 0 };

/** What of the person's environments is called so, best first within each kind. Fewer than two characters find nothing. */
export function search(runtime: SeenEstate, person: Person, typed: string): SearchAnswer {
  const asOf = runtime.clock().toISOString();
  const words = wordsOf(typed);
  if (words.join("").length < SHORTEST_QUERY) {
    return { hits: [], hidden: 0, asOf };
  }
  const environments = environmentsFor(runtime, person, undefined);
  const found = [
    bestOf(environments.map(environmentCandidate), words),
    bestOf(serviceCandidates(runtime, environments), words),
    bestOf(workloadCandidates(runtime, environments), words),
    bestOf(podCandidates(runtime, environments), words),
    bestOf(nodeCandidates(runtime, environments), words),
    bestOf(quotaCandidates(runtime, environments), words),
    bestOf(requestCandidates(runtime, environments), words),
  ];
  return {
    hits: found.flatMap(({ hits }) => hits),
    hidden: found.reduce((sum, { hidden }) => sum + hidden, 0),
    asOf,
  };
}

function candidate(kind: HitKind, label: string, badness: number, hint: string, href: () => string): Candidate {
  return { label, badness, toHit: () => ({ kind, label, hint, href: href() }) };
}

function environmentCandidate({ id, tier, cluster }: EnvironmentRow): Candidate {
  return candidate("environment", id, 0, `${tier} on cluster ${cluster}`, () => rolloutsPath({ environment: id }));
}

function* serviceCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const ids = new Set(environments.map(({ id }) => id));
  for (const { name, environment, rollout, release } of runtime.ring.rows().service.values()) {
    if (ids.has(environment)) {
      const hint = `${release.version} in ${environment}`;
      yield candidate("service", name, BADNESS[rollout.state], hint, () => rolloutsPath({ environment, text: name }));
    }
  }
}

function* workloadCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const ids = new Set(environments.map(({ id }) => id));
  for (const { id, name, kind, environment, rollout } of runtime.ring.rows().workload.values()) {
    if (ids.has(environment)) {
      const hint = `${kind} in ${environment}, ${rollout.state}`;
      yield candidate("workload", name, BADNESS[rollout.state], hint, () => rolloutsPath({ workload: id }));
    }
  }
}

function* podCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  for (const { id, cluster, namespaces } of environments) {
    for (const namespace of namespaces) {
      for (const pod of runtime.view.objects(cluster)?.Pod.by("namespace", namespace) ?? []) {
        const state = pod.waiting?.reason ?? pod.phase;
        const hint = `${state}${pod.node === undefined ? "" : ` on ${pod.node}`} in ${id}`;
        yield candidate("pod", pod.name, pod.isReady ? 0 : 2, hint, () => podHref(runtime, cluster, id, pod));
      }
    }
  }
}

/** The workload, Job or CronJob that the pod is of, with its panel open; the environment, for a pod of none. */
function podHref(runtime: SeenEstate, cluster: string, environment: string, pod: Pod): string {
  const objects = runtime.view.objects(cluster);
  const uid = objects && pod.ownerUid !== undefined ? answerableFor(objects, pod.ownerUid) : "";
  const workload = `${cluster}/${uid}`;
  return runtime.ring.rows().workload.has(workload) ? rolloutsPath({ workload }) : rolloutsPath({ environment });
}

function* nodeCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  for (const [cluster, environment] of firstInEachCluster(environments)) {
    for (const { name, isReady, isCordoned, pressures } of runtime.view.objects(cluster)?.Node.all() ?? []) {
      const troubles = [...(isReady ? [] : ["not ready"]), ...(isCordoned ? ["cordoned"] : []), ...pressures];
      const hint = `${troubles.length === 0 ? "ready" : troubles.join(", ")} in cluster ${cluster}`;
      yield candidate("node", name, troubles.length, hint, () =>
        topologyPath({ environment, view: "nodes", whatIf: `node:${name}` }),
      );
    }
  }
}

/** A node is looked at on the page of an environment that lies in its cluster. */
function firstInEachCluster(environments: readonly EnvironmentRow[]): ReadonlyMap<string, string> {
  return new Map(environments.map(({ id, cluster }) => [cluster, id] as const).reverse());
}

function* quotaCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const ids = new Set(environments.map(({ id }) => id));
  for (const row of runtime.ring.rows().quota.values()) {
    if (ids.has(row.environment)) {
      const hint = `${row.requested ?? "?"} of ${row.hard} requested in ${row.environment}`;
      const href = () => quotasPath({ environment: row.environment, quota: row.id });
      yield candidate("quota", `${row.quota} ${row.resource}`, 0, hint, href);
    }
  }
}

function* requestCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const ids = new Set(environments.map(({ id }) => id));
  for (const request of runtime.ring.rows().request.values()) {
    if (ids.has(request.environment)) {
      const label = `${titleOf(request)} ${request.id}`;
      const hint = `${request.state}, asked for by ${request.requestedBy}`;
      yield candidate("request", label, Number(isOpen(request)), hint, () => requestPath(request.id));
    }
  }
}
