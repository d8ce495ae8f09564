import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import { type SeenGx, seeGx } from "#lib/testing/gx.ts";

let view: SeenGx["view"];
let ring: SeenGx["ring"];
let pods: SeenGx["pods"];

beforeEach(() => {
  ({ view, ring, pods } = seeGx(systemClock));
});
afterEach(() => view.stop());

const ownedBy = (uid: string) => ({ ownerReferences: [{ uid, controller: true }] });
const running = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

function putPod(status: object = running, namespace = "mainnet", more: object = ownedBy("rs")): void {
  view.changed("gx", "Pod", { metadata: { uid: "p", name: "wallet-1", namespace, ...more }, spec: {}, status });
  view.flush();
}

function putOwners(name: string): void {
  const metadata = { uid: "d", name, namespace: "mainnet", generation: 1 };
  const template = { metadata: {}, spec: { containers: [{ name: "main", image: "wallet:1" }] } };
  view.changed("gx", "Deployment", { metadata, spec: { replicas: 1, template }, status: {} });
  view.changed("gx", "ReplicaSet", {
    metadata: { uid: "rs", name: "wallet-rs", namespace: "mainnet", ...ownedBy("d") },
    spec: { replicas: 1, template },
  });
  view.flush();
}

const row = () => pods.rows().pod.get("gx/p");

it("a pod is in the pods' ring and not in that of every page, and leaves it when it is gone", () => {
  putPod();
  expect(row()).toMatchObject({ environment: "gx/mainnet", name: "wallet-1", state: "Running", isReady: true });
  expect(ring.rows().pod.size).toBe(0);
  view.removed("gx", "Pod", "p");
  view.flush();
  expect(row()).toBeUndefined();
});

it("a pod outside of every environment is shown to nobody", () => {
  putPod(running, "elsewhere");
  expect(pods.rows().pod.size).toBe(0);
});

it("a pod says of which service it is as soon as its owners are seen, before or after it, and when that is called otherwise", () => {
  putPod();
  expect(row()?.service).toBeNull();
  putOwners("svc-wallet");
  expect(row()?.service).toBe("svc-wallet");
  putOwners("svc-purse");
  expect(row()?.service).toBe("svc-purse");
  view.removed("gx", "Deployment", "d");
  view.flush();
  expect(row()?.service).toBeNull();
});

it("a pod's state is what holds it", () => {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
  putPod({ phase: "Running", containerStatuses: [{ name: "main", restartCount: 7, state: { waiting } }] });
  expect(row()).toMatchObject({ state: "CrashLoopBackOff", reason: waiting.message, restarts: 7, isReady: false });
  putPod(running, "mainnet", { deletionTimestamp: "2026-11-21T12:00:00Z" });
  expect(row()?.state).toBe("Terminating");
});

it("a pod that is told again as it is stays the one that is held, and nothing is published", () => {
  putPod();
  const held = view.objects("gx")?.Pod.get("p");
  const published = pods.published();
  putPod();
  expect(view.objects("gx")?.Pod.get("p")).toBe(held);
  expect(pods.published()).toBe(published);
  putPod({ ...running, phase: "Failed" });
  expect(view.objects("gx")?.Pod.get("p")).not.toBe(held);
  expect(pods.published()).toBe(published + 1);
});
