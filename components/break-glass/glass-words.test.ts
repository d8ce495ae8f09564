import { expect, it } from "vitest";
import type { Person } from "#lib/access/model.ts";
import type { BreakGlassRow } from "#lib/break-glass/model.ts";
import { brokenWords, unaskedNames, unaskedWords } from "./glass-words.ts";

const glass: BreakGlassRow = {
  id: "bg_1",
  environment: "gravv/live",
  account: "operator",
  reason: "payouts stand still",
  told: ["ada", "group:risk"],
  openedAt: "2026-11-21T03:00:00.000Z",
  endsAt: "2026-11-21T03:30:00.000Z",
  closedAt: null,
  closedBy: null,
  reviewedAt: null,
  reviewedBy: null,
  review: null,
};
const person = (account: string, groups: readonly string[] = []): Person => ({
  account,
  emails: [],
  groups,
  grants: [],
});

it.each([
  ["by name", person("ada"), true],
  ["as one of a group", person("bola", ["risk"]), true],
  ["who has a group's name", person("risk"), false],
  ["who would not have been asked", person("chidi", ["staff"]), false],
])("somebody %s is told that they were not asked: %o", (_who, who, isTold) => {
  expect(brokenWords(glass, who).endsWith("You were not asked.")).toBe(isTold);
});

it("whoever acts alone is told so, with the end and the reason", () => {
  expect(brokenWords(glass, person("operator"))).toBe(
    "You act alone in gravv/live until 03:30 UTC: “payouts stand still”.",
  );
});

it("what nobody has reviewed is said with who it was and why, and who was not asked by name or group", () => {
  expect(unaskedWords(glass)).toBe(
    "operator acted alone in gravv/live from 2026-11-21 03:00:00 UTC: “payouts stand still”. Nobody has reviewed it yet.",
  );
  expect(unaskedNames(glass.told)).toBe("ada and the group risk");
});
