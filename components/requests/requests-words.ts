import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Person } from "#lib/access/model.ts";
import { isReadyToRun, type RequestRow } from "#lib/requests/model.ts";
import { mayApprove } from "#lib/requests/policy.ts";
import { countWords } from "./request-words.ts";

/** What waits, and how much of it for this person. */
export function requestsWords(requests: readonly RequestRow[], person: Person): { title: string; lead: Phrase[] } {
  const waiting = requests.filter((request) => request.state === "waiting");
  const ready = requests.filter(isReadyToRun);
  const running = requests.filter(({ operation }) => operation?.state === "running");
  const title =
    waiting.length === 0
      ? "No request waits."
      : `${countWords(waiting.length, "request")} ${waiting.length === 1 ? "waits" : "wait"}.`;
  const under: Phrase[][] =
    running.length === 0 ? [] : [[{ strong: countWords(running.length, "change") }, " under way."]];
  const agreed: Phrase[][] =
    ready.length === 0 ? [] : [[{ strong: countWords(ready.length, "request") }, " agreed and not started yet."]];
  return { title, lead: joinSentences([...waitingWords(waiting, person), ...agreed, ...under]) };
}

function waitingWords(waiting: readonly RequestRow[], person: Person): Phrase[][] {
  const [first] = waiting;
  if (first === undefined) {
    return [["Whatever somebody asks for stands here until others have agreed or it ends."]];
  }
  const decisions = waiting.map((request) => mayApprove(person, request));
  const mine = decisions.filter((decision) => decision.allowed).length;
  const isSame = new Set(decisions.map((decision) => decision.because)).size === 1;
  if (mine === waiting.length) {
    return [[waiting.length === 1 ? "It waits for " : "All of them wait for ", { strong: "your approval" }, "."]];
  }
  if (mine > 0) {
    return [[{ strong: `${mine} of them` }, " for your approval."]];
  }
  return [[isSame ? (decisions[0]?.because ?? "") : "None of them is yours to approve; each says why."]];
}
