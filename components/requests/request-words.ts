import type { Accent } from "#components/ui/tone.ts";
import { currentStep } from "#lib/operations/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";

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
      return { word: "approved", tone: "accent" };
    case "rejected":
      return { word: "rejected", tone: "plain" };
    case "withdrawn":
      return { word: "withdrawn", tone: "plain" };
    case "void":
      return { word: "void", tone: "unknown" };
  }
}

/** What a waiting request still needs, and of whom: "needs 1 of operator, not developer". */
export function needsWords(request: RequestRow): string {
  const [missing] = request.missing;
  if (missing === undefined) {
    return "needs nobody";
  }
  const authors = authorNames(request);
  const excluded = [request.requestedBy, ...authors.filter((name) => name !== request.requestedBy)];
  return `needs ${missing.count} of ${missing.group}, not ${listWords(excluded)}`;
}

/** The authors of what a request brings, each once. */
export function authorNames(request: Pick<RequestRow, "authors">): string[] {
  return [...new Set(request.authors.map((author) => author.name))].sort();
}

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1);
  if (words.length < 2 || last === undefined) {
    return last ?? "";
  }
  return `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** How many, with the noun in the right number: "1 commit", "3 commits". */
export function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
