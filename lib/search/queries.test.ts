import { afterEach, beforeEach, expect, it } from "vitest";
import { EVERYTHING, type SeenGx, seeGx } from "#lib/testing/gx.ts";
import { search } from "./queries.ts";

const NOON = "2026-11-21T12:00:00.000Z";

let gx: SeenGx;

beforeEach(() => {
  gx = seeGx(() => new Date(NOON));
  gx.putSource("ok");
});
afterEach(() => gx.view.stop());

function putPod(name: string): void {
  const conditions = [{ type: "Ready", status: "True" }];
  gx.put("Pod", {
    metadata: { uid: name, name, namespace: "mainnet" },
    spec: { nodeName: "node-1" },
    status: { phase: "Running", conditions },
  });
}

function putService(): void {
  const template = { metadata: { labels: {} }, spec: { containers: [{ name: "main", image: "ledger:2" }] } };
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  gx.put("Deployment", {
    metadata: { uid: "ledger", name: "ledger", namespace: "mainnet" },
    spec: { replicas: 1, template },
    status: counts,
  });
  gx.put("Node", {
    metadata: { uid: "n", name: "ledger-node" },
    spec: {},
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
}

function hints(typed: string): string[] {
  gx.view.flush();
  return search(gx.runtime, EVERYTHING, typed).hits.map(({ kind, hint }) => `${kind}: ${hint}`);
}

it("what is seen now says how it stands", () => {
  putPod("ledger-1");
  putService();
  expect(hints("ledger")).toEqual([
    "service: 2 in gx/mainnet",
    "workload: Deployment in gx/mainnet, done",
    "pod: Running on node-1 in gx/mainnet",
    "node: ready in cluster gx",
  ]);
});

it("what is of a cluster that does not answer is not known since then, however well it stood", () => {
  putPod("ledger-1");
  putService();
  gx.putSource("stale");
  expect(hints("ledger")).toEqual([
    "service: 2 in gx/mainnet, not known since 11:00 UTC",
    "workload: Deployment in gx/mainnet, not known since 11:00 UTC",
    "pod: in gx/mainnet, not known since 11:00 UTC",
    "node: in cluster gx, not known since 11:00 UTC",
  ]);
});

it("what is of a kind that is refused is not known, and the rest is", () => {
  putPod("ledger-1");
  putService();
  gx.putSource("ok", [{ kind: "Node", state: "denied", since: "2026-11-21T10:30:00.000Z", objects: [], count: 0 }]);
  expect(hints("ledger").slice(2)).toEqual([
    "pod: Running on node-1 in gx/mainnet",
    "node: in cluster gx, not known since 10:30 UTC",
  ]);
});

it("how many more of a kind fit is said, with the page that shows them", () => {
  for (let at = 0; at < 20; at += 1) {
    putPod(`wallet-${at}`);
  }
  gx.view.flush();
  const { hits, more } = search(gx.runtime, EVERYTHING, "Wallet ");
  expect(hits).toHaveLength(8);
  expect(more).toEqual([{ kind: "pod", count: 12, href: "/pods?text=wallet" }]);
});
