import { expect, it } from "vitest";
import type { Capacity } from "#lib/quotas/capacity.ts";
import { capacityWords, shareWords, toneOfShare } from "./capacity-words.ts";

const GIB = 2 ** 30;
const NONE = { pods: 0, cpuCores: 0, memoryBytes: 0 };

function capacity(changes: Partial<Capacity> = {}): Capacity {
  return {
    nodes: { usable: 3, all: 4 },
    allocatable: { pods: 330, cpuCores: 44, memoryBytes: 96 * GIB },
    takers: [],
    requested: { pods: 33, cpuCores: 37.4, memoryBytes: 24 * GIB },
    elsewhere: NONE,
    waiting: NONE,
    ...changes,
  };
}

it("what is scarcest is said, with what nobody has asked for", () => {
  expect(capacityWords(capacity())).toEqual(["CPU is scarcest: 6.6 cores of 44 cores not asked for."]);
});

it("pods without a node come first, and those on nodes that take none last", () => {
  const waiting = { pods: 2, cpuCores: 8, memoryBytes: 4 * GIB };
  const elsewhere = { pods: 1, cpuCores: 0.5, memoryBytes: GIB };
  expect(capacityWords(capacity({ waiting, elsewhere }))).toEqual([
    "2 pods for which there is no node yet ask for 8 cores and 4 Gi memory.",
    "CPU is scarcest: 6.6 cores of 44 cores not asked for.",
    "1 pod on nodes that take no new pods asks for 0.5 cores and 1 Gi memory.",
  ]);
});

it("without a node that takes pods there is no figure", () => {
  expect(capacityWords(capacity({ nodes: { usable: 0, all: 4 }, allocatable: NONE }))).toEqual([
    "No node takes pods: none is ready and not cordoned.",
  ]);
});

it("a share is said with its limit, and looks as tight as it is", () => {
  expect(shareWords(capacity(), "cpuCores")).toBe("37.4 of 44 cores, 85 %");
  expect(toneOfShare(capacity(), "cpuCores")).toBe("look");
  expect(toneOfShare(capacity(), "memoryBytes")).toBe("fine");
  expect(toneOfShare(capacity({ requested: { ...NONE, pods: 330 } }), "pods")).toBe("broken");
});
