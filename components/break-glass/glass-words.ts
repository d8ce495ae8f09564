import { utcClock } from "#components/ui/clock-words.ts";
import { type BreakGlassRow, isBroken } from "#lib/break-glass/model.ts";

/** Those that hold now, and those that have ended and nobody has reviewed; the newest first. */
export function openGlass(
  rows: readonly BreakGlassRow[],
  now: Date,
): { broken: BreakGlassRow[]; toReview: BreakGlassRow[] } {
  const newestFirst = [...rows].sort((one, other) => other.openedAt.localeCompare(one.openedAt));
  return {
    broken: newestFirst.filter((glass) => isBroken(glass, now)),
    toReview: newestFirst.filter((glass) => glass.reviewedAt === null && !isBroken(glass, now)),
  };
}

/** The one in an environment that nobody has reviewed yet. */
export function unreviewedIn(rows: readonly BreakGlassRow[], environmentId: string): BreakGlassRow | undefined {
  return rows.find((glass) => glass.environment === environmentId && glass.reviewedAt === null);
}

/** What stands over every page while a glass is broken. */
export function brokenWords(glass: BreakGlassRow, account: string): string {
  const who = glass.account === account ? "You act" : `${glass.account} acts`;
  return `${who} alone in ${glass.environment} until ${utcClock(new Date(glass.endsAt))}: “${glass.reason}”.`;
}

/** How long it holds, or that it waits for its review. */
export function stateWords(glass: BreakGlassRow, now: Date): string {
  return isBroken(glass, now) ? `until ${utcClock(new Date(glass.endsAt))}` : "ended, not reviewed yet";
}
