import { expect, it } from "vitest";
import { GRANTS, PERMISSIONS, ROLES, type Role } from "./model.ts";
import { may } from "./policy.ts";

const person = (...roles: Role[]) => ({ account: "someone", roles, emails: [] });

/** Written out once more on purpose: a role gets a permission by a decision, not by a slip. */
const GRANTED: Readonly<Record<Role, readonly string[]>> = {
  viewer: ["estate.read"],
  developer: ["estate.read", "promotion.request"],
  operator: ["estate.read", "promotion.request", "request.approve", "rollback.run", "record.read"],
  compliance: ["estate.read", "record.read"],
  risk: ["estate.read", "record.read"],
  auditor: ["estate.read", "record.read"],
  admin: ["estate.read", "record.read"],
};

it.each(ROLES)("%s may do what is granted to it and nothing else", (role) => {
  const allowed = PERMISSIONS.filter((permission) => may(person(role), permission).allowed);
  expect(allowed).toEqual(PERMISSIONS.filter((permission) => GRANTED[role].includes(permission)));
});

it.each(PERMISSIONS)("nobody without a role has %s", (permission) => {
  expect(may(person(), permission)).toMatchObject({
    allowed: false,
    because: expect.stringContaining("you are without a role"),
  });
});

it("a refusal says who may, who one is, and what to do", () => {
  expect(may(person("viewer", "auditor"), "promotion.request").because).toBe(
    "Only developer or operator may ask for a promotion; you are viewer, auditor. An admin can give you the role.",
  );
});

it("a permission says by which role one has it", () => {
  expect(may(person("viewer", "developer"), "promotion.request")).toEqual({
    allowed: true,
    because: "you are developer",
  });
});

it("no permission is granted to a role that does not exist", () => {
  expect(Object.values(GRANTS).flat()).toEqual(expect.arrayContaining([]));
  expect(
    Object.values(GRANTS)
      .flat()
      .filter((role) => !ROLES.includes(role)),
  ).toEqual([]);
});
