import { expect, test } from "vitest";
import { isCurrent } from "./current-page.ts";

test("a page is current on itself and on what lies under it", () => {
  expect(isCurrent("/requests", "/requests")).toBe(true);
  expect(isCurrent("/requests/r-41", "/requests")).toBe(true);
});

test("the top is current only on itself, and a name is not its prefix", () => {
  expect(isCurrent("/", "/")).toBe(true);
  expect(isCurrent("/requests", "/")).toBe(false);
  expect(isCurrent("/requests-old", "/requests")).toBe(false);
});
