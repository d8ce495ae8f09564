import { expect, it } from "vitest";
import { curveThrough } from "./curve.ts";

it("a line goes through each of its bends, level there, and ends exactly where it should", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 20, y: 10 },
    { x: 40, y: 10 },
  ];
  expect(curveThrough(points)).toBe("M0 0C10 0 10 10 20 10C30 10 30 10 40 10");
});

it.each([[[]], [[{ x: 1, y: 1 }]]])("there is no line through %j", (points) => {
  expect(curveThrough(points)).toBe("");
});
