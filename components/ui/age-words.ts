const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/**
 * A span of time in the words of a shift: "42 s", "38 min", "3 h 4 min", "14 h", "6 d 21 h", "41 d", "2 y".
 * The second unit is given only while it still matters. The sign of `ms` is ignored.
 */
export function ageInWords(ms: number): string {
  const span = Math.abs(ms);
  if (span < minuteMs) {
    return `${Math.floor(span / secondMs)} s`;
  }
  if (span < hourMs) {
    return `${Math.floor(span / minuteMs)} min`;
  }
  if (span < 10 * hourMs) {
    return two(Math.floor(span / hourMs), "h", Math.floor((span % hourMs) / minuteMs), "min");
  }
  if (span < dayMs) {
    return `${Math.floor(span / hourMs)} h`;
  }
  if (span < 7 * dayMs) {
    return two(Math.floor(span / dayMs), "d", Math.floor((span % dayMs) / hourMs), "h");
  }
  if (span < 2 * yearMs) {
    return `${Math.floor(span / dayMs)} d`;
  }
  return `${Math.floor(span / yearMs)} y`;
}

/** How an age is said: bare ("38 min"), as past ("38 min ago"), or as what is left ("in 3 h", then "3 h over"). */
export type AgeForm = "bare" | "ago" | "until";

/** The words for the moment `atMs` seen from `nowMs`, both in milliseconds since the epoch. */
export function ageOf(atMs: number, nowMs: number, form: AgeForm): string {
  const words = ageInWords(nowMs - atMs);
  if (form === "until") {
    return atMs > nowMs ? `in ${words}` : `${words} over`;
  }
  // A source's clock may run ahead of ours by a little; the future of something that has happened is "now".
  if (nowMs - atMs < 5 * secondMs) {
    return form === "ago" ? "just now" : "now";
  }
  return form === "ago" ? `${words} ago` : words;
}
