function part(date: Date, options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes): string {
  const parts = new Intl.DateTimeFormat("en-GB", options).formatToParts(date);
  return parts.find((each) => each.type === type)?.value ?? "";
}

/** "02:50 UTC". */
export function utcClock(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}

/** "2026-11-21 02:50:07 UTC". */
export function utcMoment(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "10:50 SGT" in the reader's zone, or undefined where that zone is UTC itself. `timeZone` is an IANA name; the system's own by default. */
export function localClock(date: Date, timeZone?: string): string | undefined {
  const zoned = timeZone === undefined ? {} : { timeZone };
  const zone = part(date, { ...zoned, timeZoneName: "short", hour: "2-digit" }, "timeZoneName");
  const offset = part(date, { ...zoned, timeZoneName: "longOffset", hour: "2-digit" }, "timeZoneName");
  if (offset === "GMT") {
    return undefined;
  }
  const options = { ...zoned, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return `${new Intl.DateTimeFormat("en-GB", options).format(date)} ${zone}`;
}
