import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "#lib/platform/clock.ts";
import { ClusterError } from "#lib/systems/kubernetes/errors.ts";
import { type FakeCluster, fakeCluster } from "#lib/systems/kubernetes/fake.ts";
import { type SeenGx, seeGx } from "#lib/testing/gx.ts";
import { watchUsage } from "./usage-watch.ts";

let cluster: FakeCluster;
let view: SeenGx["view"];
let ring: SeenGx["ring"];
let watching: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  cluster = fakeCluster("gx");
  ({ view, ring } = seeGx(systemClock));
  watching = new AbortController();
  quota("all", {});
});

afterEach(() => {
  watching.abort();
  view.stop();
  vi.useRealTimers();
});

function quota(name: string, spec: object): void {
  const hard = { "requests.cpu": "4", pods: "9" };
  view.changed("gx", "ResourceQuota", {
    metadata: { uid: name, name, namespace: "mainnet" },
    spec: { hard, ...spec },
    status: { used: { "requests.cpu": "3" } },
  });
  view.flush();
}

const measured = (resource = "requests.cpu", name = "all") => {
  const row = ring.rows().quota.get(`gx/${name}/${resource}`);
  return [row?.measured, row?.unmeasured];
};

const watch = () => {
  watchUsage({ cluster: cluster.port, view, log: pino({ level: "silent" }) }, watching.signal).catch(
    (failure: unknown) => {
      expect.unreachable(String(failure));
    },
  );
  return vi.advanceTimersByTimeAsync(100);
};

const USAGE = [
  { namespace: "mainnet", name: "wallet-1", cpuCores: 0.4, memoryBytes: 1 },
  { namespace: "mainnet", name: "wallet-2", cpuCores: 0.1, memoryBytes: 1 },
  { namespace: "other", name: "wallet-1", cpuCores: 9, memoryBytes: 1 },
];

describe("what a quota's pods use", () => {
  it("is not known before the metrics API has been asked", () => {
    expect(measured()).toEqual([null, "unasked"]);
  });

  it("moves its row, by itself, each time that it is measured", async () => {
    cluster.measure(USAGE);
    await watch();
    expect(measured()).toEqual(["500m", null]);
    cluster.measure(USAGE.slice(1));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(measured()).toEqual(["100m", null]);
  });

  it("is not known any more as soon as it cannot be measured, and is again as soon as it can", async () => {
    cluster.measure(USAGE);
    await watch();
    cluster.measure(new ClusterError("unreachable", "the cluster answers with an error (503)"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(measured()).toEqual([null, "unreachable"]);
    cluster.measure(USAGE);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(measured()).toEqual(["500m", null]);
  });

  it("is not known where what one of them uses cannot be read, and is where that pod is not", async () => {
    cluster.measure(USAGE, [{ namespace: "other", name: "odd" }]);
    await watch();
    expect(measured()).toEqual(["500m", null]);
    cluster.measure(USAGE, [{ namespace: "mainnet", name: "odd" }]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(measured()).toEqual([null, "unreadable"]);
  });

  it("is not known where the metrics API leaves out a pod that the cluster runs", async () => {
    view.changed("gx", "Pod", {
      metadata: { uid: "w3", name: "wallet-3", namespace: "mainnet", creationTimestamp: "2020-01-01T00:00:00Z" },
      spec: { containers: [] },
      status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    });
    view.flush();
    cluster.measure(USAGE);
    await watch();
    expect(measured()).toEqual([null, "partial"]);
    cluster.measure([...USAGE, { namespace: "mainnet", name: "wallet-3", cpuCores: 0.5, memoryBytes: 1 }]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(measured()).toEqual(["1", null]);
  });

  it.each([
    ["not_found", "absent"],
    ["denied", "denied"],
    ["garbled", "unreachable"],
  ] as const)("after %s is %s, and never 0", async (code, unmeasured) => {
    cluster.measure(new ClusterError(code, "no"));
    await watch();
    expect(measured()).toEqual([null, unmeasured]);
  });

  it("is not told for what no metrics API measures, nor for a quota that counts some pods alone", async () => {
    quota("some", { scopes: ["BestEffort"] });
    cluster.measure(USAGE);
    await watch();
    expect(measured("pods")).toEqual([null, "other"]);
    expect(measured("requests.cpu", "some")).toEqual([null, "other"]);
  });
});
