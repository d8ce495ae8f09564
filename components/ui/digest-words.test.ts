import { expect, test } from "vitest";
import { shortenDigest } from "./digest-words.ts";

const hex = "9f3c2ab177d0".padEnd(64, "e");

test("a digest becomes its first twelve digits in fours, with or without its algorithm", () => {
  expect(shortenDigest(`sha256:${hex}`)).toBe("9f3c·2ab1·77d0");
  expect(shortenDigest(hex)).toBe("9f3c·2ab1·77d0");
});

test("a git revision becomes seven digits", () => {
  expect(shortenDigest("8c1f2e0".padEnd(40, "a"))).toBe("8c1f2e0");
});

test("what is neither stays whole", () => {
  expect(shortenDigest("v2.15.1")).toBe("v2.15.1");
  expect(shortenDigest("")).toBe("");
  expect(shortenDigest(`sha256:${hex.toUpperCase()}`)).toBe(`sha256:${hex.toUpperCase()}`);
});
