import { countWords, listWords } from "#components/requests/request-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { RequestRow } from "#lib/requests/model.ts";
import { gitSourceId, type SourceRow, whyNotFresh } from "#lib/watch/freshness.ts";

export type PromotionsFacts = Readonly<{
  /** Those into which something can be promoted. */
  environments: readonly EnvironmentRow[];
  sources: ReadonlyMap<string, SourceRow>;
  /** Requests of which something may still come. */
  open: readonly RequestRow[];
}>;

/** What can be promoted now, what has been asked for already, and what is not known. */
export function promotionsWords({ environments, sources, open }: PromotionsFacts): { title: string; lead: Phrase[] } {
  const isKnown = (environment: EnvironmentRow) => {
    return environment.behind !== null && whyNotFresh(sources, gitSourceId(environment.platform)) === undefined;
  };
  const known = environments.filter(isKnown);
  const unknown = environments.filter((environment) => !isKnown(environment));
  const ahead = known.filter((environment) => (environment.behind ?? 0) > 0);
  const commits = ahead.reduce((sum, environment) => sum + (environment.behind ?? 0), 0);
  const lead = joinSentences([
    ...ahead.map((environment) => aheadWords(environment, open)),
    ...unknown.map((environment) => unknownWords(environment, sources)),
    ...(ahead.length + unknown.length === 0 && environments.length > 0
      ? [[`${listWords(environments.map(({ id }) => id))} ${environments.length === 1 ? "has" : "have"} all there is.`]]
      : []),
  ]);
  return { title: titleOf(commits, unknown.length), lead };
}

function titleOf(commits: number, unknown: number): string {
  if (commits > 0) {
    return `${countWords(commits, "commit")} can be promoted.`;
  }
  return unknown > 0 ? "What can be promoted is not known." : "Nothing is left to promote.";
}

function aheadWords(environment: EnvironmentRow, open: readonly RequestRow[]): Phrase[] {
  const here = open.filter((request) => request.environment === environment.id);
  const waiting = here.filter((request) => request.state === "waiting").length;
  const asked =
    here.length === 0
      ? ""
      : waiting > 0
        ? `; ${countWords(waiting, "request")} for it ${waiting === 1 ? "waits" : "wait"} already`
        : "; a change of it is under way";
  return [
    { strong: environment.id },
    " is ",
    { strong: countWords(environment.behind ?? 0, "commit") },
    ` behind ${environment.after}${asked}.`,
  ];
}

function unknownWords(environment: EnvironmentRow, sources: ReadonlyMap<string, SourceRow>): Phrase[] {
  const because =
    whyNotFresh(sources, gitSourceId(environment.platform)) ?? `${environment.branch} has not been compared yet`;
  return [{ em: because }, ": how far ", { strong: environment.id }, " is behind is not known."];
}
