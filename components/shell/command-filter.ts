/** Something one can go to or do. */
export type Command = Readonly<{
  label: string;
  /** A few words more: where it is, what it does. */
  hint?: string | undefined;
  href: string;
  /** The heading it stands under. */
  group: string;
  /** So many things it leads to; one where it is left out. */
  count?: number | undefined;
}>;

const mostShown = 50;

function isSubsequence(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) {
      return false;
    }
  }
  return true;
}

function startsAWord(word: string, text: string): boolean {
  return text.split(/[^\p{L}\p{N}]+/u).some((each) => each.startsWith(word));
}

/** How well one typed word fits: lower is better, undefined is not at all. */
function rankOfWord(word: string, command: Command): number | undefined {
  const label = command.label.toLowerCase();
  const rest = `${command.hint ?? ""} ${command.group}`.toLowerCase();
  if (label.startsWith(word)) {
    return 0;
  }
  if (startsAWord(word, label)) {
    return 1;
  }
  if (label.includes(word)) {
    return 2;
  }
  if (startsAWord(word, rest)) {
    return 3;
  }
  if (rest.includes(word)) {
    return 4;
  }
  // Letters in order, as people abbreviate ("prmo"); a single letter would fit nearly everything.
  return word.length > 1 && isSubsequence(word, label) ? 5 : undefined;
}

function rankOf(words: readonly string[], command: Command): number | undefined {
  let sum = 0;
  for (const word of words) {
    const rank = rankOfWord(word, command);
    if (rank === undefined) {
      return undefined;
    }
    sum += rank;
  }
  return sum;
}

/**
 * The commands that fit what was typed, best first and at most 50, each group kept together where its best one stands.
 * Every typed word must fit somewhere in a command. Nothing typed gives all in their own order.
 */
export function filterCommands(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const ranked = commands
    .map((command) => ({ command, rank: rankOf(words, command) }))
    .filter((each): each is { command: Command; rank: number } => each.rank !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, mostShown)
    .map((each) => each.command);
  return [...Map.groupBy(ranked, (command) => command.group).values()].flat();
}
