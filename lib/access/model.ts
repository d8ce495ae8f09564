export const ROLES = ["viewer", "developer", "operator", "compliance", "risk", "auditor", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Someone signed in. `emails` are the addresses under which this person commits. */
export type Person = Readonly<{ account: string; roles: readonly Role[]; emails: readonly string[] }>;

export const PERMISSIONS = [
  "estate.read",
  "promotion.request",
  "request.approve",
  "rollback.run",
  "record.read",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Which roles give a permission. `admin` keeps policies; it approves nothing by that. */
export const GRANTS: Readonly<Record<Permission, readonly Role[]>> = {
  "estate.read": ROLES,
  "promotion.request": ["developer", "operator"],
  "request.approve": ["operator"],
  "rollback.run": ["operator"],
  "record.read": ["operator", "compliance", "risk", "auditor", "admin"],
};

/** A decision with its reason in words, shown beside the control and written on the record. */
export type Decision = Readonly<{ allowed: boolean; because: string }>;
