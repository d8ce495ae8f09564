import type { Accent } from "#components/ui/tone.ts";
import { currentStep } from "#lib/operations/model.ts";
import type { Agreeing, Policy } from "#lib/policies/model.ts";
import { groupName } from "#lib/policies/policy.ts";
import { type CommitPerson, isOpen, type RequestRow } from "#lib/requests/model.ts";
import type { SeenService } from "#lib/services/model.ts";

/** A request's state in a word or two, and how it is to be taken. */
export function stateOf(request: RequestRow): { word: string; tone: Accent } {
  const { operation } = request;
  if (operation !== null) {
    if (operation.state === "running") {
      return { word: `${currentStep(operation.steps)?.name ?? "Settle"} under way`, tone: "accent" };
    }
    if (request.state === "void") {
      return { word: "void", tone: "unknown" };
    }
    return operation.state === "succeeded" ? { word: "done", tone: "fine" } : { word: "failed", tone: "broken" };
  }
  switch (request.state) {
    case "waiting":
      return { word: "waits for approval", tone: "look" };
    case "approved":
      return { word: request.runAt === null ? "waits for its start" : "scheduled", tone: "accent" };
    case "rejected":
      return { word: "rejected", tone: "plain" };
    case "withdrawn":
      return { word: "withdrawn", tone: "plain" };
    case "void":
      return { word: "void", tone: "unknown" };
  }
}

/** What came of a request that has ended, in a few words: "3 services promoted to gravv/live". */
export function endWords(request: RequestRow): string {
  const { what, done } = ENDS[request.action](servicesWords(request.services), request.environment);
  if (request.state === "rejected") {
    return `${rejectedBy(request)} rejected ${what}`;
  }
  if (request.state === "withdrawn") {
    return `${request.requestedBy} withdrew ${what}`;
  }
  if (request.state === "void") {
    return `${what}: void, nothing changed`;
  }
  if (request.operation?.state === "failed") {
    return `${what}: failed`;
  }
  return done;
}

/** What was asked for, and what has been done when it is. */
const ENDS: Readonly<
  Record<RequestRow["action"], (services: string, environment: string) => { what: string; done: string }>
> = {
  promotion: (services, environment) => ({
    what: `${services} to ${environment}`,
    done: `${services} promoted to ${environment}`,
  }),
  rollback: (services, environment) => ({
    what: `rollback of ${services} in ${environment}`,
    done: `${services} rolled back in ${environment}`,
  }),
  restart: (services, environment) => ({
    what: `restart of ${services} in ${environment}`,
    done: `${services} restarted in ${environment}`,
  }),
};

function rejectedBy(request: RequestRow): string {
  return request.approvals.find((approval) => approval.decision === "reject")?.account ?? "an operator";
}

/** When a request ended, ISO 8601; undefined while something may still come of it. */
export function endedAt(request: RequestRow): string | undefined {
  if (isOpen(request)) {
    return undefined;
  }
  return request.operation?.endedAt ?? request.decidedAt ?? request.createdAt;
}

/** Whether nothing has changed the request's environment after it did: only then does rolling back take this one back. */
export function isLastChange(request: RequestRow, all: readonly RequestRow[]): boolean {
  const begun = changedAt(request);
  return (
    begun !== undefined &&
    !all.some((other) => other.environment === request.environment && (changedAt(other) ?? "") > begun)
  );
}

/** When the operation that has changed something was started; undefined where nothing was changed. */
function changedAt({ operation }: RequestRow): string | undefined {
  return operation === null || operation.revision === null ? undefined : operation.startedAt;
}

/** Of the services that a request touches, those that run its revision to the end. */
export function rolledOut(request: RequestRow, touched: readonly SeenService[]): readonly SeenService[] {
  const revision = request.operation?.revision ?? undefined;
  return touched.filter(
    ({ service, health }) =>
      revision !== undefined &&
      service.release.revision === revision &&
      service.rollout.state === "done" &&
      health.state !== "unknown",
  );
}

/** The same in words: "2 of 3 services done", with what is stuck in front. */
export function rolloutWords(request: RequestRow, touched: readonly SeenService[]): string {
  const stuck = touched.filter(({ health }) => health.state === "crit");
  const done = `${rolledOut(request, touched).length} of ${countWords(touched.length, "service")} done`;
  return stuck.length === 0 ? done : `${listWords(stuck.map(({ service }) => service.name))} stuck · ${done}`;
}

/** What a waiting request still needs, and of whom: "needs one of operators, not developer". */
export function needsWords(request: RequestRow): string {
  if (request.missing.length === 0) {
    return "needs nobody";
  }
  const excluded = excludedNames(request);
  return `needs ${agreeWords(request.missing)}${excluded.length === 0 ? "" : `, not ${listWords(excluded)}`}`;
}

/** Who must agree: "one of operators and 2 of risk". */
export function agreeWords(agreeing: readonly Agreeing[]): string {
  return listWords(agreeing.map((one) => `${one.count === 1 ? "one" : one.count} of ${groupName(one)}`));
}

/** How many must agree in all. */
export function neededCount({ policy }: Pick<RequestRow, "policy">): number {
  return policy?.agree.reduce((sum, { count }) => sum + count, 0) ?? 0;
}

/** Whom the policy of a request keeps from approving it: whoever asked, the authors, and whoever had a bot write some of it. */
export function excludedNames(
  request: Pick<RequestRow, "requestedBy" | "authors" | "triggerers" | "policy">,
): string[] {
  const excluded = request.policy?.exclude ?? [];
  return [
    ...new Set([
      ...(excluded.includes("requester") ? [request.requestedBy] : []),
      ...(excluded.includes("authors") ? authorNames(request) : []),
      ...(excluded.includes("triggerers") ? namesOf(request.triggerers) : []),
    ]),
  ];
}

/** The authors of what a request brings, each once. */
export function authorNames(request: Pick<RequestRow, "authors">): string[] {
  return namesOf(request.authors);
}

function namesOf(people: readonly CommitPerson[]): string[] {
  return [...new Set(people.map(({ name, email }) => name || email))].sort();
}

/** By whom it was written, and that they may not approve it where the policy says so. */
export function authorsWords(names: readonly string[], policy: Pick<Policy, "exclude"> | null): string {
  const excluded = policy?.exclude.includes("authors") === true ? ", who may not approve" : "";
  return `by ${listWords(names)}${excluded}`;
}

/** One service by its name, several by their number. */
export function servicesWords(services: readonly string[]): string {
  const [only] = services;
  if (only === undefined) {
    return "no service";
  }
  return services.length === 1 ? only : `${services.length} services`;
}

/** The first sentence of a longer text, for a narrow place; the whole stands elsewhere. */
export function firstSentence(text: string): string {
  const end = text.search(/[.;] /);
  return end === -1 ? text : text.slice(0, end);
}

/** What was written down of an outcome, with the full stop that a sentence has. */
export function sentenceOf(outcome: string | null): string {
  return outcome === null ? "" : /[.!?]$/.test(outcome) ? outcome : `${outcome}.`;
}

const LIST = new Intl.ListFormat("en-GB");

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[]): string {
  return LIST.format(words);
}

/** How many, with the noun in the right number: "1 commit", "3 commits". */
export function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
