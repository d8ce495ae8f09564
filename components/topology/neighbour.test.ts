import { expect, it } from "vitest";
import { ARROWS, neighbourOf } from "./neighbour.ts";

const SPOTS = [
  { id: "gateway", x: 0, y: 100 },
  { id: "accounts", x: 240, y: 20 },
  { id: "ledger", x: 240, y: 110 },
  { id: "postgres", x: 480, y: 100 },
];

it.each([
  ["gateway", "ArrowRight", "ledger"],
  ["ledger", "ArrowLeft", "gateway"],
  ["ledger", "ArrowUp", "accounts"],
  ["accounts", "ArrowDown", "ledger"],
  ["accounts", "ArrowRight", "postgres"],
] as const)("from %s, %s leads to the nearest there: %s", (id, arrow, next) => {
  expect(neighbourOf(SPOTS, id, arrow)).toBe(next);
});

it("there is nothing beyond the edge, nor from a node that is gone", () => {
  expect(neighbourOf(SPOTS, "postgres", "ArrowRight")).toBeUndefined();
  expect(neighbourOf(SPOTS, "gone", "ArrowLeft")).toBeUndefined();
});

it("every node can be reached by arrows alone", () => {
  const reached = new Set(["gateway"]);
  for (const id of reached) {
    for (const arrow of ARROWS) {
      const next = neighbourOf(SPOTS, id, arrow);
      if (next !== undefined) {
        reached.add(next);
      }
    }
  }
  expect(reached.size).toBe(SPOTS.length);
});
