import "server-only";
import type { Person } from "#lib/access/model.ts";
import type { Pod } from "#lib/clusters/model.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import { environmentsFor } from "#lib/environments/queries.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { isOpen, titleOf } from "#lib/requests/model.ts";
import { BATCH_KINDS, isBatch, ROLLOUT_KINDS, type RolloutState } from "#lib/rollouts/model.ts";
import {
  OVERVIEW_PATH,
  podsPath,
  quotasPath,
  REQUESTS_PATH,
  requestPath,
  rolloutsPath,
  topologyPath,
} from "#lib/routes.ts";
import { answerableFor } from "#lib/watch/cluster-objects.ts";
import { clusterSourceId, notKnownSince } from "#lib/watch/freshness.ts";
import { bestOf, type Candidate, type HitKind, type SearchAnswer, SHORTEST_QUERY, wordsOf } from "./model.ts";

const BADNESS: Readonly<Record<RolloutState, number>> = { stuck: 3, unknown: 2, progressing: 1, paused: 1, done: 0 };

/** What of the person's environments is called so, best first within each kind. Fewer than two characters find nothing. */
export function search(runtime: SeenEstate, person: Person, typed: string): SearchAnswer {
  const asOf = runtime.clock().toISOString();
  const words = wordsOf(typed);
  if (words.join("").length < SHORTEST_QUERY) {
    return { hits: [], more: [], asOf };
  }
  const environments = environmentsFor(runtime, person, undefined);
  const text = words.join(" ");
  const found = CANDIDATES.map(({ kind, of, pageOf }) => {
    const { hits, hidden } = bestOf(of(runtime, environments), words);
    return { hits, more: hidden === 0 ? [] : [{ kind, count: hidden, href: pageOf(text, environments) }] };
  });
  return { hits: found.flatMap(({ hits }) => hits), more: found.flatMap(({ more }) => more), asOf };
}

type Candidates = Readonly<{
  kind: HitKind;
  of: (runtime: SeenEstate, environments: readonly EnvironmentRow[]) => Iterable<Candidate>;
  /** The page that shows all of them. */
  pageOf: (text: string, environments: readonly EnvironmentRow[]) => string;
}>;

/** In the order in which they are found. */
const CANDIDATES: readonly Candidates[] = [
  { kind: "environment", of: (_runtime, all) => all.map(environmentCandidate), pageOf: () => OVERVIEW_PATH },
  { kind: "service", of: serviceCandidates, pageOf: (text) => rolloutsPath({ text }) },
  { kind: "workload", of: workloadCandidates, pageOf: (text) => rolloutsPath({ text }) },
  { kind: "pod", of: podCandidates, pageOf: (text) => podsPath({ text }) },
  {
    kind: "node",
    of: nodeCandidates,
    pageOf: (_text, [first]) => topologyPath({ environment: first?.id, view: "nodes" }),
  },
  { kind: "quota", of: quotaCandidates, pageOf: () => quotasPath({}) },
  { kind: "request", of: requestCandidates, pageOf: () => REQUESTS_PATH },
];

/** Since when objects of these kinds are not known, by their environment's id; undefined where they are. */
function unknownIn(
  { ring }: SeenEstate,
  environments: readonly EnvironmentRow[],
  kinds: readonly string[],
): ReadonlyMap<string, string | undefined> {
  const sources = ring.rows().source;
  return new Map(
    environments.map(({ id, cluster, namespaces }) => [
      id,
      notKnownSince(sources, clusterSourceId(cluster), { kinds, namespaces }),
    ]),
  );
}

function candidate(kind: HitKind, label: string, badness: number, hint: string, href: () => string): Candidate {
  return { label, badness, toHit: () => ({ kind, label, hint, href: href() }) };
}

function environmentCandidate({ id, tier, cluster }: EnvironmentRow): Candidate {
  return candidate("environment", id, 0, `${tier} on cluster ${cluster}`, () => rolloutsPath({ environment: id }));
}

function* serviceCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const unknown = unknownIn(runtime, environments, ROLLOUT_KINDS);
  for (const { name, environment, rollout, release } of runtime.ring.rows().service.values()) {
    if (unknown.has(environment)) {
      const since = unknown.get(environment);
      const hint = `${release.version} in ${environment}${since === undefined ? "" : `, ${since}`}`;
      const badness = BADNESS[since === undefined ? rollout.state : "unknown"];
      yield candidate("service", name, badness, hint, () => rolloutsPath({ environment, text: name }));
    }
  }
}

function* workloadCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const unknownServices = unknownIn(runtime, environments, ROLLOUT_KINDS);
  const unknownBatches = unknownIn(runtime, environments, BATCH_KINDS);
  for (const { id, name, kind, environment, rollout } of runtime.ring.rows().workload.values()) {
    if (unknownServices.has(environment)) {
      const since = (isBatch(kind) ? unknownBatches : unknownServices).get(environment);
      const hint = `${kind} in ${environment}, ${since ?? rollout.state}`;
      const badness = BADNESS[since === undefined ? rollout.state : "unknown"];
      yield candidate("workload", name, badness, hint, () => rolloutsPath({ workload: id }));
    }
  }
}

function* podCandidates(runtime: SeenEstate, environments: readonly EnvironmentRow[]): Generator<Candidate> {
  const unknown = unknownIn(runtime, environments, ["Pod"]);
  for (const { id, cluster, namespaces } of environments) {
    const since = unknown.get(id);
    for (const namespace of namespaces) {
      for (const pod of runtime.view.objects(cluster)?.Pod.by("namespace", namespace) ?? []) {
        const state = pod.waiting?.reason ?? pod.phase;
        const hint =
          since === undefined
            ? `${state}${pod.node === undefined ? "" : ` on ${pod.node}`} in ${id}`
            : `in ${id}, ${since}`;
        const badness = since === undefined && pod.isReady ? 0 : BADNESS.unknown;
        yield candidate("pod", pod.name, badness, hint, () => podHref(runtime, cluster, id, pod));
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
  const unknown = unknownIn(runtime, environments, ["Node"]);
  for (const [cluster, environment] of firstInEachCluster(environments)) {
    const since = unknown.get(environment);
    for (const { name, isReady, isCordoned, pressures } of runtime.view.objects(cluster)?.Node.all() ?? []) {
      const troubles = [...(isReady ? [] : ["not ready"]), ...(isCordoned ? ["cordoned"] : []), ...pressures];
      const state = troubles.length === 0 ? "ready" : troubles.join(", ");
      const hint = since === undefined ? `${state} in cluster ${cluster}` : `in cluster ${cluster}, ${since}`;
      yield candidate("node", name, since === undefined ? troubles.length : BADNESS.unknown, hint, () =>
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
  const unknown = unknownIn(runtime, environments, ["ResourceQuota"]);
  for (const row of runtime.ring.rows().quota.values()) {
    if (unknown.has(row.environment)) {
      const since = unknown.get(row.environment);
      const hint =
        since === undefined
          ? `${row.requested ?? "?"} of ${row.hard} requested in ${row.environment}`
          : `in ${row.environment}, ${since}`;
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
