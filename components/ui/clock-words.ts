/** "02:50 UTC". */
export function utcClock(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}

/** "2026-11-21 02:50:07 UTC". */
export function utcMoment(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "10:50 SGT" in the reader's zone, or undefined where that time is UTC's own. `timeZone` is an IANA name; the system's by default. */
export function localClock(date: Date, timeZone?: string): string | undefined {
  const zoned = timeZone === undefined ? {} : { timeZone };
  const options = { ...zoned, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const time = new Intl.DateTimeFormat("en-GB", options).format(date);
  if (time === date.toISOString().slice(11, 16)) {
    return undefined;
  }
  const zone = new Intl.DateTimeFormat("en-GB", { ...zoned, timeZoneName: "short", hour: "2-digit" })
    .formatToParts(date)
    .find((part) => part.type === "timeZoneName");
  return zone === undefined ? time : `${time} ${zone.value}`;
}
