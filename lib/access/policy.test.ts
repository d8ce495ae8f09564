import { describe, expect, it } from "vitest";
import { GRANTED_BY, type Grant, PERMISSIONS, ROLES, type Role } from "./model.ts";
import { covers, grantsFor, may, reachOf, rolesIn, sayDecision } from "./policy.ts";

const holding = (...grants: Grant[]) => ({ account: "someone", emails: [], groups: [], grants });
const everywhere = (...roles: Role[]) => holding(...roles.map((role) => ({ role, environments: ["*"] })));

/** Written out once more on purpose: a role gets a permission by a decision, not by a slip. */
const GRANTED: Readonly<Record<Role, readonly string[]>> = {
  viewer: ["estate.read"],
  developer: ["estate.read"],
  operator: ["estate.read", "record.read", "operation.take-over"],
  compliance: ["estate.read", "record.read"],
  risk: ["estate.read", "record.read"],
  auditor: ["estate.read", "record.read"],
  admin: ["estate.read", "record.read", "sessions.end"],
};

it.each(ROLES)("%s may do what is granted to it and nothing else", (role) => {
  const allowed = PERMISSIONS.filter((permission) => may(everywhere(role), permission).allowed);
  expect(allowed).toEqual(PERMISSIONS.filter((permission) => GRANTED[role].includes(permission)));
});

it.each(PERMISSIONS)("nobody without a role has %s", (permission) => {
  expect(may(everywhere(), permission)).toMatchObject({
    allowed: false,
    because: expect.stringContaining("you are without a role"),
  });
});

it("a refusal says who may, who one is there, and what to do", () => {
  expect(may(everywhere("viewer", "auditor"), "operation.take-over", "gravv/live").because).toBe(
    "Only operator may take over an operation in gravv/live; you are viewer, auditor in gravv/live. An admin can give you the role.",
  );
});

it("a permission says by which role one has it", () => {
  expect(may(everywhere("viewer", "admin"), "sessions.end")).toEqual({ allowed: true, because: "you are admin" });
});

it("no permission is granted to a role that does not exist", () => {
  expect(
    Object.values(GRANTED_BY)
      .flat()
      .filter((role) => !ROLES.includes(role)),
  ).toEqual([]);
});

describe("a role is held where it was granted and nowhere else:", () => {
  const person = holding(
    { role: "operator", environments: ["gravv/sandbox"] },
    { role: "viewer", environments: ["gravv/*"] },
    { role: "auditor", environments: ["*"] },
  );

  it.each([
    ["gravv/sandbox", ["operator", "viewer", "auditor"]],
    ["gravv/live", ["viewer", "auditor"]],
    ["gravv-2/live", ["auditor"]],
  ])("%s", (environment, roles) => {
    expect(rolesIn(person, environment)).toEqual(roles);
  });

  it("and a permission asked for without a place needs it in one of them", () => {
    expect(may(person, "operation.take-over").allowed).toBe(true);
    expect(may(person, "operation.take-over", "gravv/live").allowed).toBe(false);
  });
});

it("a permission reaches as far as the roles that give it, whatever else is held elsewhere", () => {
  const person = holding(
    { role: "operator", environments: ["gravv/live"] },
    { role: "auditor", environments: ["gx-protocol/*", "gravv/live"] },
    { role: "viewer", environments: ["*"] },
  );
  expect(reachOf(person, "record.read")).toEqual(["gravv/live", "gx-protocol/*"]);
  expect(reachOf(person, "estate.read")).toBe("everywhere");
  expect(reachOf(person, "sessions.end")).toEqual([]);
});

it.each([
  ["*", "gravv/live", true],
  ["gravv/*", "gravv/live", true],
  ["gravv/*", "gravv-2/live", false],
  ["gravv/live", "gravv/live", true],
  ["gravv/live", "gravv/live-2", false],
  ["gravv/liv", "gravv/live", false],
])("the pattern %s over %s: %s", (pattern, environment, expected) => {
  expect(covers(pattern, environment)).toBe(expected);
});

it("a group gives what gatehouse.yaml grants to it, and an unknown group nothing", () => {
  const roleGrants = [
    { role: "operator", groups: ["ops", "leads"], environments: ["gravv/live"] },
    { role: "viewer", groups: ["everyone"], environments: ["*"] },
  ] as const;
  expect(grantsFor(roleGrants, ["leads"])).toEqual([{ role: "operator", environments: ["gravv/live"] }]);
  expect(grantsFor(roleGrants, ["OPS", "op", ""])).toEqual([]);
});

it.each([
  [{ allowed: true, because: "you are operator in gravv/live" }, "allowed because you are operator in gravv/live"],
  [{ allowed: true, because: "You may: you asked for it." }, "allowed because you asked for it"],
  [{ allowed: false, because: "Only admin may." }, "denied because only admin may"],
])("a decision stands on the record in words: %j", (decision, said) => {
  expect(sayDecision(decision)).toBe(said);
});
