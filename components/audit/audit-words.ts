import type { Accent } from "#components/ui/tone.ts";
import type { AuditOutcome } from "#lib/audit/model.ts";

export const OUTCOME_TONE: Readonly<Record<AuditOutcome, Accent>> = {
  accepted: "accent",
  refused: "look",
  done: "fine",
  failed: "broken",
  void: "unknown",
};

const DETAIL_ORDER = [
  "because",
  "outcome",
  "reason",
  "revision",
  "reverts",
  "from",
  "onto",
  "operation",
  "allowed",
  "code",
  "call",
];

/** A row's facts in the order in which one wants to read them; digests are long and shown elsewhere. */
export function detailsOf(detail: Readonly<Record<string, string | number | null>>): { name: string; value: string }[] {
  return Object.entries(detail)
    .filter(([name, value]) => value !== null && name !== "digest")
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, value]) => ({ name, value: shorten(String(value)) }));
}

function rank(name: string): number {
  const position = DETAIL_ORDER.indexOf(name);
  return position === -1 ? DETAIL_ORDER.length : position;
}

function shorten(value: string): string {
  return /^[0-9a-f]{40,64}$/.test(value) ? value.slice(0, 8) : value;
}
