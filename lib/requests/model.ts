import type { OperationRow } from "#lib/operations/model.ts";

export const REQUEST_ACTIONS = ["promotion", "rollback"] as const;
export type RequestAction = (typeof REQUEST_ACTIONS)[number];

export const REQUEST_STATES = ["waiting", "approved", "rejected", "withdrawn", "void"] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export type ApprovalRow = Readonly<{
  account: string;
  decision: "approve" | "reject";
  at: string;
  comment: string | null;
}>;

export type CommitPerson = Readonly<{ name: string; email: string }>;

/** A request as people see it: who asked for what, who agreed, what came of it. */
export type RequestRow = Readonly<{
  id: string;
  action: RequestAction;
  platform: string;
  environment: string;
  state: RequestState;
  /** Why it is void or rejected; null otherwise. */
  stateReason: string | null;
  digest: string;
  requestedBy: string;
  reason: string;
  approvals: readonly ApprovalRow[];
  /** How many more must agree, and of whom; empty when nobody is missing. */
  missing: readonly Readonly<{ group: string; count: number }>[];
  needed: number;
  /** Those who wrote what it brings; none of them may approve it. */
  authors: readonly CommitPerson[];
  services: readonly string[];
  commits: number;
  linesAdded: number;
  linesRemoved: number;
  createdAt: string;
  expiresAt: string | null;
  decidedAt: string | null;
  operation: OperationRow | null;
}>;

/** Whether something may still come of the request. */
export function isOpen(request: RequestRow): boolean {
  return request.state === "waiting" || request.operation?.state === "running";
}

/** The request's name in a list: what happens, where. */
export function titleOf(request: Pick<RequestRow, "action" | "services" | "environment">): string {
  const count = request.services.length;
  const what = count === 0 ? "no service" : count === 1 ? request.services[0] : `${count} services`;
  return request.action === "promotion"
    ? `Promote ${what} to ${request.environment}`
    : `Roll back ${what} in ${request.environment}`;
}
