import { listWords } from "#components/requests/request-words.ts";
import { utcClock, utcMoment } from "#components/ui/clock-words.ts";
import type { Person } from "#lib/access/model.ts";
import { type BreakGlassRow, isBroken } from "#lib/break-glass/model.ts";
import { wasNotAsked } from "#lib/break-glass/policy.ts";

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

/** Somebody's words as the end of a sentence, which may have an end of their own. */
function quoted(words: string): string {
  return `“${words}”${/[.!?]$/.test(words) ? "" : "."}`;
}

/** What stands over every page while a glass is broken. */
export function brokenWords(glass: BreakGlassRow, person: Person): string {
  const who = glass.account === person.account ? "You act" : `${glass.account} acts`;
  const until = utcClock(new Date(glass.endsAt));
  const unasked = wasNotAsked(person, glass) ? " You were not asked." : "";
  return `${who} alone in ${glass.environment} until ${until}: ${quoted(glass.reason)}${unasked}`;
}

/** What stands over the pages of whoever was not asked, from when it has ended until somebody has reviewed it. */
export function unaskedWords(glass: BreakGlassRow): string {
  const since = utcMoment(new Date(glass.openedAt));
  return `${glass.account} acted alone in ${glass.environment} from ${since}: ${quoted(glass.reason)} Nobody has reviewed it yet.`;
}

/** Who was not asked, by name or as a group of the identity provider's. */
export function unaskedNames(told: readonly string[]): string {
  return listWords(told.map((name) => name.replace(/^group:/, "the group ")));
}

/** How long it holds, or that it waits for its review. */
export function stateWords(glass: BreakGlassRow, now: Date): string {
  return isBroken(glass, now) ? `until ${utcClock(new Date(glass.endsAt))}` : "ended, not reviewed yet";
}
