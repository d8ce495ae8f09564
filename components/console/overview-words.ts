import { countWords, listWords } from "#components/requests/request-words.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import type { Health } from "#lib/services/model.ts";

export type OverviewFacts = Readonly<{
  environments: readonly Readonly<{ environment: EnvironmentRow; health: Health }>[];
  requests: readonly RequestRow[];
}>;

/** What a tired operator needs to know first, in sentences: what is wrong in live, what waits, what is not known. */
export function overviewWords({ environments, requests }: OverviewFacts): { title: string; sentences: string[] } {
  const live = environments.filter(({ environment }) => environment.tier === "live");
  const other = environments.filter(({ environment }) => environment.tier !== "live");
  const broken = live.filter(({ health }) => health.state === "crit");
  const unknown = environments.filter(({ health }) => health.state === "unknown");
  const moving = live.filter(({ health }) => health.state === "warn");
  const waiting = requests.filter((request) => request.state === "waiting");
  const needs = broken.length + waiting.length;
  const sentences = [
    ...broken.map(({ environment, health }) => `${environment.id}: ${health.reasons.join("; ")}.`),
    ...waitingWords(waiting),
    ...moving.map(({ environment, health }) => `${environment.id}: ${health.reasons.join("; ")}.`),
    ...unknown.map(({ environment }) => `What runs in ${environment.id} is not known now.`),
    ...healthyWords(live),
    ...other
      .filter(({ health }) => health.state === "crit")
      .map(({ environment, health }) => `${environment.id}: ${health.reasons.join("; ")}.`),
    ...aheadWords(environments.map(({ environment }) => environment)),
  ];
  return { title: titleOf(needs, unknown.length, moving.length), sentences };
}

function titleOf(needs: number, unknown: number, moving: number): string {
  if (needs > 0) {
    return needs === 1 ? "One thing needs you." : `${needs} things need you.`;
  }
  if (unknown > 0) {
    return "Not everything can be seen.";
  }
  return moving > 0 ? "Live is changing." : "Nothing needs you now.";
}

function waitingWords(waiting: readonly RequestRow[]): string[] {
  if (waiting.length === 0) {
    return [];
  }
  const people = listWords([...new Set(waiting.map((request) => request.requestedBy))]);
  return [
    `${countWords(waiting.length, "request")} by ${people} ${waiting.length === 1 ? "waits" : "wait"} for approval.`,
  ];
}

function healthyWords(live: OverviewFacts["environments"]): string[] {
  const healthy = live.filter(({ health }) => health.state === "ok").map(({ environment }) => environment.id);
  return healthy.length === 0 ? [] : [`${listWords(healthy)} ${healthy.length === 1 ? "is" : "are"} healthy.`];
}

function aheadWords(environments: readonly EnvironmentRow[]): string[] {
  return environments
    .filter((environment) => (environment.behind ?? 0) > 0)
    .map(
      (environment) =>
        `${environment.id} is ${countWords(environment.behind ?? 0, "commit")} behind ${environment.after}.`,
    );
}
