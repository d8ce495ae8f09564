export const ROLES = ["viewer", "developer", "operator", "compliance", "risk", "auditor", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** A role and where it is held: environment ids, `<platform>/*` or `*`. */
export type Grant = Readonly<{ role: Role; environments: readonly string[] }>;

/** Where a permission is had: everywhere, or in the environments of these patterns, as a grant has them. */
export type Reach = "everywhere" | readonly string[];

/** Someone signed in. `emails` are the addresses under which this person commits; `groups` are the identity provider's. */
export type Person = Readonly<{
  account: string;
  emails: readonly string[];
  groups: readonly string[];
  grants: readonly Grant[];
}>;

export const PERMISSIONS = ["estate.read", "record.read", "sessions.end", "operation.take-over"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/**
 * Which roles give a permission. What changes an environment is not here: that is for its policies to say. `admin` keeps
 * policies and ends sessions; it approves nothing by that.
 */
export const GRANTED_BY: Readonly<Record<Permission, readonly Role[]>> = {
  "estate.read": ROLES,
  "record.read": ["operator", "compliance", "risk", "auditor", "admin"],
  "sessions.end": ["admin"],
  "operation.take-over": ["operator"],
};

/** A decision with its reason in words, shown beside the control and written on the record. */
export type Decision = Readonly<{ allowed: boolean; because: string }>;
