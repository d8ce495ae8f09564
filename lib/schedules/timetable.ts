import { Cron } from "croner";
import type { CronJob } from "#lib/clusters/model.ts";

/** What says when a CronJob is due. */
export type Timed = Pick<CronJob, "schedule" | "timeZone" | "createdAt" | "lastScheduledAt">;

/** When a CronJob is due: the first time after another; undefined where none ever comes. */
export type Timetable = Readonly<{ dueAfter: (ms: number) => number | undefined }>;

type Bounds = Readonly<{ min: number; max: number; names: readonly string[] }>;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: WEEKDAYS },
];

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const ZONE = /^(?:CRON_)?TZ=(\S+) +(.+)$/;
const EVERY = "@every ";

/**
 * A CronJob's schedule as its controller reads it; undefined for one that the controller refuses.
 * Source: https://github.com/robfig/cron/blob/v3.0.1/parser.go (ParseStandard), which the CronJob controller uses.
 */
export function timetableOf({ schedule, timeZone, ...anchors }: Timed): Timetable | undefined {
  const [, zone, zoned] = ZONE.exec(schedule) ?? [];
  const text = (zoned ?? schedule).trim();
  return text.startsWith(EVERY)
    ? intervals(text.slice(EVERY.length), anchors)
    : calendar(DESCRIPTORS[text] ?? text, zone ?? timeZone ?? "UTC");
}

/**
 * Every so long after the last run, or after it was made, in whole seconds and at least one.
 * Source: https://github.com/robfig/cron/blob/v3.0.1/constantdelay.go
 */
function intervals(text: string, { lastScheduledAt, createdAt }: Omit<Timed, "schedule" | "timeZone">) {
  const everyMs = goDurationMs(text);
  const anchor = lastScheduledAt ?? createdAt;
  if (everyMs === undefined || anchor === undefined) {
    return undefined;
  }
  const stepMs = Math.max(1, Math.floor(everyMs / 1000)) * 1000;
  const from = Math.floor(anchor / 1000) * 1000;
  return { dueAfter: (ms: number) => from + (Math.floor((ms - from) / stepMs) + 1) * stepMs };
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Source: https://pkg.go.dev/time#ParseDuration */
function goDurationMs(text: string): number | undefined {
  const [, sign, parts] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text) ?? [];
  if (parts === undefined) {
    return undefined;
  }
  const ms = [...parts.matchAll(/([\d.]+)([a-zµμ]+)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (GO_UNIT_MS[unit ?? ""] ?? 0),
    0,
  );
  return sign === "-" ? -ms : ms;
}

function calendar(text: string, timezone: string): Timetable | undefined {
  const fields = text.split(/\s+/);
  const read = FIELDS.map((bounds, at) => readField(fields[at] ?? "", bounds));
  if (fields.length !== FIELDS.length || read.includes(undefined) || !isTimeZone(timezone)) {
    return undefined;
  }
  const cron = new Cron(read.join(" "), { paused: true, timezone, mode: "5-part" });
  return { dueAfter: (ms) => cron.nextRun(new Date(ms))?.getTime() };
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }) !== undefined;
  } catch {
    // The runtime says so by a RangeError alone.
    return false;
  }
}

/** A field as `*` or as a list of its values; undefined where the controller refuses it. */
function readField(text: string, bounds: Bounds): string | undefined {
  const ranges = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => readRange(part, bounds));
  const known = ranges.flatMap((range) => range ?? []);
  if (known.length < ranges.length || ranges.length === 0) {
    return undefined;
  }
  return known.some(({ isAny }) => isAny) ? "*" : [...new Set(known.flatMap(valuesOf))].join(",");
}

type Range = Readonly<{ from: number; to: number; step: number; isAny: boolean }>;

function valuesOf({ from, to, step }: Range): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_none, index) => from + index * step);
}

/** `*`, `?`, `N`, `N-M`, each with `/step`; `N/step` means from N to the end. A star with a step restricts, as others do. */
function readRange(text: string, bounds: Bounds): Range | undefined {
  const [span = "", stepText, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreEnds] = span.split("-");
  const isStar = low === "*" || low === "?";
  const step = stepText === undefined ? 1 : numberOf(stepText);
  const from = isStar ? bounds.min : ordinalOf(low, bounds);
  const to = isStar || (high === undefined && stepText !== undefined) ? bounds.max : ordinalOf(high ?? low, bounds);
  if (moreSteps.length > 0 || (moreEnds.length > 0 && !isStar) || step === undefined || step === 0) {
    return undefined;
  }
  if (from === undefined || to === undefined || from < bounds.min || to > bounds.max || from > to) {
    return undefined;
  }
  return { from, to, step, isAny: isStar && step === 1 };
}

function ordinalOf(text: string, { min, names }: Bounds): number | undefined {
  const at = names.indexOf(text.toLowerCase());
  return at === -1 ? numberOf(text) : at + min;
}

function numberOf(text: string): number | undefined {
  return /^\+?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
