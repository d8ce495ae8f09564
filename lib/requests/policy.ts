import type { Decision, Person } from "#lib/access/model.ts";
import type { Excludable, Policy } from "#lib/policies/model.ts";
import { freezeAt, groupName, mayAsk, standingOf, whyTicketFails, wouldCount } from "#lib/policies/policy.ts";
import { type ApprovalRow, type CommitPerson, isReadyToRun, isStartedByHand, type RequestRow } from "./model.ts";

type Facts = Pick<
  RequestRow,
  | "action"
  | "environment"
  | "state"
  | "requestedBy"
  | "askedAs"
  | "steppedUp"
  | "ticket"
  | "authors"
  | "triggerers"
  | "approvals"
  | "commits"
  | "policy"
  | "missing"
  | "runAt"
  | "expiresAt"
  | "operation"
>;

/** What sets an agreed request off: the word that completed the agreement, its time, or somebody by hand. */
export type Starter = "agreement" | "timer" | Person;

const NO_POLICY: Decision = {
  allowed: false,
  because: "gatehouse.yaml no longer has a policy for this, so nobody can carry it on. An admin can write one.",
};

/** Whether somebody's word on a request is a yes. */
export function isApproval({ decision }: Pick<ApprovalRow, "decision">): boolean {
  return decision === "approve";
}

/** The words that agree and count for this policy: it may have been raised since they were given. */
export function countingApprovals<Word extends Pick<ApprovalRow, "decision" | "steppedUp" | "excludableAs">>(
  policy: Pick<Policy, "exclude" | "stepUp">,
  approvals: readonly Word[],
): Word[] {
  return approvals
    .filter(isApproval)
    .filter(({ steppedUp }) => steppedUp || !policy.stepUp)
    .filter(({ excludableAs }) => !policy.exclude.some((one) => excludableAs.includes(one)));
}

/** Who has agreed: until it starts only those whose word still counts, afterwards those by whose word it did. */
export function agreedBy(request: Pick<Facts, "state" | "operation" | "policy" | "approvals">): ApprovalRow[] {
  const { policy, approvals } = request;
  const isUndecided = request.state === "waiting" || isReadyToRun(request);
  return policy === null || !isUndecided ? approvals.filter(isApproval) : countingApprovals(policy, approvals);
}

/** Which exclusions of a policy would meet this person, whether or not it has them. */
export function excludableAs(
  person: Person,
  request: Pick<Facts, "requestedBy" | "authors" | "triggerers">,
): Excludable[] {
  return [
    ...(sameAccount(person.account, request.requestedBy) ? (["requester"] as const) : []),
    ...(request.authors.some((author) => isSamePerson(person, author)) ? (["authors"] as const) : []),
    ...(request.triggerers.some((one) => isSamePerson(person, one)) ? (["triggerers"] as const) : []),
  ];
}

const EXCLUDED: Readonly<Record<Excludable, string>> = {
  requester: "You asked for this; somebody else must approve it.",
  authors: "You wrote one of the commits; somebody who wrote none of them must approve it.",
  triggerers: "You had a bot write one of the commits; somebody who did not must approve it.",
};

/** Why nothing may be agreed to or started at that moment; undefined where something may. */
export function whyNotNow({ policy, expiresAt }: Pick<Facts, "policy" | "expiresAt">, now: Date): string | undefined {
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
    return "It has expired; ask for it anew.";
  }
  const freeze = policy === null ? undefined : freezeAt(policy, now);
  return freeze && `Frozen until ${freeze.to}: ${freeze.name}.`;
}

