import { expect, it } from "vitest";
import { toPodUsage } from "./translate-usage.ts";

const metrics = (name: string, ...usages: object[]) => ({
  metadata: { namespace: "mainnet", name },
  containers: usages.map((usage) => ({ usage })),
});
const FINE = metrics("wallet-1", { cpu: "100m", memory: "1Ki" }, { cpu: "200000000n", memory: "1024" });
const WALLET = { namespace: "mainnet", name: "wallet-1", cpuCores: expect.closeTo(0.3, 9), memoryBytes: 2048 };

it.each([
  ["a quantity that is none", metrics("odd", { cpu: "lots", memory: "1Ki" }), "mainnet"],
  ["a number where a quantity stands", metrics("odd", { cpu: 1, memory: "1Ki" }), "mainnet"],
  ["a container of which one resource is not said", metrics("odd", { memory: "1Ki" }), "mainnet"],
  ["containers that are no list", { ...metrics("odd"), containers: {} }, "mainnet"],
  ["no namespace that can be read", { metadata: { namespace: 7, name: "odd" }, containers: [] }, ""],
])("of a pod with %s it is named as unreadable, and what all others use is known", (_what, item, namespace) => {
  expect(toPodUsage({ items: [item, FINE] })).toEqual({ pods: [WALLET], unreadable: [{ namespace, name: "odd" }] });
});

it.each([null, {}, { items: {} }, "text"])("%j is no list of pods", (answer) => {
  expect(toPodUsage(answer)).toBeUndefined();
});

it("an item that is nothing at all is one that cannot be read", () => {
  expect(toPodUsage({ items: [null, FINE] })).toMatchObject({
    pods: [WALLET],
    unreadable: [{ namespace: "", name: "without a name" }],
  });
});
