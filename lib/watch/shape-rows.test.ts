import { afterEach, beforeEach, expect, it } from "vitest";
import { parseEstate } from "#lib/estate/load.ts";
import { createEstateView, type EstateView } from "./estate-view.ts";
import { createRing, type Ring } from "./ring.ts";

const ESTATE = parseEstate(
  `version: 1
clusters: [{ id: gx, kubeconfig: kubeconfig }]
platforms:
  - id: gx
    name: GX
    environments: [{ id: testnet, tier: sandbox, cluster: gx, namespaces: [testnet] }]
`,
  "/estate/gatehouse.yaml",
  () => undefined,
);

let ring: Ring;
let view: EstateView;
let nowMs: number;

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 21, 12);
  ring = createRing(100);
  view = createEstateView(ESTATE, { ring, pods: createRing(100) }, () => new Date(nowMs));
});
afterEach(() => view.stop());

const movedAt = () => view.flush() ?? ring.rows().shape.get("gx/testnet")?.movedAt;

/** Seen a second after whatever was seen before. */
function autoscaler(resourceVersion: string, maxReplicas: number, conditions: object[] = []): void {
  nowMs += 1000;
  view.changed("gx", "HorizontalPodAutoscaler", {
    metadata: { uid: "hpa", name: "ledger", namespace: "testnet", resourceVersion },
    spec: { scaleTargetRef: { kind: "Deployment", name: "ledger" }, minReplicas: 1, maxReplicas },
    status: { currentReplicas: 1, desiredReplicas: 1, conditions },
  });
}

it("an environment's row moves with its autoscalers, in what they may do and in what they can, and not when they only repeat it", () => {
  autoscaler("1", 3);
  const seenAt = nowMs;
  expect(movedAt()).toBe(seenAt);
  autoscaler("2", 3);
  expect(movedAt()).toBe(seenAt);
  autoscaler("3", 4);
  expect(movedAt()).toBe(nowMs);
  autoscaler("4", 4, [{ type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: "" }]);
  expect(movedAt()).toBe(nowMs);
  nowMs += 1000;
  view.removed("gx", "HorizontalPodAutoscaler", "hpa");
  expect(movedAt()).toBe(nowMs);
});
