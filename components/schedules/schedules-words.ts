import { countWords, listWords } from "#components/requests/request-words.ts";
import { ageInWords } from "#components/ui/age-words.ts";
import { joinSentences, type Phrase } from "#components/ui/phrases.ts";
import type { Tone } from "#components/ui/tone.ts";
import { areKindsSeen, type EnvironmentRow } from "#lib/environments/model.ts";
import { isBroken, type RunRow, SCHEDULE_KINDS, type ScheduleRow, type ScheduleState } from "#lib/schedules/model.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

/** A schedule as the page shows it: what is not seen fresh is unknown, whatever was last known of it. */
export type ShownSchedule = Readonly<{ row: ScheduleRow; state: ScheduleState | "unknown"; isLive: boolean }>;

export const STATE_TONE: Readonly<Record<ShownSchedule["state"], Tone | "pending">> = {
  missed: "broken",
  failed: "broken",
  lost: "broken",
  overdue: "broken",
  unreadable: "broken",
  gone: "broken",
  unknown: "unknown",
  suspended: "look",
  pending: "pending",
  waiting: "pending",
  running: "pending",
  ok: "fine",
};

export const STATE_WORD: Readonly<Record<ShownSchedule["state"], string>> = {
  missed: "did not start",
  failed: "failed",
  lost: "its last run is gone",
  overdue: "does not end",
  unreadable: "no schedule",
  gone: "deleted",
  unknown: "unknown",
  suspended: "suspended",
  pending: "waits",
  waiting: "not due yet",
  running: "running",
  ok: "kept",
};

const STATE_ORDER = Object.keys(STATE_TONE);

/** The schedules of these roles, or all, worst first, live before the rest. */
export function shownSchedules(
  rows: Iterable<ScheduleRow>,
  seen: Readonly<{
    environments: ReadonlyMap<string, EnvironmentRow>;
    sources: ReadonlyMap<string, SourceRow>;
    roles: readonly string[] | undefined;
  }>,
): ShownSchedule[] {
  const { environments, sources, roles } = seen;
  return [...rows]
    .filter(({ role }) => roles === undefined || (role !== null && roles.includes(role)))
    .map((row) => {
      const environment = environments.get(row.environment);
      const isSeen = environment !== undefined && areKindsSeen(environment, SCHEDULE_KINDS, sources);
      return { row, state: isSeen ? row.state : ("unknown" as const), isLive: environment?.tier === "live" };
    })
    .sort(
      (a, b) =>
        STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
        Number(b.isLive) - Number(a.isLive) ||
        (`${a.row.environment} ${a.row.name}` < `${b.row.environment} ${b.row.name}` ? -1 : 1),
    );
}

/** What the jobs of a page are called there: "a backup job", "backup jobs". */
export type JobNoun = Readonly<{ one: string; many: string }>;

/** Environments that should have something and have none of it: "backup". */
export type Missed = Readonly<{ what: string; environments: readonly EnvironmentRow[] }>;

/** Those that are there, and those that somebody deleted and that are missed. */
export function withoutGone(shown: readonly ShownSchedule[]): { there: ShownSchedule[]; gone: ShownSchedule[] } {
  return {
    there: shown.filter(({ row }) => row.state !== "gone"),
    gone: shown.filter(({ state }) => state === "gone"),
  };
}

/** What a tired operator needs to know of these jobs, and of where there is none. */
export function schedulesWords(
  all: readonly ShownSchedule[],
  noun: JobNoun,
  missed?: Missed,
): { title: string; lead: Phrase[] } {
  const { there: shown, gone } = withoutGone(all);
  const broken = shown.filter(({ row, state }) => state !== "unknown" && isBroken(row));
  const unknown = shown.filter(({ state }) => state === "unknown");
  const suspended = shown.filter(({ state }) => state === "suspended");
  const missing = missed === undefined || missed.environments.length === 0 ? undefined : missedWords(missed);
  const standing = standingWords(shown, noun);
  const deleted =
    gone.length === 0
      ? undefined
      : `${countNoun(gone.length, noun)} deleted${whereWords(gone.filter(({ isLive }) => isLive).length, gone.length)}`;
  const [worst] = broken;
  const lead: Phrase[][] = [
    ...(worst === undefined
      ? []
      : [
          [
            { em: `${worst.row.name} in ${worst.row.environment}` },
            `: ${worst.row.message ?? STATE_WORD[worst.state]}.`,
          ],
        ]),
    ...gone.slice(0, 1).map(({ row }) => [{ em: `${row.name} in ${row.environment}` }, `: ${row.message}.`]),
    ...(missing === undefined
      ? []
      : [worst === undefined && deleted === undefined ? [`${standing}.`] : [{ em: missing }, "."]]),
    ...(suspended.length === 0 ? [] : [[`${countNoun(suspended.length, noun)} suspended, so that nothing runs.`]]),
    ...(unknown.length === 0 ? [] : [[`${countNoun(unknown.length, noun)} not known as of now.`]]),
  ];
  const title =
    worst === undefined
      ? (deleted ?? missing ?? standing)
      : `${countNoun(broken.length, noun)} of ${shown.length} not as scheduled${whereWords(broken.filter(({ isLive }) => isLive).length, broken.length)}`;
  return { title, lead: joinSentences(lead) };
}

