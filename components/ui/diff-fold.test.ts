import { describe, expect, test } from "vitest";
import { countChanges, type DiffLine, foldDiff } from "./diff-fold.ts";

function same(count: number): DiffLine[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "same", text: `line ${index}` }));
}

const change: DiffLine[] = [
  { kind: "remove", text: "old" },
  { kind: "add", text: "new" },
];

function shape(lines: readonly DiffLine[], context = 3): readonly string[] {
  return foldDiff(lines, context).map((part) => `${part.folded ? "fold" : "show"} ${part.lines.length}`);
}

describe("folding a diff", () => {
  test("keeps context beside each change and folds the rest", () => {
    expect(shape([...same(10), ...change, ...same(20), ...change, ...same(10)])).toEqual([
      "fold 7",
      "show 3",
      "show 2",
      "show 3",
      "fold 14",
      "show 3",
      "show 2",
      "show 3",
      "fold 7",
    ]);
  });

  test("does not fold where nothing would be gained", () => {
    expect(shape([...same(4), ...change, ...same(7), ...change, ...same(3)])).toEqual([
      "show 4",
      "show 2",
      "show 7",
      "show 2",
      "show 3",
    ]);
  });

  test("loses no line and changes no order", () => {
    const lines = [...same(30), ...change, ...same(9), ...change, ...change, ...same(40)];
    const drawn = foldDiff(lines, 3).flatMap((part) => part.lines);
    expect(drawn.map(({ kind, text }) => ({ kind, text }))).toEqual(lines);
    expect(drawn.map((line) => line.at)).toEqual(lines.map((_, index) => index));
  });

  test("folds all of what does not change, and draws nothing for nothing", () => {
    expect(shape(same(12))).toEqual(["fold 12"]);
    expect(shape([])).toEqual([]);
  });

  test("counts what comes and goes", () => {
    expect(countChanges([...same(3), ...change, { kind: "add", text: "more" }])).toEqual({ added: 2, removed: 1 });
  });
});
