import type { Decision, Person } from "#lib/access/model.ts";
import { may } from "#lib/access/policy.ts";
import type { CommitPerson, RequestRow } from "./model.ts";

type ApprovalFacts = Pick<RequestRow, "state" | "requestedBy" | "authors" | "approvals" | "commits">;

/** Whether this person may approve the request, with the reason. Neither the requester nor an author may. */
export function mayApprove(person: Person, request: ApprovalFacts): Decision {
  const byRole = may(person, "request.approve");
  if (!byRole.allowed) {
    return byRole;
  }
  if (request.state !== "waiting") {
    return { allowed: false, because: "This request no longer waits for approval." };
  }
  if (sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: "You asked for this; another operator must approve it." };
  }
  if (request.authors.some((author) => isSamePerson(person, author))) {
    return {
      allowed: false,
      because: "You wrote one of the commits; an operator who wrote none of them must approve it.",
    };
  }
  if (request.approvals.some((approval) => sameAccount(approval.account, person.account))) {
    return { allowed: false, because: "You have decided already; a person counts once." };
  }
  const commits = request.commits === 1 ? "did not write the commit" : `wrote none of the ${request.commits} commits`;
  return { allowed: true, because: `You may: you are in operators, did not ask, and ${commits}.` };
}

/** Whether this person may reject the request. Whoever may approve by role may reject, authors included. */
export function mayReject(person: Person, request: ApprovalFacts): Decision {
  const byRole = may(person, "request.approve");
  if (!byRole.allowed) {
    return byRole;
  }
  if (request.state !== "waiting") {
    return { allowed: false, because: "This request no longer waits for approval." };
  }
  if (sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: "You asked for this; withdraw it instead." };
  }
  return { allowed: true, because: "You may: you are in operators." };
}

/** Whether this person may withdraw the request: only whoever asked, while it waits. */
export function mayWithdraw(person: Person, request: ApprovalFacts): Decision {
  if (!sameAccount(person.account, request.requestedBy)) {
    return { allowed: false, because: `Only ${request.requestedBy}, who asked, may withdraw this.` };
  }
  if (request.state !== "waiting") {
    return { allowed: false, because: "This request no longer waits; there is nothing to withdraw." };
  }
  return { allowed: true, because: "You may: you asked for it." };
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