/** Why what was asked does not do for the policy as it has been raised since; undefined where it does. */
function whyOutgrown(request: Facts, policy: Policy): string | undefined {
  if (!request.askedAs.some((role) => policy.ask.some((one) => one === role))) {
    return `Its policy has become stricter: only ${policy.ask.join(" or ") || "nobody"} may ask for it by now, and ${request.requestedBy} did not as one. Ask for it anew.`;
  }
  const badTicket = whyTicketFails(policy, request.ticket ?? undefined);
  return badTicket && `Its policy has become stricter. ${badTicket} Ask for it anew.`;
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
  const excluded = excludableAs(person, request).find((one) => policy.exclude.includes(one));
  if (excluded !== undefined) {
    return { allowed: false, because: EXCLUDED[excluded] };
  }
  const outgrown = whyOutgrown(request, policy);
  if (outgrown !== undefined) {
    return { allowed: false, because: outgrown };
  }
  const agreed = countingApprovals(policy, request.approvals);
  const own = request.approvals.find((approval) => sameAccount(approval.account, person.account));
  if (own !== undefined) {
    return { allowed: false, because: isApproval(own) && !agreed.includes(own) ? OUTGROWN_WORD : DECIDED };
  }
  const standing = standingOf(person, request.environment);
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

const DECIDED = "You have decided already; a person counts once.";
const OUTGROWN_WORD =
  "You have agreed already, under a policy that has become stricter since, so that it no longer counts; somebody else must approve it.";

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

/**
 * Whether the request may be started at that moment in that way, and why: the one rule that every start goes by, under the lock
 * and by the database's time, and that the page shows. It holds the request to its policy as that is now, whatever it was when
 * others agreed.
 */
export function mayStart(starter: Starter, request: Facts, now: Date): Decision {
  const because = whyNotNow(request, now) ?? whyTooEarly(request, now);
  return because === undefined ? mayBeStarted(starter, request) : { allowed: false, because };
}

function whyTooEarly({ runAt }: Pick<Facts, "runAt">, now: Date): string | undefined {
  return runAt !== null && now.getTime() < Date.parse(runAt)
    ? `It was asked for ${runAt}, and nobody starts it before.`
    : undefined;
}

/** The same whatever the moment: what only somebody's word can mend. */
export function mayBeStarted(starter: Starter, request: Facts): Decision {
  const { policy } = request;
  const isAgreed = starter === "agreement" ? isUnstarted(request) : isReadyToRun(request);
  if (!isAgreed) {
    return { allowed: false, because: "There is nothing to start: it is not agreed, or has been started." };
  }
  if (policy === null) {
    return NO_POLICY;
  }
  const because = whyOutgrown(request, policy) ?? whyNotAgreed(request) ?? whyNotBy(starter, request, policy);
  if (because !== undefined) {
    return { allowed: false, because };
  }
  return typeof starter === "string"
    ? { allowed: true, because: STARTED_BY[starter] }
    : mayAsk(starter, request.action, request.environment, policy);
}

const STARTED_BY = {
  agreement: "all whose agreement its policy asks for have agreed, and it starts at once then",
  timer: "all whose agreement its policy asks for have agreed, and its time has come",
} as const;

function isUnstarted({ state, operation }: Facts): boolean {
  return (state === "waiting" || state === "approved") && operation === null;
}

function whyNotAgreed({ missing }: Facts): string | undefined {
  const groups = missing.map((one) => `${one.count} of ${groupName(one)}`).join(" and ");
  return groups === ""
    ? undefined
    : `Its policy has become stricter, and ${groups} must agree by now. Nothing was started; ask for it anew.`;
}

function whyNotBy(starter: Starter, request: Facts, policy: Policy): string | undefined {
  if (typeof starter !== "string") {
    return isStartedByHand(request) ? undefined : "It starts by itself when its time has come.";
  }
  if (policy.stepUp && policy.agree.length === 0 && !request.steppedUp) {
    return `Its policy has become stricter: ${request.requestedBy} would have had to sign in again for it. Ask for it anew.`;
  }
  const isByItself = starter === "agreement" ? policy.run === "at-once" : !isStartedByHand(request);
  return isByItself ? undefined : "Its policy does not let it start by itself; somebody starts it by hand.";
}

/** Whether the request waits for something that this person may do: approve it, or start it by hand. */
export function needsPerson(person: Person, request: Facts): boolean {
  return mayApprove(person, request).allowed || mayBeStarted(person, request).allowed;
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
