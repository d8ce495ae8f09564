import type { OperationRow } from "#lib/operations/model.ts";
import type { Agreeing, GovernedAction, Policy } from "#lib/policies/model.ts";

export const REQUEST_STATES = ["waiting", "approved", "rejected", "withdrawn", "void"] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export type ApprovalRow = Readonly<{
  account: string;
  decision: "approve" | "reject";
  at: string;
  comment: string | null;
  /** The roles that the person held in the environment, and their groups, at that moment. */
  roles: readonly string[];
  groups: readonly string[];
  /** Whether the person signed in again for exactly this. */
  steppedUp: boolean;
  /** Which exclusions of a policy would meet the person, whether or not it had them then. */
  excludableAs: readonly string[];
}>;

export type CommitPerson = Readonly<{ name: string; email: string }>;

/** A request as people see it: who asked for what, who agreed, what came of it. */
export type RequestRow = Readonly<{
  id: string;
  action: GovernedAction;
  platform: string;
  environment: string;
  state: RequestState;
  /** Why it is void or rejected; null otherwise. */
  stateReason: string | null;
  digest: string;
  requestedBy: string;
  /** The roles that whoever asked held in the environment at that moment. */
  askedAs: readonly string[];
  /** Whether whoever asked signed in again for exactly this. */
  steppedUp: boolean;
  reason: string;
  approvals: readonly ApprovalRow[];
  /** What must hold for it now; null where gatehouse.yaml no longer has a policy for it, so that nobody can carry it on. */
  policy: Policy | null;
  /** How many more must agree, and of whom; empty when nobody is missing. */
  missing: readonly Agreeing[];
  ticket: string | null;
  /** When it is to start, where it is scheduled. */
  runAt: string | null;
  /** The broken glass under which nobody else had to agree; null otherwise. */
  breakGlassId: string | null;
  /** Those who wrote what it brings. */
  authors: readonly CommitPerson[];
  /** Those who had a bot write some of it. */
  triggerers: readonly CommitPerson[];
  services: readonly string[];
  commits: number;
  linesAdded: number;
  linesRemoved: number;
  createdAt: string;
  expiresAt: string | null;
  decidedAt: string | null;
  operation: OperationRow | null;
}>;

/** Whether all have agreed and nothing has been started yet. */
export function isReadyToRun(request: Readonly<{ state: RequestState; operation: unknown }>): boolean {
  return request.state === "approved" && request.operation === null;
}

/**
 * Whether all have agreed and somebody must start it by hand: its policy says so, or has come to ask for a time since it was
 * asked for without one.
 */
export function isStartedByHand(request: Pick<RequestRow, "state" | "operation" | "policy" | "runAt">): boolean {
  return isReadyToRun(request) && !(request.policy?.run === "scheduled" && request.runAt !== null);
}

/** Whether something may still come of the request. */
export function isOpen(request: RequestRow): boolean {
  return request.state === "waiting" || isReadyToRun(request) || request.operation?.state === "running";
}

/** The request's name in a list: what happens, where. */
export function titleOf(request: Pick<RequestRow, "action" | "services" | "environment">): string {
  const count = request.services.length;
  const what = count === 0 ? "no service" : count === 1 ? request.services[0] : `${count} services`;
  switch (request.action) {
    case "promotion":
      return `Promote ${what} to ${request.environment}`;
    case "rollback":
      return `Roll back ${what} in ${request.environment}`;
    case "restart":
      return `Restart ${what} in ${request.environment}`;
  }
}
