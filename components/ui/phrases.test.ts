import { expect, test } from "vitest";
import { joinSentences, plainWords } from "./phrases.ts";

test("a sentence reads the same without its marks", () => {
  expect(plainWords([{ strong: "gravv/live" }, " is ", { em: "stuck" }, "."])).toBe("gravv/live is stuck.");
});

test("sentences are parted by one space, and none stands at either end", () => {
  expect(plainWords(joinSentences([["One."], [{ strong: "Two" }, "."]]))).toBe("One. Two.");
  expect(joinSentences([])).toEqual([]);
});
