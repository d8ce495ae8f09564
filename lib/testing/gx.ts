import type { Person } from "#lib/access/model.ts";
import { parseEstate } from "#lib/estate/load.ts";
import type { Clock } from "#lib/platform/clock.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import type { WatchedKind } from "#lib/systems/kubernetes/port.ts";
import { createEstateView } from "#lib/watch/estate-view.ts";
import type { KindGap, SourceState } from "#lib/watch/freshness.ts";
import { createRing, type Ring } from "#lib/watch/ring.ts";

/** Since when the cluster is as it is in these tests. */
const SINCE = "2026-11-21T11:00:00.000Z";

/** One platform with a live and a sandbox environment, each a namespace of one cluster. */
const GX = parseEstate(
  `version: 1
clusters: [{ id: gx, kubeconfig: kubeconfig }]
platforms:
  - id: gx
    name: GX
    pipeline: Argo CD
    thresholds: Prometheus rules
    environments:
      - { id: mainnet, tier: live, cluster: gx, namespaces: [mainnet] }
      - { id: testnet, tier: sandbox, cluster: gx, namespaces: [testnet] }
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);

/** Somebody who may see these environments, and change none. */
export function viewerOf(...environments: string[]): Person {
  return { account: "viewer", emails: [], groups: [], grants: [{ role: "viewer", environments }] };
}

export const EVERYTHING = viewerOf("*");
export const TESTNET = viewerOf("gx/testnet");

/** gx as one process sees it: nothing yet. */
export type SeenGx = Readonly<{
  runtime: SeenEstate;
  view: SeenEstate["view"];
  ring: Ring;
  pods: Ring;
  /** An object of the cluster as it is now. */
  put(kind: WatchedKind, object: unknown): void;
  /** Whether what the cluster says can be believed, as a whole and in which kinds not. */
  putSource(state: SourceState, kinds?: readonly KindGap[]): void;
}>;

/** Opens a view of gx; whoever opens it stops it. */
export function seeGx(clock: Clock): SeenGx {
  const ring = createRing(100);
  const pods = createRing(100);
  const view = createEstateView(GX, { ring, pods }, clock);
  return {
    runtime: { estate: GX, ring, view, clock },
    view,
    ring,
    pods,
    put: (kind, object) => view.changed("gx", kind, object),
    putSource(state, kinds) {
      const id = "kubernetes:gx";
      const gaps = kinds === undefined ? {} : { kinds };
      ring.publish([{ kind: "source", id, row: { id, state, since: SINCE, message: null, ...gaps } }]);
    },
  };
}

/** A kind that the cluster does not let Gatehouse read. */
export function denied(kind: string): KindGap {
  return { kind, state: "denied", since: SINCE, objects: [], count: 0 };
}

/** A kind of which the cluster gives objects that Gatehouse cannot read. */
export function unreadable(kind: string, ...objects: readonly string[]): KindGap {
  return { kind, state: "unreadable", since: SINCE, objects, count: objects.length };
}
