import { describe, expect, it } from "vitest";
import { listPods, podFits, worstPods } from "./list.ts";
import type { PodRow } from "./model.ts";

const pod = (name: string, more: Partial<PodRow> = {}): PodRow => ({
  environment: "gx/mainnet",
  cluster: "gx",
  namespace: "mainnet",
  name,
  service: "svc-wallet",
  node: "node-1",
  state: "Running",
  isReady: true,
  reason: null,
  restarts: 0,
  createdAt: 0,
  ...more,
});
const CRASHES = { state: "CrashLoopBackOff", isReady: false };
const STARTS = { state: "ContainerCreating", isReady: false };

describe("the list of pods", () => {
  it("has what is broken first, then what does not serve yet, then the rest by where and how it is called", () => {
    const rows = [pod("c"), pod("b", STARTS), pod("a", CRASHES), pod("d", { environment: "airpay/live" })];
    const list = listPods(
      rows.map((row) => [row.name, row] as const),
      () => true,
    );
    expect(list.ids()).toEqual(["a", "b", "d", "c"]);
    expect(list.counts()).toEqual({ broken: 1, look: 1, fine: 2 });
  });

  it("stays the same list while nothing comes, goes or moves", () => {
    const list = listPods([["a", pod("a")]], () => true);
    const before = list.ids();
    list.update("a", pod("a", { restarts: 7 }));
    list.update("x", undefined);
    expect(list.ids()).toBe(before);
    list.update("a", pod("a", CRASHES));
    expect(list.ids()).not.toBe(before);
  });

  it("counts also what does not fit", () => {
    const list = listPods([["a", pod("a", CRASHES)]], podFits({ state: "fine" }));
    list.update("b", pod("b"));
    expect(list.ids()).toEqual(["b"]);
    expect(list.counts()).toEqual({ broken: 1, look: 0, fine: 1 });
  });

  it("is after any changes what it would be if it were made anew", () => {
    const fits = podFits({ text: "1" });
    const rows = new Map<string, PodRow>();
    const list = listPods(rows, fits);
    for (let step = 0; step < 2000; step += 1) {
      const id = `${(step * 7919) % 50}`;
      const row = pod(id, [CRASHES, STARTS, {}, { namespace: "other" }][(step * 31) % 4]);
      if (step % 5 === 0) {
        rows.delete(id);
        list.update(id, undefined);
      } else {
        rows.set(id, row);
        list.update(id, row);
      }
    }
    const anew = listPods(rows, fits);
    expect(list.ids()).toEqual(anew.ids());
    expect(list.counts()).toEqual(anew.counts());
  });
});

it("the worst pods are those that the list begins with, however many are asked for", () => {
  const places = [CRASHES, STARTS, {}, { namespace: "main" }, { environment: "airpay/live" }, { service: null }];
  const rows = Array.from({ length: 300 }, (_, at) => {
    const row = pod(`${(at * 7919) % 40}`, places[(at * 31) % places.length]);
    return [`gx/${at}`, row] as const;
  });
  const fits = podFits({ text: "svc" });
  const list = listPods(rows, fits);
  for (const most of [0, 1, 60, 1000]) {
    const worst = worstPods(rows, fits, most);
    expect(worst.rows.map(([id]) => id)).toEqual(list.ids().slice(0, most));
    expect(worst.fitting).toBe(list.ids().length);
    expect(worst.counts).toEqual(list.counts());
  }
});

it.each([
  [{}, true],
  [{ environment: "gx/mainnet" }, true],
  [{ environment: "gx/testnet" }, false],
  [{ state: "fine" }, true],
  [{ state: "broken" }, false],
  [{ text: " WALLET  node-1 " }, true],
  [{ text: "wallet node-2" }, false],
])("a running pod fits %o: %s", (filter, isFit) => {
  expect(podFits(filter)(pod("wallet-1"))).toBe(isFit);
});
