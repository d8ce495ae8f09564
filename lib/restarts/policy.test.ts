import { describe, expect, it } from "vitest";
import type { Person } from "#lib/access/model.ts";
import { actorNow } from "./policy.ts";

const LIVE = "gravv/live";
const ADA: Person = {
  account: "ada",
  emails: [],
  groups: ["ops", "staff"],
  grants: [{ role: "operator", environments: ["gravv/*"] }],
};
const PLAN = { environment: LIVE, actor: { user: "ada", groups: ["ops"], sessionVersion: 2 } };
const RULES = { policy: { ask: ["operator" as const] }, impersonatedGroups: ["ops"] };

describe("an approved restart is done in the name of whoever asked", () => {
  it("with those of their groups that gatehouse.yaml lists, in whatever order they come", () => {
    expect(actorNow(PLAN, { person: ADA, sessionVersion: 2 }, RULES)).toEqual({
      ok: true,
      actor: { user: "ada", groups: ["ops"] },
    });
    const plan = { ...PLAN, actor: { ...PLAN.actor, groups: ["staff", "ops"] } };
    expect(
      actorNow(plan, { person: ADA, sessionVersion: 2 }, { ...RULES, impersonatedGroups: ["ops", "staff"] }).ok,
    ).toBe(true);
  });

  it.each<[string, Parameters<typeof actorNow>[1], Partial<typeof RULES>, RegExp]>([
    ["they can no longer sign in", undefined, {}, /can no longer sign in/],
    ["all their sessions were ended since", { person: ADA, sessionVersion: 3 }, {}, /sessions of ada/],
    ["their role was taken away", { person: { ...ADA, grants: [] }, sessionVersion: 2 }, {}, /may no longer restart/],
    ["no policy lets anybody", { person: ADA, sessionVersion: 2 }, { policy: { ask: [] } }, /may no longer restart/],
    ["a group was taken away", { person: { ...ADA, groups: ["staff"] }, sessionVersion: 2 }, {}, /groups of ada/],
    [
      "a group that the cluster would see came since",
      { person: { ...ADA, groups: ["ops", "root"] }, sessionVersion: 2 },
      { impersonatedGroups: ["ops", "root"] },
      /groups of ada/,
    ],
    [
      "a group of theirs is Kubernetes' own",
      { person: { ...ADA, groups: ["ops", "system:masters"] }, sessionVersion: 2 },
      { impersonatedGroups: ["ops", "system:masters"] },
      /begins with system:/,
    ],
  ])("and not at all when %s", (_what, asker, rules, because) => {
    const made = actorNow(PLAN, asker, { ...RULES, ...rules });
    expect(made).toEqual({ ok: false, because: expect.stringMatching(because) });
  });
});
