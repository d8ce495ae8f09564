import { describe, expect, it } from "vitest";
import type { Person, Role } from "#lib/access/model.ts";
import type { BreakGlassRule } from "#lib/policies/model.ts";
import { type BreakGlassRow, isBroken } from "./model.ts";
import { mayBreakGlass, mayCloseGlass, mayReviewGlass } from "./policy.ts";

const LIVE = "gravv/live";
const NOW = new Date("2026-11-21T03:00:00.000Z");
const RULE: BreakGlassRule = {
  environments: [LIVE],
  who: ["operator"],
  stepUp: true,
  lastsMs: 3_600_000,
  review: ["operator", "risk"],
};
const GLASS: BreakGlassRow = {
  id: "bg_1",
  environment: LIVE,
  account: "ada",
  reason: "nobody answers",
  told: [],
  openedAt: "2026-11-21T02:30:00.000Z",
  endsAt: "2026-11-21T03:30:00.000Z",
  closedAt: null,
  closedBy: null,
  reviewedAt: null,
  reviewedBy: null,
  review: null,
};
const ENDED: BreakGlassRow = { ...GLASS, endsAt: "2026-11-21T02:59:59.999Z" };

const person = (account: string, role: Role, environment = LIVE): Person => ({
  account,
  emails: [],
  groups: [],
  grants: [{ role, environments: [environment] }],
});

describe("a glass is broken", () => {
  it.each([
    ["until its time is over", GLASS, true],
    ["not after it", ENDED, false],
    ["not once it was closed", { ...GLASS, closedAt: "2026-11-21T02:45:00.000Z" }, false],
    ["not once it was reviewed", { ...GLASS, reviewedAt: "2026-11-21T02:45:00.000Z" }, false],
  ])("%s", (_when, glass, expected) => {
    expect(isBroken(glass, NOW)).toBe(expected);
  });
});

describe("breaking it", () => {
  it.each<[string, Person, BreakGlassRule | null, BreakGlassRow | undefined, boolean]>([
    ["by whom the rule names", person("ada", "operator"), RULE, undefined, true],
    ["by another role", person("bo", "risk"), RULE, undefined, false],
    ["by the role elsewhere", person("ada", "operator", "gravv/sandbox"), RULE, undefined, false],
    ["without a rule", person("ada", "operator"), null, undefined, false],
    ["while the last one is not reviewed", person("bo", "operator"), RULE, ENDED, false],
  ])("%s", (_who, who, rule, unreviewed, allowed) => {
    const decision = mayBreakGlass(who, LIVE, rule, unreviewed);
    expect(decision.allowed).toBe(allowed);
    expect(decision.because).not.toBe("");
  });
});

describe("reviewing it", () => {
  it.each<[string, Person, BreakGlassRow, boolean]>([
    ["by somebody else whom the rule names, after its end", person("bo", "risk"), ENDED, true],
    ["by the one who broke it", person("ada", "operator"), ENDED, false],
    ["while it lasts", person("bo", "risk"), GLASS, false],
    ["twice", person("bo", "risk"), { ...ENDED, reviewedAt: "2026-11-21T03:00:00.000Z" }, false],
    ["by another role", person("bo", "auditor"), ENDED, false],
  ])("%s", (_who, who, glass, allowed) => {
    expect(mayReviewGlass(who, glass, RULE, NOW).allowed).toBe(allowed);
  });
});

describe("ending it before its time", () => {
  it.each<[string, Person, BreakGlassRow, boolean]>([
    ["by the one who broke it", person("ada", "operator"), GLASS, true],
    ["by who may review it", person("bo", "risk"), GLASS, true],
    ["by anyone else", person("bo", "viewer"), GLASS, false],
    ["after its end", person("ada", "operator"), ENDED, false],
  ])("%s", (_who, who, glass, allowed) => {
    expect(mayCloseGlass(who, glass, RULE, NOW).allowed).toBe(allowed);
  });
});
