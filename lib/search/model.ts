/** What can be found by name. */
export type HitKind = "environment" | "service" | "workload" | "pod" | "node" | "quota" | "request";

/** One thing that fits what was typed, and the page that shows it. */
export type Hit = Readonly<{ kind: HitKind; label: string; hint: string; href: string }>;

/** So many more of a kind fit as well and are not given; the page shows them. */
export type More = Readonly<{ kind: HitKind; count: number; href: string }>;

export type SearchAnswer = Readonly<{ hits: readonly Hit[]; more: readonly More[]; asOf: string }>;

/** What could be found: cheap to look at, and made a hit only where it fits. */
export type Candidate = Readonly<{
  label: string;
  /** Worse things come first among those that fit alike; 0 for what is fine. */
  badness: number;
  toHit: () => Hit;
}>;

/** Below this everything would fit. */
export const SHORTEST_QUERY = 2;
export const LONGEST_QUERY = 100;
const MOST_OF_A_KIND = 8;

type Ranked = Readonly<{ candidate: Candidate; rank: number }>;

/** How well a name fits all the words: 0 for a name that begins with the first of them; undefined where one is not in it. */
export function rankOf(label: string, words: readonly string[]): number | undefined {
  const name = label.toLowerCase();
  let rank = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at < 0) {
      return undefined;
    }
    rank += startsWord(name, at) ? Math.min(at, 1) : 2;
  }
  return rank;
}

function startsWord(name: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(name.charAt(at - 1));
}

/** The words of what was typed, lower case. */
export function wordsOf(typed: string): string[] {
  return typed
    .slice(0, LONGEST_QUERY)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** The best of one kind, and how many fit beside them: what begins as typed first, and of those that fit alike the worst first. */
export function bestOf(
  candidates: Iterable<Candidate>,
  words: readonly string[],
): { hits: readonly Hit[]; hidden: number } {
  const fitting: Ranked[] = [];
  for (const candidate of candidates) {
    const rank = rankOf(candidate.label, words);
    if (rank !== undefined) {
      fitting.push({ candidate, rank });
    }
  }
  const best = fitting.sort(byFit).slice(0, MOST_OF_A_KIND);
  return { hits: best.map(({ candidate }) => candidate.toHit()), hidden: fitting.length - best.length };
}

function byFit(a: Ranked, b: Ranked): number {
  return (
    a.rank - b.rank || b.candidate.badness - a.candidate.badness || (a.candidate.label < b.candidate.label ? -1 : 1)
  );
}
