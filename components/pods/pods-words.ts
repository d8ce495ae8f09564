import { countWords } from "#components/requests/request-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import type { PodCounts } from "#lib/pods/list.ts";
import type { PodStanding } from "#lib/pods/model.ts";
import { clusterSourceId, type SourceRow, saySource, sourceName } from "#lib/watch/freshness.ts";

export const STANDING_TONE: Readonly<Record<PodStanding, Tone>> = { broken: "broken", look: "look", fine: "fine" };

/** What a choice of the filter is called, by how the URL names it. */
export const STANDING_WORDS: Readonly<Record<PodStanding, string>> = {
  broken: "broken",
  look: "not serving",
  fine: "fine",
};

const KINDS = ["Pod"];

/** The environments whose pods are seen as they are now. */
export function seenEnvironments(
  environments: Iterable<EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): ReadonlySet<string> {
  return new Set(
    [...environments].filter((environment) => areKindsSeen(environment, KINDS, sources)).map(({ id }) => id),
  );
}

/** How all pods stand, in a sentence; then of which that is not known, and why. */
export function podsWords(
  counts: PodCounts,
  environments: Iterable<EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): { title: string; lead: Phrase[] } {
  const places = [...environments];
  const seen = seenEnvironments(places, sources);
  const unseen = places.filter(({ id }) => !seen.has(id));
  const byCluster = Map.groupBy(unseen, ({ cluster }) => cluster);
  const unknown = [...byCluster].map(([cluster, those]): Phrase[] => {
    const id = clusterSourceId(cluster);
    const need = { kinds: KINDS, namespaces: those.flatMap(({ namespaces }) => namespaces) };
    const names = those.map((one) => one.id).join(", ");
    return [{ em: saySource(sources.get(id), sourceName(id), need) }, `: pods in ${names} are shown as last seen.`];
  });
  const moving =
    counts.look === 0 ? [] : [[`${countWords(counts.look, "pod")} ${be(counts.look)} starting, ending or not ready.`]];
  return { title: titleOf(counts, unseen.length, places.length), lead: joinSentences([...unknown, ...moving]) };
}

function be(count: number): string {
  return count === 1 ? "is" : "are";
}

function titleOf({ broken, look, fine }: PodCounts, unseen: number, places: number): string {
  const all = broken + look + fine;
  if (all === 0) {
    return unseen > 0 ? "Which pods there are is not known yet." : "There is no pod in what you may see.";
  }
  if (unseen === places) {
    return "How the pods stand is not known.";
  }
  const those = unseen > 0 ? " where it is known" : "";
  return broken === 0
    ? `No pod of ${number(all)} is broken${those}.`
    : `${number(broken)} of ${countWords(all, "pod")} ${be(broken)} broken${those}.`;
}

/** How many of the pods that fit are here to be looked at. */
export function heldWords({ here, fitting, all }: Readonly<{ here: number; fitting: number; all: number }>): string {
  const fit = `${number(fitting)} of ${number(all)}, worst first`;
  return here < fitting ? `${fit}; ${number(here)} of them so far` : fit;
}

/** Thousands apart, as the tables have them. */
export function number(count: number): string {
  return count.toLocaleString("en-GB");
}
