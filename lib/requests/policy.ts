import type { Decision, Person } from "#lib/access/model.ts";
import { mayAsk, standingOf, wouldCount } from "#lib/policies/policy.ts";
import { type ApprovalRow, type CommitPerson, isReadyToRun, isStartedByHand, type RequestRow } from "./model.ts";

type Facts = Pick<
  RequestRow,
  | "action"
  | "environment"
  | "state"
  | "requestedBy"
  | "authors"
  | "triggerers"
  | "approvals"
  | "commits"
  | "policy"
  | "operation"
>;

const NO_POLICY: Decision = {
  allowed: false,
  because: "gatehouse.yaml no longer has a policy for this, so nobody can carry it on. An admin can write one.",
};

/** Whether somebody's word on a request is a yes. */
export function isApproval({ decision }: Pick<ApprovalRow, "decision">): boolean {
  return decision === "approve";
}

/** Whether this person may approve the request, and why: its policy says who counts and whom it excludes. */
export function mayApprove(person: Person, request: Facts): Decision {
  const { policy } = request;
  if (request.state !== "waiting") {
    return { allowed: false, because: "This request no longer waits for approval." };
  }
  if (policy === null) {
    return NO_POLICY;
  }
  const agreed = request.approvals.filter(isApproval);
  const standing = standingOf(person, request.environment);
  if (policy.exclude.includes("requester") && sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: "You asked for this; somebody else must approve it." };
  }
  if (policy.exclude.includes("authors") && request.authors.some((author) => isSamePerson(person, author))) {
    return {
      allowed: false,
      because: "You wrote one of the commits; somebody who wrote none of them must approve it.",
    };
  }
  if (policy.exclude.includes("triggerers") && request.triggerers.some((one) => isSamePerson(person, one))) {
    return {
      allowed: false,
      because: "You had a bot write one of the commits; somebody who did not must approve it.",
    };
  }
  if (request.approvals.some((approval) => sameAccount(approval.account, person.account))) {
    return { allowed: false, because: "You have decided already; a person counts once." };
  }
  const counting = wouldCount(policy, agreed, standing, request.environment);
  if (!counting.allowed) {
    return counting;
  }
  const commits = request.commits === 1 ? "did not write the commit" : `wrote none of the ${request.commits} commits`;
  const notExcluded = [
    ...(policy.exclude.includes("requester") ? ["did not ask"] : []),
    ...(policy.exclude.includes("authors") ? [commits] : []),
    ...(policy.exclude.includes("triggerers") && request.triggerers.length > 0 ? ["had no bot write any"] : []),
  ];
  const reasons = [counting.because, ...notExcluded];
  const last = reasons.length > 2 ? `, and ${reasons.pop()}` : "";
  return { allowed: true, because: `You may: ${reasons.join(", ")}${last}.` };
}

/** Whether this person may reject the request, or take back what was agreed before it starts: whoever counts, authors included. */
export function mayReject(person: Person, request: Facts): Decision {
  if (request.state !== "waiting" && !isReadyToRun(request)) {
    return { allowed: false, because: "This request no longer waits; there is nothing to reject." };
  }
  if (request.policy === null) {
    return NO_POLICY;
  }
  if (sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: "You asked for this; withdraw it instead." };
  }
  const counting = wouldCount(request.policy, [], standingOf(person, request.environment), request.environment);
  return counting.allowed ? { allowed: true, because: `You may: ${counting.because}.` } : counting;
}

/** Whether this person may withdraw the request: only whoever asked, until it starts. */
export function mayWithdraw(person: Person, request: Facts): Decision {
  if (!sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: `Only ${request.requestedBy}, who asked, may withdraw this.` };
  }
  if (request.state !== "waiting" && !isReadyToRun(request)) {
    return { allowed: false, because: "This request no longer waits; there is nothing to withdraw." };
  }
  return { allowed: true, because: "You may: you asked for it." };
}

/** Whether this person may start what all have agreed to, where the policy says that it is started by hand. */
export function mayRun(person: Person, request: Facts): Decision {
  if (!isReadyToRun(request)) {
    return { allowed: false, because: "There is nothing to start: it is not agreed, or has been started." };
  }
  if (request.policy === null) {
    return NO_POLICY;
  }
  return mayAsk(person, request.action, request.environment, request.policy);
}

/** Whether the request waits for something that this person may do: approve it, or start it by hand. */
export function needsPerson(person: Person, request: Facts): boolean {
  return mayApprove(person, request).allowed || (isStartedByHand(request) && mayRun(person, request).allowed);
}

/**
 * Whether a commit's author is this person: by any address of theirs, or by an address or name that spells their account.
 * Errs towards yes, since a wrong yes asks for another approver and a wrong no lets an author approve.
 */
export function isSamePerson(person: Person, author: CommitPerson): boolean {
  const address = plainAddress(author.email);
  return (
    person.emails.some((known) => plainAddress(known) === address) ||
    sameAccount(address.split("@")[0] ?? "", person.account) ||
    sameAccount(author.name, person.account)
  );
}

/** An address without what people and Git hosts add to it: `jane+laptop@…` and `12345+jane@…` (GitHub's noreply form) are jane's. */
function plainAddress(email: string): string {
  return email
    .trim()
    .toLowerCase()
    .replace(/^\d+\+/, "")
    .replace(/\+[^@]*(?=@|$)/, "");
}

function sameAccount(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