function missedWords({ what, environments }: Missed): string {
  const live = environments.filter(({ tier }) => tier === "live").length;
  const have = environments.length === 1 ? "has" : "have";
  return `${countWords(environments.length, "environment")} ${have} no ${what}${whereWords(live, environments.length)}`;
}

function whereWords(live: number, all: number): string {
  if (live === 0) {
    return "";
  }
  return live === all ? ", all in live" : `, ${live} of them in live`;
}

/** How jobs stand of which none is broken. */
function standingWords(shown: readonly ShownSchedule[], noun: JobNoun): string {
  if (shown.length === 0) {
    return `No ${noun.one} has been seen`;
  }
  const count = (...states: readonly ShownSchedule["state"][]) =>
    shown.filter(({ state }) => states.includes(state)).length;
  return keptWords(
    {
      kept: count("ok", "running"),
      pending: count("pending"),
      waiting: count("waiting"),
      isAllUnknown: count("unknown") === shown.length,
    },
    noun,
  );
}

type Standing = Readonly<{ kept: number; pending: number; waiting: number; isAllUnknown: boolean }>;

/** A job that has not been due yet has kept nothing, and neither has one whose run has no pod. */
function keptWords({ kept, pending, waiting, isAllUnknown }: Standing, noun: JobNoun): string {
  if (isAllUnknown) {
    return `Nothing is known of ${noun.many} now`;
  }
  if (kept === 0 && pending > 0) {
    return `${countNoun(pending, noun)} waiting to begin`;
  }
  if (kept === 0) {
    return waiting === 0 ? `No ${noun.one} runs` : `No ${noun.one} has been due yet`;
  }
  const begins = pending === 0 ? "" : `, ${pending} waiting to begin`;
  return `${countNoun(kept, noun)} as scheduled${begins}${waiting === 0 ? "" : `, ${waiting} not due yet`}`;
}

function countNoun(count: number, { one, many }: JobNoun): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Environments without any of these jobs, live before the rest; planned ones and those not seen are left out. */
export function environmentsWithout(
  shown: readonly ShownSchedule[],
  environments: Iterable<EnvironmentRow>,
  sources: ReadonlyMap<string, SourceRow>,
): EnvironmentRow[] {
  const having = new Set(withoutGone(shown).there.map(({ row }) => row.environment));
  return [...environments]
    .filter((one) => !one.isPlanned && !having.has(one.id) && areKindsSeen(one, SCHEDULE_KINDS, sources))
    .sort((a, b) => Number(b.tier === "live") - Number(a.tier === "live") || (a.id < b.id ? -1 : 1));
}

/** One run in words, for the pointer and for a screen reader. */
export function runWords(run: RunRow): string {
  const took =
    run.started === null || run.ended === null
      ? ""
      : `, ${ageInWords(Date.parse(run.ended) - Date.parse(run.started))}`;
  const said = Object.entries(run.report).map(([name, value]) => `${name} ${value}`);
  return [
    `due ${run.due.slice(0, 16).replace("T", " ")} UTC: ${run.state}${took}`,
    ...(run.failure === null ? [] : [run.failure]),
    ...(said.length === 0 ? [] : [listWords(said)]),
  ].join("; ");
}

/** How long the last run took beside what one usually takes: "5 min, usually 4 min"; empty where neither is known. */
export function durationWords({ runs, usualMs }: Pick<ScheduleRow, "runs" | "usualMs">): string {
  const last = runs.findLast(({ started, ended }) => started !== null && ended !== null);
  const took = last === undefined ? undefined : Date.parse(last.ended ?? "") - Date.parse(last.started ?? "");
  const usual = usualMs === null ? undefined : `usually ${ageInWords(usualMs)}`;
  return [took === undefined ? undefined : ageInWords(took), usual].filter((part) => part !== undefined).join(", ");
}

/** What the newest run that reports anything said: "size 18.4Gi and result verified"; empty where none does. */
export function reportWords({ runs }: Pick<ScheduleRow, "runs">): string {
  const said = runs.findLast(({ report }) => Object.keys(report).length > 0)?.report ?? {};
  return listWords(Object.entries(said).map(([name, value]) => `${name} ${value}`));
}

/** How the runs went, for a screen reader: "12 runs: 11 succeeded, 1 failed". */
export function runsWords({ runs, isPastKnown }: Pick<ScheduleRow, "runs" | "isPastKnown">): string {
  const counts = [...Map.groupBy(runs, ({ state }) => state)].map(([state, { length }]) => `${length} ${state}`);
  const known = runs.length === 0 ? "no run is known" : `${countWords(runs.length, "run")}: ${counts.join(", ")}`;
  return isPastKnown ? known : `${known}; ${PAST_UNKNOWN}`;
}

/** Of a schedule whose earlier runs have not been read back. */
export const PAST_UNKNOWN = "what ran before is not known, for the database has not been read yet";
