import { FINEST } from "./model.ts";

/** What was requested of a quota resource at a moment: ms since the epoch, and in the resource's base unit. */
export type Sample = Readonly<{ at: number; requested: number }>;

/** Where a quota resource is going. Times are ISO 8601 in UTC; `since` is its first sample. */
export type Trend =
  /** Too few samples, or over too short a time, to say anything. `since` is null where there is none at all. */
  | Readonly<{ state: "short"; since: string | null }>
  | Readonly<{ state: "steady"; since: string }>
  | Readonly<{ state: "falling"; since: string; perDay: number }>
  /** `overDays`: how long the pace was watched. `fullInDays` at this pace from now on, 0 where it is full. */
  | Readonly<{ state: "growing"; since: string; perDay: number; overDays: number; fullInDays: number }>;

const DAY_MS = 86_400_000;
/** A week-end and a release day must both be able to lie within what is judged. */
const LEAST_SPAN_MS = 3 * DAY_MS;
const LEAST_SAMPLES = 8;
/** As many samples as are compared with each other, newest and oldest among them. */
const MOST_SAMPLES = 120;

/**
 * The pace of what is requested: the median of the slopes between all pairs of samples, so that a deployment's surge or a
 * day's outage moves nothing (Sen 1968, https://doi.org/10.1080/01621459.1968.10480934). `samples` are in order of time.
 */
export function trendOf(samples: readonly Sample[], now: Readonly<{ hard: number; requested: number }>): Trend {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) {
    return { state: "short", since: null };
  }
  const since = new Date(first.at).toISOString();
  if (samples.length < LEAST_SAMPLES || last.at - first.at < LEAST_SPAN_MS) {
    return { state: "short", since };
  }
  const perDay = median(slopes(thinned(samples))) * DAY_MS;
  if (Math.abs(perDay) <= FINEST) {
    return { state: "steady", since };
  }
  if (perDay < 0) {
    return { state: "falling", since, perDay };
  }
  const overDays = (last.at - first.at) / DAY_MS;
  return { state: "growing", since, perDay, overDays, fullInDays: Math.max(0, (now.hard - now.requested) / perDay) };
}

function thinned(samples: readonly Sample[]): Sample[] {
  const step = Math.max(1, (samples.length - 1) / (MOST_SAMPLES - 1));
  const count = Math.min(samples.length, MOST_SAMPLES);
  return Array.from({ length: count }, (_, index) => samples[Math.round(index * step)]).filter(
    (sample) => sample !== undefined,
  );
}

function slopes(samples: readonly Sample[]): number[] {
  return samples.flatMap((one, index) =>
    samples
      .slice(index + 1)
      .filter((later) => later.at > one.at)
      .map((later) => (later.requested - one.requested) / (later.at - one.at)),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
