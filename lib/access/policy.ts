import { type Decision, GRANTS, type Permission, type Person } from "./model.ts";

const SPOKEN: Readonly<Record<Permission, string>> = {
  "estate.read": "see the estate",
  "promotion.request": "ask for a promotion",
  "request.approve": "approve",
  "rollback.run": "roll back",
  "record.read": "read the record",
};

/** Whether the person's roles give the permission, and the reason in words. */
export function may(person: Person, permission: Permission): Decision {
  const granting = GRANTS[permission];
  const role = person.roles.find((held) => granting.includes(held));
  if (role !== undefined) {
    return { allowed: true, because: `you are ${role}` };
  }
  const needed = granting.join(" or ");
  return {
    allowed: false,
    because: `Only ${needed} may ${SPOKEN[permission]}; you are ${person.roles.join(", ") || "without a role"}. An admin can give you the role.`,
  };
}
